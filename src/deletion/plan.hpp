// deletion_plan()'s own setting.
#pragma once

namespace proapp::deletion {

void define_plan_setting();  // proapp.plan_row_limit

}  // namespace proapp::deletion
