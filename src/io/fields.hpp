// Scalar fields on a tensor grid, computed by all ranks and written as one HDF5 file with an XDMF description.
//
// The file is a table (io/table.hpp). Grid points are numbered with time slowest and the first space axis fastest: the
// order of VTK, so that the first space axis is ParaView's X. Each rank owns a contiguous range of the numbers.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/communicator.hpp"
#include "io/axis.hpp"

namespace residua {

class FieldSet {
 public:
  /// A grid of `axes`, in the order in which the caller counts coordinates. The axis called `time`, if there is one, is
  /// ParaView's time.
  FieldSet(std::vector<Axis> axes, const std::string& time, const Communicator& communicator);

  const Communicator& communicator() const { return communicator_; }
  std::size_t size() const { return size_; }    ///< of the whole grid
  std::size_t begin() const { return begin_; }  ///< first point of this rank
  std::size_t local_size() const { return end_ - begin_; }

  /// Coordinates of this rank's points: (axes in the caller's order) x (points), the point fastest.
  std::vector<double> local_points() const;

  /// Stores a field by its values at this rank's points. By convention a reference is called <name>_reference and the
  /// difference from it <name>_error.
  void set(const std::string& name, std::vector<double> local_values);

  /// Writes <stem>.h5, all ranks together, and <stem>.xdmf, each under its name only when it is complete. XDMF
  /// describes at most three space axes; beyond that there is only the HDF5 file. Collective.
  void write(const std::filesystem::path& stem) const;

  /// The axes in the order of the file, slowest first, and whether the first of them is time.
  std::vector<Axis> file_axes() const;
  bool has_time() const { return has_time_; }
  std::vector<std::string> names() const;

 private:
  const Communicator& communicator_;
  std::vector<Axis> axes_;
  std::vector<std::size_t> order_;  ///< axes_[order_[0]] is the slowest
  bool has_time_ = false;
  std::size_t size_ = 1, begin_ = 0, end_ = 1;
  std::map<std::string, std::vector<double>> fields_;
};

}  // namespace residua
