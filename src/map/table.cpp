#include "map/table.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.hpp"

namespace residua {
namespace {

/// Not-a-knot knots for the data sites x: the end sites p + 1 times, and all interior sites but the (p - 1) / 2 next to
/// each end.
std::vector<double> not_a_knot(const std::vector<double>& x, int p) {
  const auto skip = static_cast<std::ptrdiff_t>((p + 1) / 2);
  std::vector<double> knots(static_cast<std::size_t>(p) + 1, x.front());
  knots.insert(knots.end(), x.begin() + skip, x.end() - skip);
  knots.insert(knots.end(), static_cast<std::size_t>(p) + 1, x.back());
  return knots;
}

/// The collocation matrix A_ik = B_k(x_i), of bandwidth p to either side, factorised without pivoting: it is totally
/// positive, for which that is stable (de Boor, A Practical Guide to Splines, ch. XIII).
class CollocationMatrix {
 public:
  CollocationMatrix(const std::vector<double>& x, const std::vector<double>& knots, int p)
      : size_(static_cast<int>(x.size())), p_(p), bands_(x.size() * (2 * static_cast<std::size_t>(p) + 1), 0.0) {
    double basis[max_table_degree + 1];
    for (int i = 0; i < size_; ++i) {
      const double site = x[static_cast<std::size_t>(i)];
      const int span = find_span(knots.data(), size_, p, site);
      spline_basis(knots.data(), span, p, 0, site, basis);
      for (int r = 0; r <= p; ++r)
        if (std::abs(span - p + r - i) <= p) at(i, span - p + r) = basis[r];
    }
    for (int k = 0; k < size_; ++k)
      for (int i = k + 1; i < std::min(size_, k + p + 1); ++i) {
        const double factor = at(i, k) /= at(k, k);
        for (int j = k + 1; j < std::min(size_, k + p + 1); ++j) at(i, j) -= factor * at(k, j);
      }
  }

  /// Solves A c = y in place, y_i at y[i * stride].
  void solve(double* y, std::size_t stride) const {
    const auto entry = [&](int i) -> double& { return y[static_cast<std::size_t>(i) * stride]; };
    for (int i = 0; i < size_; ++i)
      for (int k = std::max(0, i - p_); k < i; ++k) entry(i) -= at(i, k) * entry(k);
    for (int i = size_ - 1; i >= 0; --i) {
      for (int k = i + 1; k < std::min(size_, i + p_ + 1); ++k) entry(i) -= at(i, k) * entry(k);
      entry(i) /= at(i, i);
    }
  }

 private:
  double& at(int i, int j) { return bands_[static_cast<std::size_t>(i * (2 * p_ + 1) + j - i + p_)]; }
  double at(int i, int j) const { return bands_[static_cast<std::size_t>(i * (2 * p_ + 1) + j - i + p_)]; }

  int size_, p_;
  std::vector<double> bands_;
};

void check_axis(const std::string& table, const std::string& axis, const std::vector<double>& x, int degree) {
  if (x.size() < static_cast<std::size_t>(degree) + 1)
    throw InputError(fmt::format("table '{}': axis '{}' has {} points; degree {} needs at least {}", table, axis,
                                 x.size(), degree, degree + 1));
  if (!std::ranges::all_of(x, [](double v) { return std::isfinite(v); }))
    throw InputError(fmt::format("table '{}': axis '{}' holds a number that is not finite", table, axis));
  for (std::size_t i = 1; i < x.size(); ++i)
    if (!(x[i - 1] < x[i]))
      throw InputError(fmt::format("table '{}': axis '{}' does not increase at point {}: {} after {}", table, axis, i,
                                   x[i], x[i - 1]));
}

}  // namespace

Table::Table(std::string name, std::vector<std::string> axes, std::vector<std::vector<double>> coordinates,
             std::span<const double> values, int degree)
    : name_(std::move(name)), axes_(std::move(axes)) {
  const std::size_t n_axes = coordinates.size();
  if (n_axes < 1 || n_axes > static_cast<std::size_t>(max_table_axes) || axes_.size() != n_axes)
    throw InputError(fmt::format("table '{}': {} axes with {} names; there can be 1 to {}", name_, n_axes, axes_.size(),
                                 max_table_axes));
  if (degree < 1 || degree > max_table_degree || degree % 2 == 0)
    throw InputError(fmt::format("table '{}': degree {} is not 1, 3, 5 or 7", name_, degree));
  std::size_t points = 1;
  for (std::size_t a = 0; a < n_axes; ++a) {
    check_axis(name_, axes_[a], coordinates[a], degree);
    points *= coordinates[a].size();
  }
  if (values.size() != points)
    throw InputError(fmt::format("table '{}': {} values for {} points", name_, values.size(), points));
  if (!std::ranges::all_of(values, [](double v) { return std::isfinite(v); }))
    throw InputError(fmt::format("table '{}' holds a number that is not finite", name_));

  layout_.axes = static_cast<int>(n_axes);
  layout_.degree = degree;
  std::vector<double> coefficients(values.begin(), values.end());
  std::size_t stride = points;
  for (std::size_t a = 0; a < n_axes; ++a) {
    const std::vector<double>& x = coordinates[a];
    const std::vector<double> knots = not_a_knot(x, degree);
    layout_.size[a] = static_cast<int>(x.size());
    layout_.knots[a] = data_.size();
    data_.insert(data_.end(), knots.begin(), knots.end());

    const CollocationMatrix matrix(x, knots, degree);
    stride /= x.size();
    for (std::size_t line = 0; line < points / x.size(); ++line)
      matrix.solve(&coefficients[line / stride * stride * x.size() + line % stride], stride);
  }
  layout_.coefficients = data_.size();
  data_.insert(data_.end(), coefficients.begin(), coefficients.end());
}

double Table::evaluate(std::span<const double> x, std::span<const int> orders) const {
  double point[max_table_axes] = {};
  unsigned char order[max_table_axes] = {};
  for (std::size_t axis = 0; axis < axes_.size(); ++axis) {
    point[axis] = x[axis];
    if (!orders.empty()) order[axis] = static_cast<unsigned char>(orders[axis]);
  }
  return evaluate_table(layout_, data_.data(), point, order);
}

}  // namespace residua
