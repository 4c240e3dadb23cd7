#include "core/stored_value.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

namespace proapp::core {

namespace {

// How far a value may be from where the one before it ended.
std::size_t alignment_of(char code) { return code == 'd' ? 8 : code == 'i' ? 4 : code == 's' ? 2 : 1; }

// Reads a value's bytes from the front. Positions are counted from the beginning of the datum, because that is what PostgreSQL aligns to:
// what follows the length word begins at 4, wherever the bytes themselves lie.
class Cursor {
 public:
  Cursor(std::string_view bytes, std::size_t position) : bytes_(bytes), start_(position), position_(position) {}

  bool fits(std::size_t size) const { return size <= end() - position_; }
  std::size_t end() const { return start_ + bytes_.size(); }
  bool go_to(std::size_t position) {
    if (position < start_ || position > end()) return false;
    position_ = position;
    return true;
  }
  bool align(std::size_t to) { return go_to((position_ + to - 1) / to * to); }
  unsigned char peek() const { return static_cast<unsigned char>(bytes_[position_ - start_]); }

  bool take(std::size_t size, std::string_view &into) {
    if (!fits(size)) return false;
    into = bytes_.substr(position_ - start_, size);
    position_ += size;
    return true;
  }
  template <class Number>
  bool take(Number &into) {
    std::string_view bytes;
    if (!take(sizeof into, bytes)) return false;
    std::memcpy(&into, bytes.data(), sizeof into);
    return true;
  }

 private:
  std::string_view bytes_;
  std::size_t start_, position_;
};

bool is_short(unsigned char first) { return std::endian::native == std::endian::little ? (first & 1) != 0 : (first & 0x80) != 0; }

// What follows the length word of a value of variable length.
bool take_varlena(Cursor &cursor, std::string_view &into) {
  if (!cursor.fits(1)) return false;
  std::size_t size;
  if (const unsigned char first = cursor.peek(); is_short(first)) {
    size = std::endian::native == std::endian::little ? first >> 1 : first & 0x7Fu;
    std::string_view header;
    return size >= 1 && cursor.take(1, header) && cursor.take(size - 1, into);
  }
  std::uint32_t word;
  if (!cursor.take(word)) return false;
  size = std::endian::native == std::endian::little ? word >> 2 : word & 0x3FFFFFFFu;
  return size >= 4 && cursor.take(size - 4, into);
}

class Writer {
 public:
  Writer(const Names &names, Bytes &into) : names_(names), into_(into) {}

  // `value`: of a type of variable length what follows its length word, of others all its bytes.
  bool write(Oid declared, std::string_view value) {
    const Oid oid = base_type(names_, declared);
    const TypeName *type = names_.types.find(oid);
    if (type != nullptr) {
      if (type->kind == 'e') return write_label(value);
      if (type->kind == 'r') return write_range(*type, value);
      if (type->kind == 'm') return write_multirange(*type, value);
      if (type->kind == 'c') return write_row(*type, value);
      if (type->element != 0) return write_array(type->element, value);
    }
    return is_reference(oid) ? write_reference(oid, value) : write_plain(value);
  }

  // The next value of a container.
  bool write_next(Oid declared, Cursor &cursor) {
    const TypeName *type = names_.types.find(base_type(names_, declared));
    if (type == nullptr) return false;
    std::string_view value;
    // A short length word is not aligned, and padding is zero.
    const bool unaligned = type->length == -1 && cursor.fits(1) && cursor.peek() != 0;
    if (!unaligned && !cursor.align(alignment_of(type->alignment))) return false;
    if (type->length == -1) return take_varlena(cursor, value) && write(declared, value);
    if (type->length > 0) return cursor.take(static_cast<std::size_t>(type->length), value) && write(declared, value);
    return false;
  }

  static bool is_reference(Oid type) {
    switch (type) {
      case 24:    // regproc
      case 2202:  // regprocedure
      case 2203:  // regoper
      case 2204:  // regoperator
      case 2205:  // regclass
      case 2206:  // regtype
      case 4191:  // regcollation
      case 4096:  // regrole
      case 4089:  // regnamespace
      case 3734:  // regconfig
      case 3769:  // regdictionary
        return true;
      default:
        return false;
    }
  }

 private:
  bool write_plain(std::string_view value) {
    into_.raw('b').field(value);
    return true;
  }

  bool write_name(char tag, Oid oid, const std::string_view *name) {
    into_.raw(tag);
    name == nullptr ? void(into_.raw('?').number(oid).raw(';')) : void(into_.field(*name));
    return true;
  }

  bool write_label(std::string_view value) {
    Oid oid;
    return Cursor(value, 0).take(oid) && write_name('E', oid, names_.enum_labels.find(oid));
  }

  bool write_reference(Oid type, std::string_view value) {
    Oid oid;
    return Cursor(value, 0).take(oid) && write_name('N', oid, find_reference(type, oid));
  }

  const std::string_view *find_reference(Oid type, Oid oid) const {
    switch (type) {
      case 24:
      case 2202:
        return names_.functions.find(oid);
      case 2203:
      case 2204:
        return names_.operators.find(oid);
      case 2205: {
        const RelationName *relation = names_.relations.find(oid);
        return relation == nullptr ? nullptr : &relation->identity;
      }
      case 2206: {
        const TypeName *named = names_.types.find(oid);
        return named == nullptr ? nullptr : &named->identity;
      }
      case 4191:
        return names_.collations.find(oid);
      case 4096:
        return names_.roles.find(oid);
      case 4089: {
        const SchemaName *schema = names_.schemas.find(oid);
        return schema == nullptr ? nullptr : &schema->identity;
      }
      default:
        return names_.others.find(oid);
    }
  }

