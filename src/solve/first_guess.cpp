#include "solve/first_guess.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace residua {
namespace {

// Of squares.
constexpr double dependent = 1e-13;  ///< what is left of a difference beside newer ones, over the difference
constexpr double noise = 1e-16;      ///< of a difference of right-hand sides, over the right-hand side

void subtract(std::span<const double> a, std::span<const double> b, std::vector<double>& difference) {
  difference.resize(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) difference[i] = a[i] - b[i];
}

}  // namespace

FirstGuess::FirstGuess(int most, DotProducts dots) : most_(static_cast<std::size_t>(most)), dots_(std::move(dots)) {}

void FirstGuess::clear() {
  begun_ = false;
  differences_.clear();
}

std::vector<double> FirstGuess::weights() const {
  const std::size_t n = differences_.size();
  std::vector<double> lower(n * n), c;  // Cholesky's factor, row by row
  for (std::size_t j = 0; j < n; ++j) {
    double* const row = lower.data() + j * n;
    double left = differences_[j].products[0], right = products_[1 + j];
    for (std::size_t k = 0; k < j; ++k) {
      double sum = differences_[k].products[j - k];
      for (std::size_t l = 0; l < k; ++l) sum -= row[l] * lower[k * n + l];
      row[k] = sum / lower[k * n + k];
      left -= row[k] * row[k];
      right -= row[k] * c[k];
    }
    if (!(left > dependent * differences_[j].products[0])) break;
    row[j] = std::sqrt(left);
    c.push_back(right / row[j]);
  }
  for (std::size_t j = c.size(); j-- > 0;) {
    for (std::size_t k = j + 1; k < c.size(); ++k) c[j] -= lower[k * n + j] * c[k];
    c[j] /= lower[j * n + j];
  }
  return c;
}

void FirstGuess::guess(std::span<const double> b, std::span<double> x) {
  if (!begun_) return;
  subtract(b, b_, change_);
  std::vector<DotPair> pairs{{b, b}, {change_, change_}};
  for (const Difference& each : differences_) pairs.push_back({change_, each.b});
  products_ = dots_(pairs);
  significant_ = products_[1] > noise * products_[0];
  products_.erase(products_.begin());
  const std::vector<double> c = weights();
  std::ranges::copy(x_, x.begin());
  constexpr std::size_t part = 1024;  // stays in a cache
  for (std::size_t first = 0; first < x.size(); first += part)
    for (std::size_t j = 0; j < c.size(); ++j)
      for (std::size_t i = first; i < std::min(first + part, x.size()); ++i)
        x[i] = std::fma(c[j], differences_[j].x[i], x[i]);
}

void FirstGuess::keep(std::span<const double> b, std::span<const double> x) {
  if (begun_ && significant_) {
    Difference newest;
    if (differences_.size() == most_) {
      newest = std::move(differences_.back());
      differences_.pop_back();
    }
    newest.b.swap(change_);
    subtract(x, x_, newest.x);
    newest.products = products_;
    differences_.insert(differences_.begin(), std::move(newest));
  }
  begun_ = true;
  b_.assign(b.begin(), b.end());
  x_.assign(x.begin(), x.end());
}

FirstGuess::Kept FirstGuess::save() const {
  Kept kept;
  if (!begun_) return kept;
  kept.vectors = {b_, x_};
  for (const Difference& each : differences_) {
    kept.vectors.push_back(each.b);
    kept.vectors.push_back(each.x);
    kept.numbers.insert(kept.numbers.end(), each.products.begin(), each.products.end());
    kept.numbers.resize((kept.vectors.size() / 2 - 1) * (most_ + 1));
  }
  return kept;
}

void FirstGuess::load(const Kept& kept) {
  clear();
  if (kept.vectors.empty()) return;
  begun_ = true;
  b_ = kept.vectors[0];
  x_ = kept.vectors[1];
  for (std::size_t k = 2; k < kept.vectors.size(); k += 2) {
    const auto products = kept.numbers.begin() + static_cast<std::ptrdiff_t>((k / 2 - 1) * (most_ + 1));
    differences_.push_back({kept.vectors[k], kept.vectors[k + 1], {products, products + most_ + 1}});
  }
}

}  // namespace residua
