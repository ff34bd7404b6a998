// Maps of whole fields on the cells of a periodic grid, y = M(x; p), that can be differentiated in the fields x and in
// the parameters p. Fields are [channel][cells of this rank] (grid/fourier_grid.hpp), parameters whole on every rank.
//
// y in a cell depends on x in others, on other ranks, too: all ranks of the grid call together. The bits of y do not
// depend on the number of ranks: what is computed for a row of cells is computed for it alone.
#pragma once

#include <functional>
#include <span>

namespace residua {

/// Where the part of a sum over cells goes that one row of this rank's adds, row 0 .. rows() - 1 of the grid.
using RowSum = std::function<std::span<double>(int row)>;

class FieldMap {
 public:
  virtual ~FieldMap() = default;

  virtual int inputs() const = 0;   ///< channels of x
  virtual int outputs() const = 0;  ///< channels of y
  virtual long parameters() const = 0;
  virtual void set_parameters(std::span<const double> p) = 0;

  // Collective. jvp and vjp are at the parameters set and the x given to `apply` last.

  virtual void apply(std::span<const double> x, std::span<double> y) = 0;
  /// dy <- the derivative along dx and dp; one that is empty counts as 0.
  virtual void jvp(std::span<const double> dx, std::span<const double> dp, std::span<double> dy) = 0;
  /// The transpose of that in plain sums over cells, channels and parameters: x_bar <- that of y_bar in x, unless
  /// x_bar is empty, and each row's p_bar [parameters] += that in p, unless there is no p_bar. What a row of p_bar adds
  /// does not depend on the number of ranks, unless it is a sum over all cells: that is in row 0 of some rank.
  virtual void vjp(std::span<const double> y_bar, std::span<double> x_bar, const RowSum& p_bar) = 0;
};

}  // namespace residua
