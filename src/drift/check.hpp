// Checks that run by themselves.
#pragma once

namespace proapp::drift {

void define_alert_setting();  // proapp.drift_alert

}  // namespace proapp::drift
