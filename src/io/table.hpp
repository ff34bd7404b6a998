// Tables: fields on a tensor grid in HDF5, as references and as data of a deck.
//
//   /                   axes (names, slowest first), accuracy (number), source (text)
//   /coordinates/<axis> increasing values
//   /values/<unknown>   an array with the axes' lengths as its shape
//
// The fields that a run writes (io/fields.hpp) are tables too.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/communicator.hpp"
#include "io/axis.hpp"

namespace residua {

struct GridTable {
  std::vector<Axis> axes;                             ///< slowest first
  std::map<std::string, std::vector<double>> values;  ///< by unknown; the last axis is the fastest index
  std::optional<double> accuracy;                     ///< absolute error of the values, where it is known
  std::string source;                                 ///< what made it

  /// The number of grid points.
  std::size_t size() const;

  /// The values at one place of axis `name`, without the axis; nothing where the axis does not have the place, to 12
  /// digits.
  std::optional<GridTable> slice(const std::string& name, double place) const;

  /// Read by rank 0, given to all; collective. InputError when the file cannot be read or is not such a table.
  static GridTable read(const std::filesystem::path& path, const Communicator& communicator);

  /// Writes the file; one rank calls this. InputError when the table breaks the rules above.
  void write(const std::filesystem::path& path) const;

 private:
  void check() const;
};

}  // namespace residua
