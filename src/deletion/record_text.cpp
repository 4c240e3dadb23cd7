#include "deletion/record_text.hpp"

extern "C" {
#include <lib/stringinfo.h>
}

namespace proapp::deletion {

static void raise_damaged() {
  ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("an archived row is damaged"), errdetail("It is not the text of a record with the columns of its step.")));
}

// As record_in() reads a field: up to a comma or the end, with quotes that a doubled one or a backslash writes.
static const char *read_field(std::string_view record, size_t &at) {
  if (at < record.size() && (record[at] == ',' || record[at] == ')')) return nullptr;
  StringInfo field = makeStringInfo();
  bool quoted = false;
  for (; at < record.size() && (quoted || (record[at] != ',' && record[at] != ')')); ++at) {
    char c = record[at];
    if (c == '"' && !(quoted && at + 1 < record.size() && record[at + 1] == '"')) {
      quoted = !quoted;
      continue;
    }
    if ((c == '"' || c == '\\') && at + 1 < record.size()) c = record[++at];
    appendStringInfoCharMacro(field, c);
  }
  return field->data;
}

void split_record(std::string_view record, int count, const char **fields) {
  if (record.empty() || record[0] != '(') raise_damaged();
  size_t at = 1;
  for (int i = 0; i < count; ++i) {
    fields[i] = read_field(record, at);
    if (at >= record.size() || (record[at] != ',' && i + 1 < count)) raise_damaged();
    ++at;
  }
}

}  // namespace proapp::deletion
