// Kind: aggregate.
#include "pg/postgres.hpp"

#include "catalog/functions.hpp"
#include "catalog/values.hpp"

extern "C" {
#include <catalog/pg_aggregate.h>
}

namespace proapp::catalog {

// An initial condition of '' is another thing than none.
static std::string_view literal(Reader &reader, const pg::CatalogScan &scan, int attribute) {
  if (!scan.column(attribute)) return {};
  return reader.lasting().copy(std::string_view(quote_literal_cstr(pg::c_string(scan.text(attribute)))));
}

const Aggregates &read_aggregate_facts(Reader &reader) {
  auto &aggregates = reader.lasting().make<Aggregates>(reader.lasting());
  for (pg::CatalogScan scan(AggregateRelationId, reader.snapshot, reader.row); scan.next();) {
    const auto *row = scan.row<Form_pg_aggregate>();
    if (row->aggfnoid < FirstUnpinnedObjectId) continue;
    AggregateFacts &facts = aggregates.at(row->aggfnoid);
    facts.kind = row->aggkind;
    facts.final_modify = row->aggfinalmodify;
    facts.moving_final_modify = row->aggmfinalmodify;
    facts.final_extra = row->aggfinalextra;
    facts.moving_final_extra = row->aggmfinalextra;
    facts.direct_arguments = row->aggnumdirectargs;
    facts.transition = row->aggtransfn;
    facts.final = row->aggfinalfn;
    facts.combine = row->aggcombinefn;
    facts.serialize = row->aggserialfn;
    facts.deserialize = row->aggdeserialfn;
    facts.moving_transition = row->aggmtransfn;
    facts.moving_inverse = row->aggminvtransfn;
    facts.moving_final = row->aggmfinalfn;
    facts.sort_operator = row->aggsortop;
    facts.state = row->aggtranstype;
    facts.moving_state = row->aggmtranstype;
    facts.state_size = row->aggtransspace;
    facts.moving_state_size = row->aggmtransspace;
    facts.initial = literal(reader, scan, Anum_pg_aggregate_agginitval);
    facts.moving_initial = literal(reader, scan, Anum_pg_aggregate_aggminitval);
  }
  return aggregates;
}

static std::string_view kind_word(char aggkind) { return aggkind == AGGKIND_NORMAL ? "normal" : aggkind == AGGKIND_ORDERED_SET ? "ordered set" : "hypothetical"; }

static std::string_view modify_word(char modify) { return modify == AGGMODIFY_READ_ONLY ? "read_only" : modify == AGGMODIFY_SHAREABLE ? "shareable" : "read_write"; }

static void add_functions(Reader &reader, const AggregateFacts &facts) {
  reader.add("sfunc", reader.function(facts.transition));
  reader.add("stype", reader.type(facts.state));
  if (facts.state_size != 0) reader.add("sspace", int64{facts.state_size});
  reader.add("finalfunc", reader.function(facts.final));
  reader.add("finalfunc_extra", facts.final_extra);
  if (facts.final != InvalidOid) reader.add("finalfunc_modify", modify_word(facts.final_modify));
  reader.add("combinefunc", reader.function(facts.combine));
  reader.add("serialfunc", reader.function(facts.serialize));
  reader.add("deserialfunc", reader.function(facts.deserialize));
  reader.add("initcond", facts.initial);
}

static void add_moving_functions(Reader &reader, const AggregateFacts &facts) {
  reader.add("msfunc", reader.function(facts.moving_transition));
  reader.add("minvfunc", reader.function(facts.moving_inverse));
  if (facts.moving_state != InvalidOid) reader.add("mstype", reader.type(facts.moving_state));
  if (facts.moving_state_size != 0) reader.add("msspace", int64{facts.moving_state_size});
  reader.add("mfinalfunc", reader.function(facts.moving_final));
  reader.add("mfinalfunc_extra", facts.moving_final_extra);
  if (facts.moving_final != InvalidOid) reader.add("mfinalfunc_modify", modify_word(facts.moving_final_modify));
  reader.add("minitcond", facts.moving_initial);
}

void read_aggregate(Reader &reader, const pg::CatalogScan &scan, const FormData_pg_proc *row, const Aggregates &aggregates) {
  const AggregateFacts *facts = aggregates.find(row->oid);
  if (facts == nullptr || !reader.wants("aggregate", ProcedureRelationId, row->oid, row->pronamespace, pg::view(row->proname))) return;
  reader.begin("aggregate", reader.function(row->oid));
  reader.add("kind", kind_word(facts->kind));
  reader.add("arguments", arguments(reader, scan, row));
  if (facts->direct_arguments != 0) reader.add("direct_arguments", int64{facts->direct_arguments});
  reader.add("returns", reader.type(row->prorettype));
  add_functions(reader, *facts);
  add_moving_functions(reader, *facts);
  reader.add("sortop", reader.operation(facts->sort_operator));
  reader.add("parallel", parallel_word(row->proparallel));
  reader.add("owner", reader.role(row->proowner));
  reader.add("grants", grants(reader, scan.column(Anum_pg_proc_proacl), OBJECT_FUNCTION, row->proowner));
  reader.add_comment(ProcedureRelationId, row->oid);
  reader.add("signature", reader.definition(Deparse::function_arguments, row->oid));
  reader.finish();
}

}  // namespace proapp::catalog
