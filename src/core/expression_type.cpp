#include "core/expression_type.hpp"

#include <algorithm>

namespace proapp::core {

// Each node type that has one of these has only this one.
static constexpr std::string_view type_fields[] = {"vartype",    "consttype", "paramtype",    "aggtype",    "wintype",    "refrestype",   "funcresulttype", "opresulttype",
                                                   "resulttype", "casetype",  "array_typeid", "row_typeid", "minmaxtype", "coalescetype", "typeId"};

Oid expression_type(TreeText value) {
  while (value.peek() == '{') {
    TreeText fields = value;
    const std::string_view node = fields.open_object();
    if (node == "COLLATEEXPR") {
      value = value.field("arg");
    } else if (node == "SUBLINK") {
      // The first column of what it selects.
      const TreeText select = value.field("subselect");
      if (!TreeText(select).at_object("QUERY")) return 0;
      TreeText targets = select.field("targetList");
      if (targets.peek() != '(') return 0;
      targets.take('(');
      if (!targets.at_object("TARGETENTRY")) return 0;
      value = targets.field("expr");
    } else {
      for (std::string_view field = fields.next_field(); !field.empty(); field = fields.next_field()) {
        const bool says = std::find(std::begin(type_fields), std::end(type_fields), field) != std::end(type_fields);
        if (says && fields.peek() != '{' && fields.peek() != '(') return static_cast<Oid>(to_number(fields.token()));
        fields.skip_values();
      }
      return 0;
    }
  }
  return 0;
}

}  // namespace proapp::core
