// A failure on one rank becomes the same Error on all.
#pragma once

#include <string>

#include "base/communicator.hpp"

namespace residua {

/// Collective. When any rank gives a text that is not empty: throws Error with the text of the lowest such rank, on
/// all.
void throw_first(const Communicator& comm, const std::string& message);

}  // namespace residua
