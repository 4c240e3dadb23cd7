// What a command on a row, named by its key, needs in privileges.
#pragma once
#include "pg/postgres.hpp"

#include "identity/policy_list.hpp"

#include <type_traits>

namespace proapp::identity {

struct CommandPrivileges {
  const char *missing;  // what the current user lacks, with the statement that grants it; null where nothing
  const char *partial;  // to which columns the privilege is limited; null where to none
};
static_assert(std::is_trivially_destructible_v<CommandPrivileges>);

CommandPrivileges privileges_for(Relation relation, Command command);

}  // namespace proapp::identity
