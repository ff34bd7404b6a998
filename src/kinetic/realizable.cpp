#include "kinetic/realizable.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "kinetic/model.hpp"

namespace residua::kinetic {
namespace {

constexpr double safe_reflection = 1 - 1e-6;  ///< of its square
constexpr double safe_rest = 1e-8;            ///< of c

/// Levinson's recursion for a block of cells side by side. Numbers of a cell do not depend on the others, to the bit.
class BlockOfCells {
 public:
  static constexpr long size = 64;

  explicit BlockOfCells(int level) : level_(level), f_(2 * (level + 1)), a_(f_.size()) {}

  /// cell(i) for i < count are the block's.
  template <class Cell>
  void load(Moments f, long count, const Cell& cell) {
    for (int m = 0; m <= level_; ++m)
      for (long i = 0; i < count; ++i) {
        re(f_, m)[i] = f[m][cell(i)].real();
        im(f_, m)[i] = f[m][cell(i)].imag();
      }
  }

  /// Which cells are realizable beyond doubt.
  void judge() {
    const double* const c = re(f_, 0);
    for (long i = 0; i < size; ++i) {
      rest_[i] = c[i];
      doubt_[i] = c[i] > 0 ? 0 : 1;
    }
    for (int k = 1; k <= level_; ++k) {
      find_middle(k);
      const double *fr = re(f_, k), *fi = im(f_, k);
      for (long i = 0; i < size; ++i) {
        const double scale = 1 / rest_[i];
        re_[i] = scale * (re_[i] - fr[i]);
        im_[i] = scale * (im_[i] - fi[i]);
        const double square = re_[i] * re_[i] + im_[i] * im_[i];
        rest_[i] *= 1 - square;
        const bool safe = (square < safe_reflection) & (rest_[i] > safe_rest * c[i]);
        doubt_[i] = safe ? doubt_[i] : 1;
      }
      if (k < level_) advance(k);
    }
  }
  bool doubtful(long i) const { return doubt_[i] != 0; }

  /// Each moment that is outside of its disc becomes the nearest point of it, where all discs after it are points.
  void draw_back(const Margin& margin) {
    const double* const c = re(f_, 0);
    for (long i = 0; i < size; ++i) {
      rest_[i] = c[i];
      moved_[i] = false;
      found_[i] = c[i] > 0 ? Realizability{} : Realizability{0, c[i]};
    }
    for (int k = 1; k <= level_; ++k) {
      const double allowed = k == 1 ? margin.order : margin.higher;
      find_middle(k);
      double *fr = re(f_, k), *fi = im(f_, k);
      for (long i = 0; i < size; ++i) {
        const double middle_re = re_[i], middle_im = im_[i], rest = rest_[i];
        const double to_re = middle_re - fr[i], to_im = middle_im - fi[i];
        const double distance = std::sqrt(to_re * to_re + to_im * to_im);
        const bool outside = !(distance <= rest);
        const double scale = rest > 0 ? 1 / (outside ? distance : rest) : 0;
        re_[i] = scale * to_re;
        im_[i] = scale * to_im;
        rest_[i] = outside ? 0 : rest * (1 - (re_[i] * re_[i] + im_[i] * im_[i]));
        if (!outside) continue;
        fr[i] = middle_re - rest * re_[i];
        fi[i] = middle_im - rest * im_[i];
        moved_[i] = true;
        if (found_[i].failed < 0 && !(distance - rest <= allowed * c[i])) found_[i] = {k, (distance - rest) / c[i]};
      }
      if (k < level_) advance(k);
    }
  }
  bool moved(long i) const { return moved_[i]; }
  Realizability found(long i) const { return found_[i]; }
  Complex moment(int m, long i) { return {re(f_, m)[i], im(f_, m)[i]}; }

  /// After one of these: the middle of the next moment's disc is middle(i), of cells that are safe or drawn back.
  void find_middle_of_next() {
    advance(level_);
    find_middle(level_ + 1);
  }
  Complex middle(long i) const { return {re_[i], im_[i]}; }

 private:
  using Row = std::array<double, size>;
  using Rows = std::vector<Row>;  ///< [k][real, imaginary part]

  static double* re(Rows& rows, int k) { return rows[2 * k].data(); }
  static double* im(Rows& rows, int k) { return rows[2 * k + 1].data(); }

