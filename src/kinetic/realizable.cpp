#include "kinetic/realizable.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "kinetic/model.hpp"

namespace residua::kinetic {

Realizability realizability(Moments f, int level, long cell, const Margin& margin) {
  const double c = f[0][cell].real();
  if (!(c > 0)) return {0, c};
  if (const double first = std::abs(f[1][cell]) / c; !(first <= 1 + margin.order)) return {1, first};
  if (level == 1) return {};
  thread_local std::vector<Complex> a, next;
  a.resize(level + 1);
  next.resize(level + 1);
  a[0] = 1;
  double rest = c;
  for (int k = 1; k <= level; ++k) {
    Complex sum = 0;
    for (int j = 0; j < k; ++j) sum += times(a[j], f[k - j][cell]);
    const Complex reflection = -sum / rest;
    const double size = std::abs(reflection);
    const double allowed = k == 1 ? margin.order : margin.higher;
    if (!(size <= 1) && !((size - 1) * std::abs(rest) <= allowed * c)) return {k, size};
    a[k] = 0;
    for (int j = 0; j <= k; ++j) next[j] = a[j] + times(reflection, std::conj(a[k - j]));
    std::copy_n(next.begin(), k + 1, a.begin());
    rest *= 1 - size * size;
  }
  return {};
}

namespace {

constexpr double safe_reflection = 1 - 1e-6;  ///< of its square
constexpr double safe_rest = 1e-8;            ///< of c

/// The recursion of `realizability` for a block of cells side by side.
class BlockOfCells {
 public:
  static constexpr long size = 64;

  explicit BlockOfCells(int level) : level_(level), a_(2 * (level + 1)), next_(a_.size()), f_(a_.size()) {}

  /// Whether each of `count` cells is realizable beyond doubt.
  const bool* safe(Moments f, long first, long count) {
    for (int m = 0; m <= level_; ++m)
      for (long i = 0; i < count; ++i) {
        re(f_, m)[i] = f[m][first + i].real();
        im(f_, m)[i] = f[m][first + i].imag();
      }
    const double* const c = re(f_, 0);
    for (long i = 0; i < size; ++i) {
      re(a_, 0)[i] = 1;
      im(a_, 0)[i] = 0;
      rest_[i] = c[i];
      safe_[i] = c[i] > 0;
    }
    for (int k = 1; k <= level_; ++k) {
      reflect(k);
      for (long i = 0; i < size; ++i) {
        const double square = re_[i] * re_[i] + im_[i] * im_[i];
        rest_[i] *= 1 - square;
        safe_[i] = safe_[i] & (square < safe_reflection) & (rest_[i] > safe_rest * c[i]);
      }
      if (k < level_) advance(k);
    }
    return safe_;
  }

  /// After `safe`: middle [count] <- that of the next moment's disc, of cells that are.
  void middle(long count, Complex* middle) {
    advance(level_);
    for (long i = 0; i < count; ++i) {
      double real = 0, imaginary = 0;
      for (int j = 1; j <= level_; ++j) {
        const int k = level_ + 1 - j;
        real -= re(a_, j)[i] * re(f_, k)[i] - im(a_, j)[i] * im(f_, k)[i];
        imaginary -= re(a_, j)[i] * im(f_, k)[i] + im(a_, j)[i] * re(f_, k)[i];
      }
      middle[i] = {real, imaginary};
    }
  }

 private:
  using Row = std::array<double, size>;
  using Rows = std::vector<Row>;  ///< [k][real, imaginary part]

  static double* re(Rows& rows, int k) { return rows[2 * k].data(); }
  static double* im(Rows& rows, int k) { return rows[2 * k + 1].data(); }

  /// The reflection coefficient of f_k.
  void reflect(int k) {
    for (long i = 0; i < size; ++i) {
      re_[i] = -re(f_, k)[i];
      im_[i] = -im(f_, k)[i];
    }
    for (int j = 1; j < k; ++j) {
      const double *ar = re(a_, j), *ai = im(a_, j), *fr = re(f_, k - j), *fi = im(f_, k - j);
      for (long i = 0; i < size; ++i) {
        re_[i] -= ar[i] * fr[i] - ai[i] * fi[i];
        im_[i] -= ar[i] * fi[i] + ai[i] * fr[i];
      }
    }
    for (long i = 0; i < size; ++i) {
      const double factor = 1 / rest_[i];
      re_[i] *= factor;
      im_[i] *= factor;
    }
  }

