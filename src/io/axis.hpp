// A named coordinate and its values.
#pragma once

#include <string>
#include <vector>

namespace residua {

struct Axis {
  std::string name;
  std::vector<double> values;  ///< strictly increasing

  bool operator==(const Axis&) const = default;
};

}  // namespace residua
