// Square matrices with a band, or full where the band is wide, and their LU factors with partial pivoting (LAPACK).
//
// Held whole by the rank that made them.
#pragma once

#include <complex>
#include <span>
#include <vector>

namespace residua {

class BandMatrix {
 public:
  BandMatrix() = default;
  /// Zero, with `lower` and `upper` diagonals beside the main one.
  BandMatrix(int n, int lower, int upper);

  int size() const { return n_; }
  int lower() const { return lower_; }
  int upper() const { return upper_; }
  bool full() const { return full_; }

  double& operator()(int i, int j) { return entries_[at(i, j)]; }
  double operator()(int i, int j) const { return entries_[at(i, j)]; }

  /// Rows of column j inside the band: [first_row, end_row).
  int first_row(int j) const { return j > upper_ ? j - upper_ : 0; }
  int end_row(int j) const { return j + lower_ + 1 < n_ ? j + lower_ + 1 : n_; }

  void set_zero();

 private:
  std::size_t at(int i, int j) const {
    return full_ ? static_cast<std::size_t>(j) * n_ + i
                 : static_cast<std::size_t>(j) * (lower_ + upper_ + 1) + (upper_ + i - j);
  }

  int n_ = 0, lower_ = 0, upper_ = 0;
  bool full_ = false;
  std::vector<double> entries_;
};

/// The factors of J + shift M. Number: double or std::complex<double>.
template <class Number>
class BandLu {
 public:
  /// Both matrices have the same shape.
  BandLu(const BandMatrix& j, const BandMatrix& m, Number shift);

  /// A pivot vanished; `solve` must not be called.
  bool singular() const { return singular_; }

  /// In place.
  void solve(std::span<Number> b) const;

 private:
  int n_, lower_, upper_;
  bool full_, singular_;
  std::vector<Number> factors_;
  std::vector<int> pivots_;
};

}  // namespace residua