  /// The predictors of the next step.
  void advance(int k) {
    std::ranges::fill(a_[2 * k], 0.0);
    std::ranges::fill(a_[2 * k + 1], 0.0);
    for (int j = 0; j <= k; ++j) {
      const double *ar = re(a_, j), *ai = im(a_, j), *br = re(a_, k - j), *bi = im(a_, k - j);
      double *nr = re(next_, j), *ni = im(next_, j);
      for (long i = 0; i < size; ++i) {
        nr[i] = ar[i] + (re_[i] * br[i] + im_[i] * bi[i]);
        ni[i] = ai[i] + (im_[i] * br[i] - re_[i] * bi[i]);
      }
    }
    std::swap(a_, next_);
  }

  int level_;
  Rows a_, next_, f_;
  double rest_[size], re_[size], im_[size];
  bool safe_[size];
};

}  // namespace

std::vector<long> doubtful_cells(Moments f, int level, long cells) {
  std::vector<long> doubtful;
  BlockOfCells block(level);
  for (long first = 0; first < cells; first += BlockOfCells::size) {
    const long count = std::min(BlockOfCells::size, cells - first);
    const bool* const safe = block.safe(f, first, count);
    for (long i = 0; i < count; ++i)
      if (!safe[i]) doubtful.push_back(first + i);
  }
  return doubtful;
}

namespace {

/// Levinson's recursion for the moments within their discs that are nearest to those of a cell, f_m = at(m).
struct Nearest {
  std::vector<Complex> within;  ///< f_0 .. f_level
  Complex middle;               ///< of the disc of the next
  bool moved = false;
};

template <class At>
const Nearest& nearest_within(int level, const At& at) {
  thread_local std::vector<Complex> a, next;
  thread_local Nearest found;
  a.assign(level + 2, 0);
  next.resize(level + 2);
  found.within.resize(level + 1);
  found.moved = false;
  found.within[0] = at(0).real();
  a[0] = 1;
  double rest = at(0).real();
  Complex middle = 0;
  for (int k = 1; k <= level; ++k) {
    Complex reflection = rest > 0 ? (middle - at(k)) / rest : 0;
    const double size = std::abs(reflection);
    const bool outside = size > 1 || !(rest > 0);
    if (size > 1) reflection /= size;
    found.moved = found.moved || outside;
    found.within[k] = outside ? middle - reflection * rest : at(k);
    for (int j = 0; j <= k; ++j) next[j] = a[j] + times(reflection, std::conj(a[k - j]));
    std::copy_n(next.begin(), k + 1, a.begin());
    rest = outside ? 0 : rest * (1 - size * size);
    middle = 0;
    for (int j = 1; j <= k; ++j) middle -= times(a[j], found.within[k + 1 - j]);
  }
  found.middle = middle;
  return found;
}

}  // namespace

bool draw_back(Complex* f, long stride, int level, long cell) {
  const Nearest& nearest = nearest_within(level, [&](int m) { return f[m * stride + cell]; });
  if (nearest.moved)
    for (int m = 1; m <= level; ++m) f[m * stride + cell] = nearest.within[m];
  return nearest.moved;
}

Complex middle_of_next(Moments f, int level, long cell) {
  return nearest_within(level, [&](int m) { return f[m][cell]; }).middle;
}

void middles_of_next(Moments f, int level, long cells, Complex* middle) {
  BlockOfCells block(level);
  for (long first = 0; first < cells; first += BlockOfCells::size) {
    const long count = std::min(BlockOfCells::size, cells - first);
    const bool* const safe = block.safe(f, first, count);
    block.middle(count, middle + first);
    for (long i = 0; i < count; ++i)
      if (!safe[i]) middle[first + i] = middle_of_next(f, level, first + i);
  }
}

}  // namespace residua::kinetic
