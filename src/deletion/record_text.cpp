#include "deletion/record_text.hpp"

namespace proapp::deletion {

static void raise_damaged() {
  ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("an archived row is damaged"), errdetail("It is not the text of a record with the columns of its step.")));
}

// As record_in() reads a field: up to a comma or the end, with quotes that a doubled one or a backslash writes. Answers where its copy ends.
static char *read_field(std::string_view record, size_t &at, char *into) {
  bool quoted = false;
  for (; at < record.size() && (quoted || (record[at] != ',' && record[at] != ')')); ++at) {
    char c = record[at];
    if (c == '"' && !(quoted && at + 1 < record.size() && record[at + 1] == '"')) {
      quoted = !quoted;
      continue;
    }
    if ((c == '"' || c == '\\') && at + 1 < record.size()) c = record[++at];
    *into++ = c;
  }
  *into++ = '\0';
  return into;
}

void split_record(std::string_view record, int count, const char **fields) {
  if (record.empty() || record[0] != '(') raise_damaged();
  // No field's copy is longer than what is written, and each has its end where the comma stood.
  auto *copy = static_cast<char *>(palloc(record.size() + 1));
  size_t at = 1;
  for (int i = 0; i < count; ++i) {
    const bool null = at < record.size() && (record[at] == ',' || record[at] == ')');
    fields[i] = null ? nullptr : copy;
    if (!null) copy = read_field(record, at, copy);
    if (at >= record.size() || (record[at] != ',' && i + 1 < count)) raise_damaged();
    ++at;
  }
}

}  // namespace proapp::deletion
