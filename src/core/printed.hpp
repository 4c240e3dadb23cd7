// What the server prints as SQL. Printing everything would cost more than all checks, so that it is done for what a check asks for: the check sees
// nothing, is forgotten, and runs again when it is there (Findings::again).
#pragma once
#include "core/value.hpp"

#include <string_view>

namespace proapp::core {

class Printed;

// What was asked for and is not there yet.
class Unprinted {
 public:
  explicit Unprinted(Arena &arena) : asked_(arena) {}
  std::size_t count() const { return asked_.size(); }
  void add(const Printed &text) { asked_.push_back(&text); }
  // Calls `print(const Origin &)` for each, which answers the text.
  template <class Print>
  void print(const Print &print);

 private:
  Vector<const Printed *> asked_;
};

class Printed {
 public:
  Printed() = default;                                              // of nothing: empty
  explicit Printed(std::string_view text) : text_(text) {}          // known already
  Printed(Unprinted &unprinted, const Origin &origin) : unprinted_(&unprinted), origin_(origin) {}

  operator std::string_view() const {
    if (unprinted_ != nullptr) unprinted_->add(*this);
    return text_;
  }

 private:
  friend class Unprinted;
  mutable Unprinted *unprinted_ = nullptr;  // null when it is printed
  Origin origin_ = {};
  mutable std::string_view text_;
};

template <class Print>
void Unprinted::print(const Print &print) {
  for (const Printed *text : asked_) {
    if (text->unprinted_ == nullptr) continue;  // asked for twice
    text->text_ = print(text->origin_);
    text->unprinted_ = nullptr;
  }
  asked_.clear();
}

}  // namespace proapp::core
