#include "grid/density_tree.hpp"

#include <algorithm>
#include <cmath>
#include <queue>

#include "grid/sobol.hpp"

namespace residua {
namespace {

constexpr int samples = 32;  // at which the density of a cell is measured
constexpr int bins = 4;  // along a coordinate, for how much it varies: a symmetric peak shows no difference of halves
constexpr double by_length = 1e-3;  // prefers the longer side where the density is flat

double volume(const std::vector<double>& lo, const std::vector<double>& hi) {
  double v = 1;
  for (std::size_t i = 0; i < lo.size(); ++i)
    if (lo[i] < hi[i]) v *= hi[i] - lo[i];
  return v;
}

}  // namespace

DensityTree::DensityTree(const Box& box, std::vector<int> coordinates, const Density& density, int cells)
    : box_(box), coordinates_(std::move(coordinates)) {
  add_cell(box.lo, box.hi, density);
  std::priority_queue<std::pair<double, int>> largest;  // of equal masses the lowest number first
  largest.emplace(cells_[0].mass, 0);
  for (int n = 1; n < cells && !coordinates_.empty(); ++n) {
    const int parent = -largest.top().second;
    largest.pop();
    const Cell cell = cells_[parent];
    const double middle = (cell.lo[cell.split] + cell.hi[cell.split]) / 2;
    std::vector<double> hi = cell.hi, lo = cell.lo;
    hi[cell.split] = lo[cell.split] = middle;
    const int left = add_cell(cell.lo, hi, density);
    const int right = add_cell(lo, cell.hi, density);
    cells_[parent].left = left;
    cells_[parent].right = right;
    largest.emplace(cells_[left].mass, -left);
    largest.emplace(cells_[right].mass, -right);
  }
  for (auto cell = cells_.rbegin(); cell != cells_.rend(); ++cell)
    if (cell->left >= 0) cell->mass = cells_[cell->left].mass + cells_[cell->right].mass;
}

int DensityTree::add_cell(std::vector<double> lo, std::vector<double> hi, const Density& density) {
  const int d = static_cast<int>(lo.size());
  std::vector<double> unit(static_cast<std::size_t>(d) * samples), points(unit.size());
  std::vector<double> s(d);
  for (int p = 0; p < samples; ++p) {
    sobol_point(0, p, s);
    for (int i = 0; i < d; ++i) {
      unit[i * samples + p] = s[i];
      points[i * samples + p] = lo[i] + (hi[i] - lo[i]) * s[i];
    }
  }
  const std::vector<double> values = density(points, samples);
  Cell cell{std::move(lo), std::move(hi)};
  for (double v : values) cell.mass += v / samples;
  cell.mass *= volume(cell.lo, cell.hi);
  double most = -1;
  for (int i : coordinates_) {
    double sum[bins] = {};
    int count[bins] = {};
    for (int p = 0; p < samples; ++p) {
      const int bin = static_cast<int>(bins * unit[i * samples + p]);
      sum[bin] += values[p];
      ++count[bin];
    }
    double low = sum[0] / count[0], high = low;
    for (int b = 1; b < bins; ++b) {
      low = std::min(low, sum[b] / count[b]);
      high = std::max(high, sum[b] / count[b]);
    }
    const double variation = std::log(high / low) + by_length * (cell.hi[i] - cell.lo[i]) / (box_.hi[i] - box_.lo[i]);
    if (variation > most) {
      most = variation;
      cell.split = i;
    }
  }
  cells_.push_back(std::move(cell));
  return static_cast<int>(cells_.size()) - 1;
}

double DensityTree::place(std::span<double> point) const {
  int k = 0;
  while (cells_[k].left >= 0) {
    const Cell& cell = cells_[k];
    const double share = cells_[cell.left].mass / cell.mass;
    double& s = point[cell.split];
    if (s < share) {
      s /= share;
      k = cell.left;
    } else {
      s = (s - share) / (1 - share);
      k = cell.right;
    }
  }
  const Cell& cell = cells_[k];
  for (std::size_t i = 0; i < point.size(); ++i) point[i] = cell.lo[i] + (cell.hi[i] - cell.lo[i]) * point[i];
  return cell.mass / volume(cell.lo, cell.hi) / mean();
}

double DensityTree::mean() const { return cells_[0].mass / volume(box_.lo, box_.hi); }

}  // namespace residua
