#pragma once
#include "core/ddl.hpp"
#include "core/ddl_parts.hpp"

namespace proapp::core {

// The options of a statement, in parentheses: what is not there is not said.
class Options {
 public:
  explicit Options(Bytes &out, std::string_view before = " (") : out_(out), separator_(before) {}
  Bytes &next(std::string_view name) {
    out_.raw(separator_).raw(name);
    separator_ = ", ";
    return out_;
  }
  void option(std::string_view name, std::string_view value) {
    if (!value.empty()) next(name).raw(" = ").raw(value);
  }
  void reference(std::string_view name, std::string_view operation) {
    if (!operation.empty()) next(name).raw(" = operator(").raw(without_arguments(operation)).raw(')');
  }
  void literal(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    next(name).raw(" = ");
    core::literal(value, out_);
  }
  void number(std::string_view name, const Value *value) {
    if (value != nullptr && !value->is_absent()) next(name).raw(" = ").number(value->integer());
  }
  void flag(std::string_view name, bool on) {
    if (on) next(name);
  }
  void close() { out_.raw(separator_ == ", " ? ")" : separator_ == " (" ? " ()" : ""); }

 private:
  Bytes &out_;
  std::string_view separator_;
};

}  // namespace proapp::core
