// Names for OIDs: one walk over each catalog that expressions, types and grants refer to.
#include "pg/postgres.hpp"

#include "catalog/quoted_names.hpp"
#include "catalog/reader.hpp"
#include "catalog/values.hpp"
#include "pg/scan.hpp"

#include <algorithm>

extern "C" {
#include <catalog/pg_am.h>
#include <catalog/pg_attribute.h>
#include <catalog/pg_authid.h>
#include <catalog/pg_class.h>
#include <catalog/pg_collation.h>
#include <catalog/pg_enum.h>
#include <catalog/pg_language.h>
#include <catalog/pg_namespace.h>
#include <catalog/pg_opclass.h>
#include <catalog/pg_operator.h>
#include <catalog/pg_opfamily.h>
#include <catalog/pg_proc.h>
#include <catalog/pg_range.h>
#include <catalog/pg_tablespace.h>
#include <catalog/pg_ts_config.h>
#include <catalog/pg_ts_dict.h>
#include <catalog/pg_ts_parser.h>
#include <catalog/pg_ts_template.h>
#include <catalog/pg_type.h>
#include <utils/acl.h>
#include <utils/builtins.h>
#include <common/hashfn.h>
#include <utils/fmgroids.h>
}

namespace proapp::catalog {

// Quoted where SQL needs it; lasting.
static std::string_view quoted(Reader &reader, const NameData &name) { return reader.lasting().copy(std::string_view(quote_identifier(NameStr(name)))); }

static std::string_view joined(Reader &reader, std::initializer_list<std::string_view> pieces) { return reader.lasting().copy(reader.join(pieces)); }

// A quoted name is longer; one that needs no quotes stands at the end of its identity.
static std::string_view name_in(Reader &reader, std::string_view identity, const NameData &name) {
  const std::string_view bare = pg::view(name);
  return identity.ends_with(bare) ? identity.substr(identity.size() - bare.size()) : reader.lasting().copy(bare);
}

static std::string_view qualified(Reader &reader, Oid schema, const NameData &name) { return joined(reader, {reader.schema(schema), ".", quote_identifier(NameStr(name))}); }

static bool is_system(std::string_view name) {
  return name.starts_with("pg_") || name == "information_schema" || name == "proapp" || name == "proapp_data" || name == "proapp_archive";
}

static void read_schema_names(Reader &reader) {
  for (pg::CatalogScan scan(NamespaceRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_namespace>();
    reader.names.schemas.at(row->oid) = {reader.lasting().copy(pg::view(row->nspname)), quoted(reader, row->nspname), is_system(pg::view(row->nspname))};
  }
}

static void read_role_names(Reader &reader) {
  for (pg::CatalogScan scan(AuthIdRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_authid>();
    reader.names.roles.at(row->oid) = quoted(reader, row->rolname);
  }
}

static void read_type_names(Reader &reader) {
  core::OidMap<core::TypeName> &types = reader.names.types;
  for (pg::CatalogScan scan(TypeRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_type>();
    core::TypeName &type = types.at(row->oid);
    type.schema = row->typnamespace;
    type.kind = row->typtype;
    type.base = row->typbasetype;
    type.element = IsTrueArrayType(row) ? row->typelem : InvalidOid;
    type.relation = row->typrelid;
    type.length = row->typlen;
    type.alignment = row->typalign;
    if (row->typtype == TYPTYPE_DOMAIN) reader.lookups.domains.at(row->oid) = reader.lasting().copy(pg::view(row->typname));
    // PostgreSQL knows the names that SQL gives to its own types; the others are named by this snapshot.
    type.identity = row->typnamespace == PG_CATALOG_NAMESPACE ? reader.lasting().copy(std::string_view(format_type_extended(row->oid, -1, FORMAT_TYPE_ALLOW_INVALID)))
                                                              : qualified(reader, row->typnamespace, row->typname);
    reader.arena.reset();
  }
  types.each([&](Oid, core::TypeName &type) {
    if (type.element == InvalidOid || type.schema == PG_CATALOG_NAMESPACE) return;
    const core::TypeName *element = types.find(type.element);
    if (element != nullptr) type.identity = joined(reader, {element->identity, "[]"});
    reader.arena.reset();
  });
}

static void read_ranges(Reader &reader) {
  for (pg::CatalogScan scan(RangeRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_range>();
    reader.names.types.at(row->rngtypid).element = row->rngsubtype;
    reader.names.types.at(row->rngmultitypid).element = row->rngtypid;
  }
}

static void read_enum_labels(Reader &reader) {
  for (pg::CatalogScan scan(EnumRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_enum>();
    reader.names.enum_labels.at(row->oid) = reader.lasting().copy(pg::view(row->enumlabel));
  }
}

static Datum copy_acl(Reader &reader, Datum acl) {
  const Acl *from = DatumGetAclP(acl);
  void *into = reader.lasting().allocate(VARSIZE(from), MAXIMUM_ALIGNOF);
  memcpy(into, from, VARSIZE(from));
  return PointerGetDatum(into);
}

// A TOAST table's options are set by those of its table, with a prefix.
static void read_toast_options(Reader &reader, const pg::CatalogScan &scan, Oid oid) {
  const core::Value options = text_list(reader.arena, scan.column(Anum_pg_class_reloptions), true);
  if (options.is_absent()) return;
  auto &prefixed = reader.lasting().make<core::Vector<core::Value>>(reader.lasting());
  for (const core::Value &option : options.items()) prefixed.push_back(core::Value(joined(reader, {"toast.", option.text()})));
  reader.lookups.toast_options.at(oid) = prefixed.span();
}

static void read_relation_names(Reader &reader) {
  for (pg::CatalogScan scan(RelationRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_class>();
    if (row->relkind == RELKIND_TOASTVALUE) {
      read_toast_options(reader, scan, row->oid);
      continue;
    }
    core::RelationName &relation = reader.names.relations.at(row->oid);
    relation.schema = row->relnamespace;
    relation.kind = row->relkind;
    relation.partition = row->relispartition;
    relation.method = row->relam;
    relation.identity = qualified(reader, row->relnamespace, row->relname);
    relation.name = name_in(reader, relation.identity, row->relname);
    reader.arena.reset();
    if (row->relkind == RELKIND_INDEX || row->relkind == RELKIND_PARTITIONED_INDEX) {
      if (row->reltablespace != InvalidOid) reader.lookups.index_tablespaces.at(row->oid) = row->reltablespace;
      const core::Value options = text_list(reader.lasting(), scan.column(Anum_pg_class_reloptions), true);
      if (!options.is_absent()) reader.lookups.index_options.at(row->oid) = options.items();
      continue;
    }
    if (row->relkind == RELKIND_SEQUENCE) {
      const auto acl = scan.column(Anum_pg_class_relacl);
      const std::optional<Datum> grants = acl ? std::optional<Datum>(copy_acl(reader, *acl)) : std::nullopt;
      reader.lookups.sequences.at(row->oid) = {row->relowner, row->relpersistence == RELPERSISTENCE_UNLOGGED, grants};
    }
    const auto columns = static_cast<size_t>(row->relnatts);
    auto *storage = static_cast<std::string_view *>(reader.lasting().allocate(columns * sizeof(std::string_view) + 1, alignof(std::string_view)));
    for (size_t i = 0; i < columns; ++i) new (&storage[i]) std::string_view();
    relation.columns = {storage, columns};
    auto *types = static_cast<Oid *>(reader.lasting().allocate(columns * sizeof(Oid) + 1, alignof(Oid)));
    std::fill_n(types, columns, InvalidOid);
    relation.column_types = {types, columns};
  }
}

static void read_column_names(Reader &reader) {
  QuotedNames names(reader.lasting());
  Oid last = InvalidOid;  // the relation of the row before, and mostly of this one
  core::RelationName *relation = nullptr;
  for (pg::CatalogScan scan(AttributeRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_attribute>();
    if (row->attnum <= 0 || row->attisdropped) continue;
    if (row->attrelid != last) relation = reader.names.relations.find(last = row->attrelid);
    if (relation != nullptr && (relation->kind == RELKIND_INDEX || relation->kind == RELKIND_PARTITIONED_INDEX)) {
      if (const auto target = scan.column(Anum_pg_attribute_attstattarget); target && DatumGetInt32(*target) >= 0)
        reader.lookups.index_statistics.put(0, row->attrelid, row->attnum, DatumGetInt32(*target));
      continue;
    }
    if (relation == nullptr || static_cast<size_t>(row->attnum) > relation->columns.size()) continue;
    relation->columns[static_cast<size_t>(row->attnum) - 1] = names.of(row->attname).quoted;
    relation->column_types[static_cast<size_t>(row->attnum) - 1] = row->atttypid;
  }
}

// Gives relations with the same columns the same shape, so that one reading of an expression serves all of them.
static void find_shapes(Reader &reader) {
  core::OidMap<core::RelationName *> first_with(reader.lasting());
  uint32 shapes = 0;
  reader.names.relations.each([&](Oid, core::RelationName &relation) {
    uint32 hash = 1;
    for (const std::string_view column : relation.columns) hash = hash * 31 + hash_bytes(reinterpret_cast<const unsigned char *>(column.data()), static_cast<int>(column.size()));
    core::RelationName *&first = first_with.at(hash | 1);
    const bool same = first != nullptr && std::equal(first->columns.begin(), first->columns.end(), relation.columns.begin(), relation.columns.end());
    relation.shape = same ? first->shape : ++shapes;
    if (first == nullptr) first = &relation;
  });
}

static void read_function_names(Reader &reader) {
  for (pg::CatalogScan scan(ProcedureRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_proc>();
    std::string_view name = reader.join({reader.schema(row->pronamespace), ".", quote_identifier(NameStr(row->proname)), "("});
    for (int i = 0; i < row->pronargs; ++i) name = reader.join({name, i == 0 ? "" : ",", reader.type(row->proargtypes.values[i])});
    reader.names.functions.at(row->oid) = joined(reader, {name, ")"});
    reader.arena.reset();
  }
}

static void read_operator_names(Reader &reader) {
  const auto side = [&](Oid type) { return type == InvalidOid ? std::string_view("NONE") : reader.type(type); };
  for (pg::CatalogScan scan(OperatorRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_operator>();
    reader.names.operators.at(row->oid) = joined(reader, {reader.schema(row->oprnamespace), ".", pg::view(row->oprname), "(", side(row->oprleft), ",", side(row->oprright), ")"});
    reader.arena.reset();
  }
}

static void read_operator_class_names(Reader &reader) {
  for (pg::CatalogScan scan(OperatorClassRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_opclass>();
    const std::string_view name = qualified(reader, row->opcnamespace, row->opcname);
    reader.lookups.operator_classes.at(row->oid) = {name, row->opcdefault};
    reader.names.others.at(row->oid) = name;
  }
  for (pg::CatalogScan scan(OperatorFamilyRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_opfamily>();
    reader.names.operator_families.at(row->oid) = qualified(reader, row->opfnamespace, row->opfname);
  }
}

static void read_other_names(Reader &reader) {
  for (pg::CatalogScan scan(CollationRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_collation>();
    reader.names.collations.at(row->oid) = qualified(reader, row->collnamespace, row->collname);
  }
  for (pg::CatalogScan scan(LanguageRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_language>();
    reader.names.languages.at(row->oid) = quoted(reader, row->lanname);
  }
  for (pg::CatalogScan scan(AccessMethodRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_am>();
    reader.names.others.at(row->oid) = quoted(reader, row->amname);
  }
  for (pg::CatalogScan scan(TableSpaceRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_tablespace>();
    reader.names.others.at(row->oid) = quoted(reader, row->spcname);
  }
  for (pg::CatalogScan scan(TSConfigRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_ts_config>();
    reader.names.others.at(row->oid) = qualified(reader, row->cfgnamespace, row->cfgname);
  }
  for (pg::CatalogScan scan(TSDictionaryRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_ts_dict>();
    reader.names.others.at(row->oid) = qualified(reader, row->dictnamespace, row->dictname);
  }
  for (pg::CatalogScan scan(TSParserRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_ts_parser>();
    reader.names.others.at(row->oid) = qualified(reader, row->prsnamespace, row->prsname);
  }
  for (pg::CatalogScan scan(TSTemplateRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_ts_template>();
    reader.names.others.at(row->oid) = qualified(reader, row->tmplnamespace, row->tmplname);
  }
}

void read_names(Reader &reader) {
  read_schema_names(reader);
  read_role_names(reader);
  read_type_names(reader);
  read_ranges(reader);
  read_enum_labels(reader);
  read_relation_names(reader);
  read_column_names(reader);
  find_shapes(reader);
  read_function_names(reader);
  read_operator_names(reader);
  read_operator_class_names(reader);
  read_other_names(reader);
  reader.arena.reset();
}

}  // namespace proapp::catalog