  /// re_, im_ <- the middle of the disc of f_k, -sum_j a_j f_{k-j}.
  void find_middle(int k) {
    std::ranges::fill(re_, 0.0);
    std::ranges::fill(im_, 0.0);
    for (int j = 1; j < k; ++j) {
      const double *ar = re(a_, j), *ai = im(a_, j), *fr = re(f_, k - j), *fi = im(f_, k - j);
      for (long i = 0; i < size; ++i) {
        re_[i] -= ar[i] * fr[i] - ai[i] * fi[i];
        im_[i] -= ar[i] * fi[i] + ai[i] * fr[i];
      }
    }
  }

  /// a_1 .. a_k <- those of the next step, with the reflection coefficient re_, im_ of f_k.
  void advance(int k) {
    for (int j = 1; 2 * j <= k; ++j) {
      double *ar = re(a_, j), *ai = im(a_, j), *br = re(a_, k - j), *bi = im(a_, k - j);
#pragma omp simd
      for (long i = 0; i < size; ++i) {
        const double a1 = ar[i], a2 = ai[i], b1 = br[i], b2 = bi[i];
        br[i] = b1 + (re_[i] * a1 + im_[i] * a2);
        bi[i] = b2 + (im_[i] * a1 - re_[i] * a2);
        ar[i] = a1 + (re_[i] * b1 + im_[i] * b2);
        ai[i] = a2 + (im_[i] * b1 - re_[i] * b2);
      }
    }
    std::ranges::copy(re_, re(a_, k));
    std::ranges::copy(im_, im(a_, k));
  }

  int level_;
  Rows f_, a_;  ///< of a the first is 1, and not kept
  double re_[size], im_[size], rest_[size];
  double doubt_[size];  ///< 1 or 0: a number, so that the loop becomes vectors
  bool moved_[size];
  Realizability found_[size];
};

/// body(block, first, count) for blocks of so many cells.
template <class Body>
void for_blocks(int level, long cells, const Body& body) {
  BlockOfCells block(level);
  for (long first = 0; first < cells; first += BlockOfCells::size)
    body(block, first, std::min(BlockOfCells::size, cells - first));
}

}  // namespace

Realizability realizability(Moments f, int level, long cell, const Margin& margin) {
  BlockOfCells block(level);
  block.load(f, 1, [&](long) { return cell; });
  block.draw_back(margin);
  return block.found(0);
}

std::vector<long> doubtful_cells(Moments f, int level, long cells) {
  std::vector<long> doubtful;
  for_blocks(level, cells, [&](BlockOfCells& block, long first, long count) {
    block.load(f, count, [&](long i) { return first + i; });
    block.judge();
    for (long i = 0; i < count; ++i)
      if (block.doubtful(i)) doubtful.push_back(first + i);
  });
  return doubtful;
}

DrawnBack draw_back(Complex* f, long stride, int level, std::span<const long> cells, const Margin& margin) {
  DrawnBack result;
  for_blocks(level, static_cast<long>(cells.size()), [&](BlockOfCells& block, long first, long count) {
    block.load({f, stride}, count, [&](long i) { return cells[first + i]; });
    block.draw_back(margin);
    for (long i = 0; i < count; ++i) {
      const long cell = cells[first + i];
      if (block.found(i).failed >= 0) {
        result.beyond.push_back({cell, block.found(i)});
      } else if (block.moved(i)) {
        ++result.moved;
        for (int m = 1; m <= level; ++m) f[m * stride + cell] = block.moment(m, i);
      }
    }
  });
  return result;
}

void middles_of_next(Moments f, int level, long cells, Complex* middle) {
  std::vector<long> doubtful;
  for_blocks(level, cells, [&](BlockOfCells& block, long first, long count) {
    block.load(f, count, [&](long i) { return first + i; });
    block.judge();
    block.find_middle_of_next();
    for (long i = 0; i < count; ++i) {
      middle[first + i] = block.middle(i);
      if (block.doubtful(i)) doubtful.push_back(first + i);
    }
  });
  for_blocks(level, static_cast<long>(doubtful.size()), [&](BlockOfCells& block, long first, long count) {
    block.load(f, count, [&](long i) { return doubtful[first + i]; });
    block.draw_back({});
    block.find_middle_of_next();
    for (long i = 0; i < count; ++i) middle[doubtful[first + i]] = block.middle(i);
  });
}

}  // namespace residua::kinetic
