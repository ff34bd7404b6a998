// The cells of a Fourier grid as whole rows, for what has to see these: the ranks of a group, which share the cells of
// the same rows, take some of these rows each. Rank after rank they are the slabs of a grid with as many ranks along y,
// so that all ranks' rows, one after the other, are the field row by row. In slabs nothing moves.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "grid/fourier_grid.hpp"

namespace residua {

class WholeRows {
 public:
  /// The grid must outlive it.
  explicit WholeRows(const FourierGrid& grid);

  int first_row() const { return rows_[part_]; }
  int rows() const { return static_cast<int>(rows_of(part_)); }
  long cells() const { return static_cast<long>(rows()) * grid_.shape().nx; }  ///< of this rank's whole rows

  /// [field][the grid's cells of this rank] to [field][row][nx], and back. Collective.
  std::vector<double> of_cells(std::span<const double> cells, int fields) const;
  std::vector<Complex> of_cells(std::span<const Complex> cells, int fields) const;
  std::vector<double> to_cells(std::span<const double> rows, int fields) const;
  std::vector<Complex> to_cells(std::span<const Complex> rows, int fields) const;

 private:
  template <class Value>
  std::vector<Value> gathered(std::span<const Value> cells, int fields) const;
  template <class Value>
  std::vector<Value> scattered(std::span<const Value> rows, int fields) const;

  long rows_of(int part) const { return rows_[part + 1] - rows_[part]; }
  long width_of(int part) const {
    return grid_.layout().parts_of_row()[part + 1] - grid_.layout().parts_of_row()[part];
  }

  const FourierGrid& grid_;
  int part_;
  std::vector<int> rows_;  ///< of each rank of the group, and the end
};

/// The mean over all cells of value(i), i of this rank's cells: the same bits on any process grid. Collective.
double mean_over_cells(const FourierGrid& grid, const std::function<double(long)>& value);

}  // namespace residua
