#include "core/tree_fields.hpp"

#include <cstdint>

namespace proapp::core {

// Field names mean the same in every node type that has them, so one table serves all.
static constexpr struct {
  TreeField field;
  std::string_view names;
} meanings[] = {
    // derived, formats of printing, positions in a source text, rights that are checked elsewhere, aliases that a dump adds or leaves out
    {TreeField::drop,
     "aggno aggtransno aggtranstype alias canSetTag checkAsUser coerceformat coercionformat constbyval constlen constraintDeps convertformat eref "
     "exclRelTlist extraUpdatedCols funccolcount funccolnames funcformat hashable hashfuncid insertedCols isNatural join_using_alias joinaliasvars joinleftcols "
     "joinrightcols location negfuncid operName opfuncid perminfoindex querySource relabelformat rellockmode requiredPerms resorigcol resorigtbl row_format "
     "rteperminfos selectedCols stmt_len stmt_location updatedCols "},
    {TreeField::type,
     "aggargtypes aggtype array_typeid casetype coalescetype colTypes coltypes consttype ctecoltypes cycle_mark_type element_typeid funccoltypes funcresulttype "
     "minmaxtype opresulttype paramtype refcontainertype refelemtype refrestype resulttype row_typeid type typeId vartype wintype "},
    {TreeField::function, "aggfnoid elemfuncid endInRangeFunc funcid startInRangeFunc tsmhandler winfnoid "},
    {TreeField::operation, "aggsortop cycle_mark_neop eqop opno opnos sortop "},
    {TreeField::collation,
     "aggcollid array_collid casecollid coalescecollid colCollations colcollations collOid collation constcollid ctecolcollations cycle_mark_collation funccolcollations "
     "funccollid infercollid inRangeColl inputcollid inputcollids minmaxcollid opcollid paramcollid refcollid resultcollid varcollid wincollid "},
    {TreeField::relation, "relid seqid "},
    {TreeField::family, "opfamilies "},
    {TreeField::operator_class, "inferopclass "},
    {TreeField::given, "constraint "},
};

namespace {

// Open addressing, looked up for every field of every expression: length and three letters tell the names apart well enough.
class Table {
 public:
  Table() {
    for (const auto &meaning : meanings) {
      std::string_view rest = meaning.names;
      while (!rest.empty()) {
        const std::size_t end = rest.find(' ');
        put(rest.substr(0, end), meaning.field);
        rest.remove_prefix(end + 1);
      }
    }
  }

  TreeField find(std::string_view name) const {
    for (std::size_t i = place(name);; i = (i + 1) % size) {
      if (slots_[i].name.empty()) return TreeField::plain;
      if (slots_[i].name == name) return slots_[i].field;
    }
  }

 private:
  static constexpr std::size_t size = 1024;
  struct Slot {
    std::string_view name;
    TreeField field = TreeField::plain;
  };

  static std::size_t place(std::string_view name) {
    const auto letter = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(name[i])); };
    return (name.size() * 37 + letter(0) * 131 + letter(name.size() / 2) * 61 + letter(name.size() - 1) * 17) % size;
  }

  void put(std::string_view name, TreeField field) {
    std::size_t i = place(name);
    while (!slots_[i].name.empty()) i = (i + 1) % size;
    slots_[i] = {name, field};
  }

  Slot slots_[size];
};

}  // namespace

TreeField tree_field(std::string_view name) {
  static const Table table;
  return table.find(name);
}

}  // namespace proapp::core
