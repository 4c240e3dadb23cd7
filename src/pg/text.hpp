// Between PostgreSQL's texts and string_view.
#pragma once
#include "pg/postgres.hpp"

#include <string_view>

namespace proapp::pg {

inline std::string_view view(const text *value) { return {VARDATA_ANY(value), static_cast<size_t>(VARSIZE_ANY_EXHDR(value))}; }
inline std::string_view view(const NameData &name) { return {NameStr(name), strnlen(NameStr(name), NAMEDATALEN)}; }
// Detoasts into the current memory context; the view lives there, or in the tuple.
inline std::string_view view(Datum value) { return view(DatumGetTextPP(value)); }

inline Datum text_datum(std::string_view value) { return PointerGetDatum(cstring_to_text_with_len(value.data(), static_cast<int>(value.size()))); }
inline char *c_string(std::string_view value) { return pnstrdup(value.data(), value.size()); }

// Is `word` one of `words`, which have single blanks between them?
inline bool is_one_of(std::string_view word, std::string_view words) {
  while (!words.empty()) {
    const size_t end = words.find(' ');
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(end == std::string_view::npos ? words.size() : end + 1);
  }
  return false;
}

}  // namespace proapp::pg
