#include "core/digest.hpp"

#include <algorithm>
#include <charconv>
#include <new>

#include <openssl/evp.h>

namespace proapp::core {

Digest sha256(std::string_view bytes) {
  // One context for the life of the process: allocating or fetching one costs more than most digests.
  static EVP_MD_CTX *context = EVP_MD_CTX_new();
  static EVP_MD *algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  Digest digest;
  if (context == nullptr || algorithm == nullptr || EVP_DigestInit_ex(context, algorithm, nullptr) != 1 || EVP_DigestUpdate(context, bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(context, digest.bytes.data(), nullptr) != 1)
    throw std::bad_alloc();
  return digest;
}

std::string_view hex(Arena &arena, const Digest &digest) {
  static constexpr char digits[] = "0123456789abcdef";
  auto *text = static_cast<char *>(arena.allocate(64, 1));
  for (std::size_t i = 0; i < 32; ++i) {
    text[2 * i] = digits[digest.bytes[i] >> 4];
    text[2 * i + 1] = digits[digest.bytes[i] & 15];
  }
  return {text, 64};
}

static int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool parse_hex(std::string_view text, Digest &into) {
  if (text.size() != 64) return false;
  for (std::size_t i = 0; i < 32; ++i) {
    const int high = nibble(text[2 * i]), low = nibble(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    into.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

void Bytes::grow(std::size_t more) {
  const std::size_t bigger = std::max({capacity_ * 2, size_ + more, std::size_t{256}});
  auto *fresh = static_cast<char *>(arena_->allocate(bigger, 1));
  if (size_ > 0) std::memcpy(fresh, bytes_, size_);
  bytes_ = fresh;
  capacity_ = bigger;
}

Bytes &Bytes::number(std::int64_t n) {
  if (n >= 0 && n < 10) return raw(static_cast<char>('0' + n));
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, n).ptr;
  return raw(std::string_view(digits, static_cast<std::size_t>(end - digits)));
}

}  // namespace proapp::core
