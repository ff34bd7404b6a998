// Tabulated functions of one to three variables, interpolated by a tensor-product spline.
//
// s(x) = sum_k c_k prod_a B_{k_a}(x_a) with B-splines of odd degree p on not-a-knot knots: s passes through the data,
// is p - 1 times continuously differentiable, and its error is O(h^(p+1)) for smooth data. Degree 3 is the cubic
// spline; higher degrees suit smooth, accurate tables. Outside the range of the data the value is NaN.
//
// File (HDF5): root attribute `axes`, an array of strings; datasets `coordinates/<axis>`, increasing, one dimension;
// `values/<name>` of shape [axis 0][axis 1][axis 2]; optional root attribute `degree` (1, 3, 5 or 7; default 3).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "map/table_view.hpp"

namespace residua {

class Table {
 public:
  /// values: [axis 0][axis 1][axis 2], the last axis fastest. Throws InputError when sizes disagree, an axis does not
  /// increase or has fewer than degree + 1 points, a number is not finite, or the degree is not 1, 3, 5 or 7.
  Table(std::string name, std::vector<std::string> axes, std::vector<std::vector<double>> coordinates,
        std::span<const double> values, int degree = 3);

  /// Reads `values/<name>` of a file. Throws InputError when it cannot be read or is not as described above.
  static Table read(const std::string& path, const std::string& name);

  /// The datasets below `values/` of a file.
  static std::vector<std::string> names(const std::string& path);

  const std::string& name() const { return name_; }
  const std::vector<std::string>& axes() const { return axes_; }
  int degree() const { return layout_.degree; }
  double lower(int axis) const { return data_[layout_.knots[axis]]; }
  double upper(int axis) const { return data_[layout_.knots[axis] + layout_.size[axis]]; }

  /// The highest continuous derivative along each axis.
  int max_order() const { return layout_.degree - 1; }

  /// Knots and coefficients, and where they lie.
  const TableLayout& layout() const { return layout_; }
  std::span<const double> data() const { return data_; }

  /// D^orders at x, both with one entry for each axis.
  double evaluate(std::span<const double> x, std::span<const int> orders = {}) const;

 private:
  std::string name_;
  std::vector<std::string> axes_;
  TableLayout layout_;
  std::vector<double> data_;
};

}  // namespace residua
