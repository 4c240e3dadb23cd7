#include "pg/setting.hpp"

#include "pg/compat.hpp"

namespace proapp::pg {

const char *Setting::value() {
  const config_generic *setting = name_ != nullptr ? find_setting(name_, place_) : nullptr;
  const char *value = setting != nullptr ? setting_text(setting) : nullptr;
  return value != nullptr ? value : "";
}

}  // namespace proapp::pg
