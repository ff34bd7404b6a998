// The names that a user may choose.
#pragma once

#include <string_view>

namespace residua {

bool is_identifier(std::string_view name);  ///< a letter or _, then letters, digits and _ (ASCII)
bool is_signature(std::string_view name);   ///< "f(a, b)": an identifier and identifiers as arguments, at least one

}  // namespace residua
