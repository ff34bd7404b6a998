#include "deck/names.hpp"

#include <algorithm>
#include <cctype>

namespace residua {
namespace {

bool is_letter(unsigned char c) { return c < 0x80 && (std::isalpha(c) != 0 || c == '_'); }

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

bool is_identifier(std::string_view name) {
  if (name.empty() || !is_letter(static_cast<unsigned char>(name.front()))) return false;
  return std::ranges::all_of(name, [](unsigned char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

bool is_signature(std::string_view name) {
  const auto open = name.find('(');
  if (open == std::string_view::npos || !name.ends_with(')') || !is_identifier(trimmed(name.substr(0, open))))
    return false;
  std::string_view arguments = name.substr(open + 1, name.size() - open - 2);
  for (;;) {
    const auto comma = arguments.find(',');
    if (!is_identifier(trimmed(arguments.substr(0, comma)))) return false;
    if (comma == std::string_view::npos) return true;
    arguments.remove_prefix(comma + 1);
  }
}

}  // namespace residua
