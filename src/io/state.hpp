// The whole state of a run between two iterations: what a checkpoint holds, and all that a restart needs.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace residua {

/// Named numbers and texts, the same on every rank. An integer up to 2^53 is exact as a double; a larger one (a seed, a
/// counter of 64 bits) goes into `texts`. Names may have "/" in them; those that begin with "driver/" belong to the
/// driver.
struct State {
  std::map<std::string, std::vector<double>> arrays;
  std::map<std::string, std::string> texts;

  bool operator==(const State&) const = default;
};

}  // namespace residua
