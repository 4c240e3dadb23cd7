#include "core/constant.hpp"

#include <charconv>
#include <cstring>

namespace proapp::core {

template <class Name>
static const std::string_view *identity(const Name *found) {
  return found == nullptr ? nullptr : &found->identity;
}

// The bytes of "[ 1 0 0 -1 ]" into `into`; how many there were.
static std::size_t decode(std::string_view token, unsigned char *into, std::size_t limit) {
  std::size_t count = 0;
  const char *at = token.data(), *end = at + token.size();
  while (at < end && count < limit) {
    int value = 0;
    const auto parsed = std::from_chars(at, end, value);
    if (parsed.ec == std::errc()) {
      into[count++] = static_cast<unsigned char>(value);
      at = parsed.ptr;
    } else {
      ++at;
    }
  }
  return count;
}

static Oid oid_at(const unsigned char *bytes) {
  Oid oid;
  std::memcpy(&oid, bytes, sizeof oid);
  return oid;
}

// Types whose values are OIDs, from pg_type.dat.
static bool write_reference(const Names &names, Oid type, Oid value, Bytes &into) {
  const std::string_view *found = nullptr;
  switch (type) {
    case 24:    // regproc
    case 2202:  // regprocedure
      found = names.functions.find(value);
      break;
    case 2203:  // regoper
    case 2204:  // regoperator
      found = names.operators.find(value);
      break;
    case 2205:  // regclass
      found = identity(names.relations.find(value));
      break;
    case 2206:  // regtype
      found = identity(names.types.find(value));
      break;
    case 4191:  // regcollation
      found = names.collations.find(value);
      break;
    case 4096:  // regrole
      found = names.roles.find(value);
      break;
    case 4089:  // regnamespace
      found = names.schemas.find(value) == nullptr ? nullptr : &names.schemas.find(value)->identity;
      break;
    case 3734:  // regconfig
    case 3769:  // regdictionary
      found = names.others.find(value);
      break;
    default:
      return false;
  }
  into.raw('N');
  if (found != nullptr)
    into.field(*found);
  else
    into.raw('?').number(value).raw(';');
  return true;
}

static Oid base_type(const Names &names, Oid oid) {
  for (int i = 0; i < 100; ++i) {
    const TypeName *type = names.types.find(oid);
    if (type == nullptr || type->base == 0) break;
    oid = type->base;
  }
  return oid;
}

static bool write_oid_value(const Names &names, Oid type, Oid value, Bytes &into) {
  const TypeName *known = names.types.find(type);
  if (known != nullptr && known->kind == 'e') {
    const std::string_view *label = names.enum_labels.find(value);
    if (label == nullptr) return false;
    into.raw('E').field(*label);
    return true;
  }
  return write_reference(names, type, value, into);
}

// An array's header and elements as PostgreSQL's array.h lays them out; its elements are 4-byte OIDs here.
static bool write_oid_array(const Names &names, Oid element, const unsigned char *bytes, std::size_t size, Bytes &into) {
  constexpr std::size_t header = 16;  // length word, dimensions, offset of data, element type
  if (size < header) return false;
  std::int32_t dimensions, offset;
  std::memcpy(&dimensions, bytes + 4, 4);
  std::memcpy(&offset, bytes + 8, 4);
  if (dimensions < 0 || dimensions > 6 || size < header + 8 * static_cast<std::size_t>(dimensions)) return false;
  into.raw('A').number(dimensions).raw(':');
  std::size_t count = dimensions == 0 ? 0 : 1;
  for (int i = 0; i < 2 * dimensions; ++i) {
    std::int32_t number;  // lengths, then lower bounds
    std::memcpy(&number, bytes + header + 4 * static_cast<std::size_t>(i), 4);
    into.number(number).raw(',');
    if (i < dimensions) count *= static_cast<std::size_t>(number < 0 ? 0 : number);
  }
  std::size_t data = header + 8 * static_cast<std::size_t>(dimensions);
  const unsigned char *nulls = nullptr;
  if (offset != 0) {
    nulls = bytes + data;
    data = static_cast<std::size_t>(offset);
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (nulls != nullptr && (nulls + i / 8 >= bytes + size || (nulls[i / 8] >> (i % 8) & 1) == 0)) {
      into.raw('-');
      continue;
    }
    if (data + 4 > size) return false;
    if (!write_oid_value(names, element, oid_at(bytes + data), into)) into.raw('?').number(oid_at(bytes + data)).raw(';');
    data += 4;
  }
  return true;
}

static bool holds_oids(const Names &names, Oid type) {
  const TypeName *known = names.types.find(type);
  if (known != nullptr && known->kind == 'e') return true;
  switch (type) {
    case 24:
    case 2202:
    case 2203:
    case 2204:
    case 2205:
    case 2206:
    case 4191:
    case 4096:
    case 4089:
    case 3734:
    case 3769:
      return true;
    default:
      return false;
  }
}

bool write_named_constant(const Names &names, Oid type, std::string_view token, Bytes &into) {
  constexpr std::size_t limit = 65536;
  static unsigned char bytes[limit];
  const Oid base = base_type(names, type);
  if (holds_oids(names, base)) return decode(token, bytes, 8) >= 4 && write_oid_value(names, base, oid_at(bytes), into);
  const TypeName *known = names.types.find(base);
  if (known == nullptr || known->element == 0) return false;
  const Oid element = base_type(names, known->element);
  if (!holds_oids(names, element)) return false;
  const std::size_t size = decode(token, bytes, limit);
  return size < limit && write_oid_array(names, element, bytes, size, into);
}

}  // namespace proapp::core
