// From TOML text to nodes, by toml++.
#pragma once

#include <optional>
#include <string_view>

#include "deck/problem.hpp"

namespace residua {

/// Reads a whole document into `root`; returns what is wrong with it, if anything.
std::optional<Problem> read_toml(std::string_view text, Node& root);

/// Reads the value of an override: TOML, or else a number or a bare word. `place` is where it is in the override; the
/// name of the node and its key are left to the caller.
std::optional<Problem> read_override_value(std::string_view text, const Region& place, Node& node);

}  // namespace residua
