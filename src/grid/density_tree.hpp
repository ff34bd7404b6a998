// A piecewise constant density on a box, and points that follow it.
//
// The box is bisected, always the cell of largest mass, across the coordinate along which the density varies most
// there, until there are `cells` cells. A point of the unit cube is carried into the box through the tree so that equal
// volumes go to equal masses: a low-discrepancy set stays one, and every point knows the density with which it was
// drawn, the weight of importance sampling.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "grid/point_set.hpp"

namespace residua {

class DensityTree {
 public:
  /// Values, > 0 and not normalised, at points [dimension][n], the point fastest.
  using Density = std::function<std::vector<double>(std::span<const double> points, long n)>;

  /// `coordinates`: those on which the density depends; no other is cut. The tree is a pure function of its arguments:
  /// every rank builds the same.
  DensityTree(const Box& box, std::vector<int> coordinates, const Density& density, int cells);

  /// Carries `point` from the unit cube into the box, in place, and returns the density there; its mean over the box
  /// is 1.
  double place(std::span<double> point) const;

  /// The mean of the density as given.
  double mean() const;

 private:
  struct Cell {
    std::vector<double> lo, hi;
    double mass = 0;
    int split = 0;  ///< the coordinate of the cut, in the middle
    int left = -1, right = -1;
  };

  int add_cell(std::vector<double> lo, std::vector<double> hi, const Density& density);

  Box box_;
  std::vector<int> coordinates_;
  std::vector<Cell> cells_;
};

}  // namespace residua
