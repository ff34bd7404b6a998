// Turns what toml++ says of a text that is not TOML into a problem that names the key and, where it can, the remedy.
#pragma once

#include <string>
#include <string_view>

#include "deck/problem.hpp"

namespace residua {

Problem syntax_problem(std::string_view text, std::string_view description, const Region& region);

/// A description of toml++ on one line, without "Error while parsing".
std::string plain(std::string_view description);

}  // namespace residua
