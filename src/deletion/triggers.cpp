#include "deletion/triggers.hpp"

extern "C" {
#include <catalog/pg_inherits.h>
#include <commands/trigger.h>
}

namespace proapp::deletion {

bool has_own_triggers(Oid table) {
  List *tables = get_rel_relkind(table) == RELKIND_PARTITIONED_TABLE ? find_all_inheritors(table, AccessShareLock, nullptr) : list_make1_oid(table);
  ListCell *cell;
  foreach (cell, tables) {
    const Relation relation = table_open(lfirst_oid(cell), AccessShareLock);
    bool found = false;
    for (int i = 0; relation->trigdesc != nullptr && i < relation->trigdesc->numtriggers; ++i)
      found |= RI_FKey_trigger_type(relation->trigdesc->triggers[i].tgfoid) == RI_TRIGGER_NONE;
    table_close(relation, NoLock);
    if (found) return true;
  }
  return false;
}

}  // namespace proapp::deletion
