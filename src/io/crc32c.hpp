// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78; RFC 3720, appendix B.4): crc32c("123456789") = 0xE3069283.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace residua {
namespace detail {

constexpr std::array<std::uint32_t, 256> crc32c_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1U) != 0 ? (value >> 1U) ^ 0x82F63B78U : value >> 1U;
    table[i] = value;
  }
  return table;
}

}  // namespace detail

constexpr std::uint32_t crc32c(std::string_view bytes) {
  constexpr auto table = detail::crc32c_table();
  std::uint32_t value = 0xFFFFFFFFU;
  for (const char byte : bytes) value = (value >> 8U) ^ table[(value ^ static_cast<unsigned char>(byte)) & 0xFFU];
  return ~value;
}

}  // namespace residua