  // Dimensions, offset of the data, element type, lengths, lower bounds, bitmap of what is not null, elements.
  bool write_array(Oid element, std::string_view value) {
    constexpr std::int32_t most_dimensions = 6;
    Cursor cursor(value, 4);
    std::int32_t dimensions, offset;
    Oid stored_element;
    if (!cursor.take(dimensions) || !cursor.take(offset) || !cursor.take(stored_element) || dimensions < 0 || dimensions > most_dimensions || offset < 0) return false;
    into_.raw('A').number(dimensions).raw(':');
    std::uint64_t count = dimensions == 0 ? 0 : 1;
    for (std::int32_t i = 0; i < 2 * dimensions; ++i) {
      std::int32_t number;
      if (!cursor.take(number)) return false;
      into_.number(number).raw(',');
      if (i >= dimensions) continue;
      count *= number < 0 ? 0 : static_cast<std::uint64_t>(number);
      if (count > value.size() * 8) return false;
    }
    std::string_view present;
    if (offset != 0 && !cursor.take((count + 7) / 8, present)) return false;
    if (offset != 0 ? !cursor.go_to(static_cast<std::size_t>(offset)) : !cursor.align(8)) return count == 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      if (!present.empty() && (static_cast<unsigned char>(present[i / 8]) >> (i % 8) & 1) == 0)
        into_.raw('-');
      else if (!write_next(element, cursor))
        return false;
    }
    return true;
  }

  // A heap tuple: type modifier, type, place, number of attributes, flags, offset of the data, bitmap of what is not null, attributes.
  // Dropped attributes stand for nothing, those added later are null.
  bool write_row(const TypeName &type, std::string_view value) {
    constexpr std::size_t type_modifier_and_type = 8, place = 6;
    constexpr std::uint16_t attributes_mask = 0x07FF, has_nulls = 1;
    const RelationName *relation = names_.relations.find(type.relation);
    Cursor cursor(value, 4);
    std::string_view skipped, present;
    std::uint16_t count, flags;
    std::uint8_t data;
    if (relation == nullptr || !cursor.take(type_modifier_and_type + place, skipped) || !cursor.take(count) || !cursor.take(flags) || !cursor.take(data)) return false;
    count &= attributes_mask;
    if ((flags & has_nulls) != 0 && !cursor.take((count + 7u) / 8, present)) return false;
    if (!cursor.go_to(data)) return false;
    into_.raw('R');
    for (std::size_t i = 0; i < relation->columns.size(); ++i) {
      const bool null = i >= count || (!present.empty() && (static_cast<unsigned char>(present[i / 8]) >> (i % 8) & 1) == 0);
      const bool dropped = relation->columns[i].empty();
      if (null && !dropped) into_.raw('-');
      if (null) continue;
      if (dropped || i >= relation->column_types.size() || !write_next(relation->column_types[i], cursor)) return false;
    }
    return true;
  }

  static constexpr unsigned empty = 0x01, lower_infinite = 0x08, upper_infinite = 0x10, lower_null = 0x20, upper_null = 0x40;

  bool write_bounds(Oid subtype, unsigned flags, Cursor &cursor) {
    into_.raw('[').number(flags).raw(';');
    if ((flags & (empty | lower_infinite | lower_null)) == 0 && !write_next(subtype, cursor)) return false;
    return (flags & (empty | upper_infinite | upper_null)) != 0 || write_next(subtype, cursor);
  }

  // Its own type, the bounds, and last a byte of flags.
  bool write_range(const TypeName &type, std::string_view value) {
    if (value.size() < sizeof(Oid) + 1) return false;
    Cursor cursor(value.substr(0, value.size() - 1), 4);
    return cursor.go_to(4 + sizeof(Oid)) && write_bounds(type.element, static_cast<unsigned char>(value.back()), cursor);
  }

  // Its own type, the number of ranges, where they begin (but the first), flags of each, the bounds.
  bool write_multirange(const TypeName &type, std::string_view value) {
    const TypeName *range = names_.types.find(type.element);
    const TypeName *subtype = range == nullptr ? nullptr : names_.types.find(base_type(names_, range->element));
    Cursor cursor(value, 4);
    Oid own;
    std::uint32_t count;
    if (subtype == nullptr || !cursor.take(own) || !cursor.take(count) || count > value.size()) return false;
    into_.raw('M').number(count).raw(':');
    if (count == 0) return true;
    std::string_view skipped, flags;
    if (!cursor.take((count - 1) * sizeof(std::uint32_t), skipped) || !cursor.take(count, flags)) return false;
    for (std::uint32_t i = 0; i < count; ++i)
      if (!cursor.align(alignment_of(subtype->alignment)) || !write_bounds(range->element, static_cast<unsigned char>(flags[i]), cursor)) return false;
    return true;
  }

  const Names &names_;
  Bytes &into_;
};

}  // namespace

Oid base_type(const Names &names, Oid oid) {
  for (int i = 0; i < 100; ++i) {
    const TypeName *type = names.types.find(oid);
    if (type == nullptr || type->base == 0) break;
    oid = type->base;
  }
  return oid;
}

bool holds_oids(const Names &names, Oid declared) {
  const Oid oid = base_type(names, declared);
  const TypeName *type = names.types.find(oid);
  return Writer::is_reference(oid) || (type != nullptr && (type->element != 0 || std::string_view("ermc").find(type->kind) != std::string_view::npos));
}

bool write_stored_value(const Names &names, Oid declared, std::string_view bytes, Bytes &into) {
  const TypeName *type = names.types.find(base_type(names, declared));
  std::string_view value = bytes;
  if (type != nullptr && type->length == -1) {
    Cursor cursor(bytes, 0);
    if (!take_varlena(cursor, value)) return false;
  }
  return Writer(names, into).write(declared, value);
}

}  // namespace proapp::core
