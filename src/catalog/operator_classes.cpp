// Kinds: operator class, operator family. Operators and support functions belong to a family in the catalogs. Those for the type of an operator
// class are listed with it, because an index of the class uses them; those between types, or of a type without a class, with the family.
#include "pg/postgres.hpp"

#include "catalog/reader.hpp"

#include <algorithm>
#include <tuple>

extern "C" {
#include <catalog/pg_amop.h>
#include <catalog/pg_amproc.h>
#include <catalog/pg_opclass.h>
#include <catalog/pg_opfamily.h>
}

namespace proapp::catalog {

namespace {
struct FamilyMember {
  Oid family, left, right, object;
  int16 number;
  Oid order_by;  // of operators that an index orders by
};
struct Class {
  Oid family, type;
  auto operator<=>(const Class &) const = default;
};
}  // namespace

using Members = core::Vector<FamilyMember>;

struct Families {
  explicit Families(core::Arena &arena) : operators(arena), functions(arena), classes(arena) {}
  Members operators, functions;
  core::Vector<Class> classes;
};

static bool by_family(const FamilyMember &a, const FamilyMember &b) { return a.family < b.family; }

static Families &read_families(Reader &reader) {
  auto &families = reader.lasting().make<Families>(reader.lasting());
  for (pg::CatalogScan scan(AccessMethodOperatorRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_amop>();
    if (row->oid >= FirstUnpinnedObjectId)
      families.operators.push_back({row->amopfamily, row->amoplefttype, row->amoprighttype, row->amopopr, row->amopstrategy, row->amopsortfamily});
  }
  for (pg::CatalogScan scan(AccessMethodProcedureRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_amproc>();
    if (row->oid >= FirstUnpinnedObjectId) families.functions.push_back({row->amprocfamily, row->amproclefttype, row->amprocrighttype, row->amproc, row->amprocnum, InvalidOid});
  }
  std::stable_sort(families.operators.begin(), families.operators.end(), by_family);
  std::stable_sort(families.functions.begin(), families.functions.end(), by_family);
  for (pg::CatalogScan scan(OperatorClassRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_opclass>();
    if (row->oid >= FirstUnpinnedObjectId) families.classes.push_back({row->opcfamily, row->opcintype});
  }
  std::sort(families.classes.begin(), families.classes.end());
  return families;
}

// A family of PostgreSQL's own is no object of ours: what a class of users put there is all told by the class.
static bool is_of_class(const FamilyMember &member, Oid type) { return member.left == type && (member.right == type || member.family < FirstUnpinnedObjectId); }

static bool has_class(const Families &families, const FamilyMember &member) {
  return member.left == member.right && std::binary_search(families.classes.begin(), families.classes.end(), Class{member.family, member.left});
}

static core::Value item(Reader &reader, const FamilyMember &member, bool operators, bool with_types) {
  auto &facts = reader.arena.make<core::Vector<core::Member>>(reader.arena);
  facts.push_back({operators ? "strategy" : "number", core::Value(int64{member.number})});
  if (with_types) {
    facts.push_back({"left", core::Value(reader.type(member.left))});
    facts.push_back({"right", core::Value(reader.type(member.right))});
  }
  facts.push_back({operators ? "operator" : "function", core::Value(operators ? reader.operation(member.object) : reader.function(member.object))});
  if (member.order_by != InvalidOid) facts.push_back({"order_by", core::Value(reader.operator_family(member.order_by))});
  return core::Value(facts.span());
}

// `type`: of the class; InvalidOid: those of the family itself.
static core::Value members(Reader &reader, const Families &families, bool operators, Oid family, Oid type) {
  const Members &all = operators ? families.operators : families.functions;
  auto &chosen = reader.arena.make<Members>(reader.arena);
  const FamilyMember key{family, InvalidOid, InvalidOid, InvalidOid, 0, InvalidOid};
  const auto range = std::equal_range(all.begin(), all.end(), key, by_family);
  for (auto at = range.first; at != range.second; ++at)
    if (type == InvalidOid ? !has_class(families, *at) : is_of_class(*at, type)) chosen.push_back(*at);
  const auto place = [&](const FamilyMember &m) { return std::tuple(reader.type(m.left), reader.type(m.right), m.number); };
  std::sort(chosen.begin(), chosen.end(), [&](const FamilyMember &a, const FamilyMember &b) { return place(a) < place(b); });
  auto &items = reader.arena.make<core::Vector<core::Value>>(reader.arena);
  for (const FamilyMember &member : chosen) items.push_back(item(reader, member, operators, member.left != type || member.right != type));
  return core::Value(items.span());
}

static void read_classes(Reader &reader, const Families &families) {
  for (pg::CatalogScan scan(OperatorClassRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_opclass>();
    if (row->oid < FirstUnpinnedObjectId || !reader.wants("operator class", OperatorClassRelationId, row->oid, row->opcnamespace, pg::view(row->opcname))) continue;
    const std::string_view method = reader.other(row->opcmethod);
    reader.begin("operator class", reader.join({reader.lookups.operator_classes.find(row->oid)->name, " USING ", method}));
    reader.add("access_method", method);
    reader.add("type", reader.type(row->opcintype));
    reader.add("default", row->opcdefault);
    reader.add("family", reader.operator_family(row->opcfamily));
    if (row->opckeytype != InvalidOid) reader.add("storage", reader.type(row->opckeytype));
    reader.add("operators", members(reader, families, true, row->opcfamily, row->opcintype));
    reader.add("functions", members(reader, families, false, row->opcfamily, row->opcintype));
    reader.add("owner", reader.role(row->opcowner));
    reader.add_comment(OperatorClassRelationId, row->oid);
    reader.finish();
  }
}

void read_operator_classes(Reader &reader) {
  const Families &families = read_families(reader);
  read_classes(reader, families);
  for (pg::CatalogScan scan(OperatorFamilyRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_opfamily>();
    if (row->oid < FirstUnpinnedObjectId || !reader.wants("operator family", OperatorFamilyRelationId, row->oid, row->opfnamespace, pg::view(row->opfname))) continue;
    const std::string_view method = reader.other(row->opfmethod);
    reader.begin("operator family", reader.join({reader.operator_family(row->oid), " USING ", method}));
    reader.add("access_method", method);
    reader.add("operators", members(reader, families, true, row->oid, InvalidOid));
    reader.add("functions", members(reader, families, false, row->oid, InvalidOid));
    reader.add("owner", reader.role(row->opfowner));
    reader.add_comment(OperatorFamilyRelationId, row->oid);
    reader.finish();
  }
}

}  // namespace proapp::catalog
