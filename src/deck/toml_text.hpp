// Values as TOML text. Numbers are the shortest that read back as the same bits.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "deck/schema.hpp"

namespace residua {

std::string shortest(double value);              ///< "0.1", "1", "1e-300"
std::string toml_text(double value);             ///< the same, always a TOML float: "1.0"
std::string toml_string(std::string_view text);  ///< in quotes, escaped
std::string toml_text(const Scalar& value);
std::string toml_text(const std::vector<Scalar>& values);  ///< "[1, 2]"
std::string toml_key(std::string_view name);               ///< bare where TOML allows it, else in quotes

}  // namespace residua
