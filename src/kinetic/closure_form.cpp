#include "kinetic/closure_form.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.hpp"
#include "map/multi_index.hpp"

namespace residua::kinetic {
namespace {

constexpr double softening_first = 1e-3, softening = 1e-4;
constexpr double least_rest = 1e-12;  ///< of a disc's radius over c, below which it counts as a point

ComplexExpression power(const ComplexExpression& a, int n) { return n == 1 ? a : a * power(a, n - 1); }

struct Disc {
  ComplexExpression centre;
  Expression radius;
};

/// Where a_{N+1} may lie, by the recursion of Levinson on the predictors p: a_m ~ -sum_j p_j a_{m-j}.
Disc disc_of(const std::vector<ComplexExpression>& a) {
  const int level = static_cast<int>(a.size()) - 1;
  std::vector<ComplexExpression> p{a[0]};
  Expression rest = 1.0;
  const auto correlation = [&](int k) {
    ComplexExpression sum{0.0, 0.0};
    for (int j = k == level + 1 ? 1 : 0; j < k; ++j) sum = sum + p[j] * a[k - j];
    return sum;
  };
  for (int k = 1; k <= level; ++k) {
    // Where an earlier moment is on the edge of its disc the next discs are points: 0 over 0, which counts as 0.
    const Expression inverse = k == 1 ? Expression(1.0) : rest / (rest * rest + least_rest * least_rest);
    const ComplexExpression reflection = -inverse * correlation(k);
    std::vector<ComplexExpression> next = p;
    next.push_back({0.0, 0.0});
    for (int j = 1; j <= k; ++j) next[j] = next[j] + reflection * conj(p[k - j]);
    p = std::move(next);
    rest = rest * (1.0 - norm(reflection));
  }
  return {Expression(-1.0) * correlation(level + 1), rest};
}

}  // namespace

ClosureForm::ClosureForm(int level, const ClosureSight& sees, bool of_ratios) : ClosureForm(sees, of_ratios, level) {
  if (level < 1) throw Error(fmt::format("a closure of level {}", level));
  const std::vector<ComplexExpression> a = ratios();
  invariants_.push_back(Expression::input(0));
  for (int m = 1; m <= level; ++m) invariants_.push_back(sqrt(norm(a[m]) + (m == 1 ? softening_first : softening)));
  invariants_.push_back(norm(a[1]));
  for (int m = 1; m < level; ++m) invariants_.push_back((a[m + 1] * conj(a[1] * a[m])).re);
  if (level > 1) invariants_.push_back(invariants_[level + 2] / (norm(a[1]) + 0.01));
  covariants_.push_back(power(a[1], level + 1));
  for (int i = 1; 2 * i <= level + 1; ++i)
    if (level > 1) covariants_.push_back(a[i] * a[level + 1 - i]);
  if (level > 1) covariants_.push_back(a[level] * a[level] * conj(a[level - 1]));
  if (sees.gradients) add_gradients(a);
  if (sees.strain) add_strain(a);
  add_parameters();
  if (invariants() > max_coordinates)
    throw Error(fmt::format("a learned closure of level {} with {} parameters has {} inputs{}; {} are the most", level,
                            sees.parameters, invariants(),
                            sees.gradients || sees.strain ? ", those of gradients or the strain rate counted" : "",
                            max_coordinates));
}

ClosureForm ClosureForm::plain(int parameters, bool of_ratios) {
  ClosureForm form({.parameters = parameters}, of_ratios, 1);
  const Expression c = Expression::input(0);
  form.invariants_ = {c};
  for (int k = 1; k < 3; ++k) form.invariants_.push_back(of_ratios ? c * Expression::input(k) : Expression::input(k));
  form.covariants_ = {{1.0, 0.0}, {0.0, 1.0}};
  form.add_parameters();
  return form;
}

void ClosureForm::add_parameters() {
  const int first = raw() - sees_.parameters;
  for (int k = 0; k < sees_.parameters; ++k) invariants_.push_back(Expression::input(first + k));
}

void ClosureForm::load(Moments f, long cells, std::span<const double> parameters, std::span<double> raw) const {
  constexpr long block = 64;
  double factor[block];
  for (long first = 0; first < cells; first += block) {
    const long count = std::min(block, cells - first);
    double* to = raw.data() + first;
    for (long i = 0; i < count; ++i) {
      to[i] = f[0][first + i].real();
      factor[i] = of_ratios_ ? 1 / to[i] : 1;
    }
    to += cells;
    for (int m = 1; m < fields(); ++m, to += 2 * cells) {
      if (sees_.strain && m + 1 == fields()) std::fill_n(factor, count, 1.0);
      for (long i = 0; i < count; ++i) {
        to[i] = factor[i] * f[m][first + i].real();
        to[cells + i] = factor[i] * f[m][first + i].imag();
      }
    }
    for (const double value : parameters) to = std::fill_n(to, count, value) - count + cells;
  }
}

ComplexExpression ClosureForm::ratio(int field) const {
  const Expression re = Expression::input(2 * field - 1), im = Expression::input(2 * field);
  if (of_ratios_) return {re, im};
  return {re / Expression::input(0), im / Expression::input(0)};
}

std::vector<ComplexExpression> ClosureForm::ratios() const {
  std::vector<ComplexExpression> a{{1.0, 0.0}};
  for (int m = 1; m <= level_; ++m) a.push_back(ratio(m));
  return a;
}

void ClosureForm::add_gradients(const std::vector<ComplexExpression>& a) {
  derivatives_ = {{0, false}, {1, false}, {1, true}};
  if (level_ > 1) derivatives_.push_back({level_, false});
  const ComplexExpression density = ratio(level_ + 1), d = ratio(level_ + 2), e = ratio(level_ + 3),
                          last = level_ > 1 ? ratio(level_ + 4) : d;
  for (const ComplexExpression& each : {d, e, density}) invariants_.push_back(norm(each));
  invariants_.push_back((d * e * conj(a[1] * a[1])).re);
  covariants_.push_back(last * e);
  covariants_.push_back(last * density);
  covariants_.push_back(a[level_] * e * e);
  covariants_.push_back(a[level_] * d * conj(e));
}

void ClosureForm::add_strain(const std::vector<ComplexExpression>& a) {
  const int row = fields() - 1;
  const ComplexExpression e{Expression::input(2 * row - 1), Expression::input(2 * row)};
  invariants_.push_back(norm(e));
  invariants_.push_back((e * conj(a[1])).re);
  if (level_ == 2) invariants_.push_back((a[2] * conj(a[1] * e)).re);
  covariants_.push_back(e * a[level_]);
  covariants_.push_back(e * e * a[level_ - 1]);
  if (level_ > 1) covariants_.push_back(e * a[1] * a[level_ - 1]);
}

std::vector<Expression> ClosureForm::covariant_squares() const {
  std::vector<Expression> squares;
  for (const ComplexExpression& b : covariants_) squares.push_back(norm(b));
  return squares;
}

std::vector<Expression> ClosureForm::top(int first, const std::vector<double>& sizes) const {
  ComplexExpression q{0.0, 0.0};
  for (int j = 0; j < covariants(); ++j)
    if (sizes[j] > 0) q = q + Expression::input(first + j) / sizes[j] * covariants_[j];
  const Disc disc = disc_of(ratios());
  const Expression c = Expression::input(0);
  const ComplexExpression top = c * (disc.centre + disc.radius / sqrt(1.0 + norm(q)) * q);
  return {top.re, top.im};
}

}  // namespace residua::kinetic
