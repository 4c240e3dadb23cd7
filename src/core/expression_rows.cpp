// Rows within expressions. Their members stand by name, because a restore closes the gaps that dropped ones have left.
#include "core/expression.hpp"
#include "core/expression_type.hpp"
#include "core/stored_value.hpp"

namespace proapp::core {

Oid Expressions::row_relation(Oid type) const {
  const TypeName *found = names_.types.find(base_type(names_, type));
  return found == nullptr ? 0 : found->relation;
}

void Expressions::write_member(Oid relation, int attribute) {
  const std::string_view column = attribute > 0 ? names_.column(relation, attribute) : std::string_view{};
  column.empty() ? bytes_.raw('#').number(attribute).raw(';') : bytes_.field(column);
}

// Columns of functions: those of the first, of the second, …, then the ordinality. A row type's dropped columns count, too.
void Expressions::write_function_column(TreeText functions, int attribute) {
  int left = attribute, place = 0;
  if (functions.peek() == '(') functions.take('(');
  for (; functions.peek() == '{'; functions.skip_value(), ++place) {
    const auto columns = static_cast<int>(to_number(functions.field_token("funccolcount")));
    if (left > columns) {
      left -= columns;
      continue;
    }
    bytes_.number(place).raw('.');
    return write_member(row_relation(expression_type(functions.field("funcexpr"))), left);
  }
  bytes_.number(place).raw('+').number(left);
}

// A named row type's dropped columns have arguments of their own, which are null.
void Expressions::write_row(Oid relation) {
  bytes_.raw("{ROWEXPR");
  for (std::string_view field = text_.next_field(); !field.empty(); field = text_.next_field()) {
    if (field != "args" || text_.peek() != '(') {
      write_field(field);
      continue;
    }
    bytes_.raw(":args (");
    text_.take('(');
    for (int attribute = 1; text_.peek() != ')'; ++attribute) names_.column(relation, attribute).empty() ? text_.skip_value() : write_value();
    text_.take(')');
    bytes_.raw(')');
  }
  bytes_.raw('}');
}

void Expressions::write_member_selection(const TreeText &selection) {
  const Oid relation = row_relation(expression_type(selection.field("arg")));
  bytes_.raw("{FIELDSELECT");
  for (std::string_view field = text_.next_field(); !field.empty(); field = text_.next_field())
    field == "fieldnum" ? write_member(relation, static_cast<int>(to_number(text_.token()))) : write_field(field);
  bytes_.raw('}');
}

// Its members are a list of numbers after the letter i.
void Expressions::write_member_assignment(const TreeText &assignment) {
  const Oid relation = row_relation(static_cast<Oid>(to_number(assignment.field_token("resulttype"))));
  bytes_.raw("{FIELDSTORE");
  for (std::string_view field = text_.next_field(); !field.empty(); field = text_.next_field()) {
    if (field != "fieldnums" || text_.peek() != '(') {
      write_field(field);
      continue;
    }
    text_.take('(');
    while (text_.peek() != ')')
      if (const std::string_view number = text_.token(); number != "i") write_member(relation, static_cast<int>(to_number(number)));
    text_.take(')');
  }
  bytes_.raw('}');
}

}  // namespace proapp::core
