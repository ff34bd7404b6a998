// Samples: named columns of numbers of one length, such as measurements at scattered points.
//
//   CSV   a first line with the names, then one line for each sample; empty lines and lines that begin with # are
//         passed over
//   HDF5  one dataset of one dimension for each column, at the root
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/communicator.hpp"

namespace residua {

struct Samples {
  std::map<std::string, std::vector<double>> columns;

  std::size_t count() const { return columns.empty() ? 0 : columns.begin()->second.size(); }

  /// Read by rank 0, given to all; collective. InputError, with the line of a CSV file, when the file cannot be read,
  /// has no samples, columns of different lengths or a value that is not finite.
  static Samples read(const std::filesystem::path& path, const Communicator& communicator);
};

}  // namespace residua
