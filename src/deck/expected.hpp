// Keys and values in words, for messages and for the manual.
#pragma once

#include <string>
#include <vector>

#include "deck/node.hpp"

namespace residua {

/// "a real > 0", "one of: a, b", "a list of exactly 2 integers"
std::string expected_words(const Key& key);
/// The same for one value of the key, or one list of them, whatever the shape.
std::string element_words(const Key& key);
std::string list_words(const Key& key);
/// "the string \"a\"", "a list", "nothing"
std::string found_words(const Node& node);
/// "a, b, c", the first dozen and `...`.
std::string listed(const std::vector<std::string>& names);

}  // namespace residua
