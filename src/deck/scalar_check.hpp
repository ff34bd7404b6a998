// The check of one value against its key.
#pragma once

#include <optional>

#include "deck/problem.hpp"

namespace residua {

/// Checks type, range and choices; sets `number` of a real and turns the number of an expression into its text.
/// The problem returned has no key yet; one inside an arithmetic string is placed by its byte offset there.
std::optional<Problem> check_scalar(const Key& key, Node& node);

}  // namespace residua
