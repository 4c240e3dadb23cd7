// A setting of text that is read again and again, at the price of comparing its name.
#pragma once
#include "pg/postgres.hpp"

namespace proapp::pg {

class Setting {
 public:
  Setting() = default;
  explicit Setting(const char *name) : name_(name) {}  // which outlives this
  // '' for what is unset, unknown or without a name; lives until the setting changes.
  const char *value();

 private:
  const char *name_ = nullptr;
  int place_ = 0;
};

}  // namespace proapp::pg
