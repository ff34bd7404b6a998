// A periodic grid of nx x ny cells on [0, Lx) x [0, Ly), in slabs over the ranks, and transforms of many complex fields
//
//     f(x, y) = sum_k f_k exp(i (kx x + ky y)),   k = 2 pi (p / Lx, q / Ly),  |p| <= (nx - 1) / 3,  |q| <= (ny - 1)
//     / 3.
//
// Only these modes are kept (the 2/3 rule): a product of two fields has no aliases in them.
//
//     cells  [field][row][nx]     rows of constant y; a rank has rows first_row() <= j < first_row() + rows()
//     modes  [field][column][2 (ny - 1) / 3 + 1]   columns of constant kx, ky = 0, 1, .., -2, -1 (times 2 pi / Ly)
//
// Columns are numbered 0, 1, -1, 2, -2, .. and a rank has whole pairs of them, so that the mode -k, the conjugate
// partner of a real field, is on the same rank (`partner`), and the concatenation of the ranks' columns does not depend
// on the number of ranks.
//
// Every line is transformed by itself with one plan of FFTW for its length, and one all-to-all turns rows into columns:
// the bits do not depend on the number of ranks, nor do they change from run to run (plans are estimated, not
// measured). More ranks than rows or pairs leave some of them empty. This class is all that is known of transforms
// elsewhere: another library fits behind it.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/communicator.hpp"
#include "base/reduction.hpp"
#include "grid/complex.hpp"

namespace residua {

class FourierGrid {
 public:
  struct Shape {
    int nx = 0, ny = 0;  ///< at least 4 each
    double length_x = 0, length_y = 0;
  };

  /// Collective. Throws Error for a shape that is too small. `communicator` must outlive it.
  FourierGrid(const Shape& shape, const Communicator& communicator);
  ~FourierGrid();
  FourierGrid(const FourierGrid&) = delete;
  FourierGrid& operator=(const FourierGrid&) = delete;

  const Communicator& communicator() const { return communicator_; }
  const Shape& shape() const { return shape_; }

  int first_row() const { return first_row_[rank_]; }
  int rows() const { return first_row_[rank_ + 1] - first_row_[rank_]; }
  long cells() const { return static_cast<long>(rows()) * shape_.nx; }  ///< of this rank
  double x(int i) const { return shape_.length_x * i / shape_.nx; }
  double y(int row) const { return shape_.length_y * (first_row() + row) / shape_.ny; }

  int columns() const { return first_column_[rank_ + 1] - first_column_[rank_]; }
  int column_length() const { return 2 * most_q_ + 1; }
  long modes() const { return static_cast<long>(columns()) * column_length(); }  ///< of this rank
  /// Of this rank's first mode in the concatenation of all ranks' modes of one field.
  long first_mode() const { return static_cast<long>(first_column_[rank_]) * column_length(); }
  double kx(long mode) const { return wave_x_ * p_of(mode); }
  double ky(long mode) const { return wave_y_ * q_of(mode); }
  int p_of(long mode) const { return column_wave(first_column_[rank_] + static_cast<int>(mode / column_length())); }
  int q_of(long mode) const {
    const int j = static_cast<int>(mode % column_length());
    return j <= most_q_ ? j : j - column_length();
  }
  int most_p() const { return most_p_; }
  int most_q() const { return most_q_; }
  long partner(long mode) const;  ///< the mode -k
  long find(int p, int q) const;  ///< -1 when another rank has it, or none
  long all_modes() const { return static_cast<long>(2 * most_p_ + 1) * column_length(); }

  /// All but `make_real` are collective.
  void to_cells(std::span<const Complex> modes, int fields, std::span<Complex> cells) const;
  void to_modes(std::span<const Complex> cells, int fields, std::span<Complex> modes) const;

  /// Writes a source s and a flux (p, q) of one field in one row, [nx] each. Called in any order.
  using FillLine = std::function<void(int row, int field, Complex* s, Complex* p, Complex* q)>;
  /// The modes of s - dp/dx - dq/dy, with fewer transforms than three calls of to_modes. Those of k = 0 are exactly
  /// those of s.
  void balance_to_modes(int fields, const FillLine& fill, std::span<Complex> modes) const;

  /// The modes of -dp/dx - dq/dy of real p and q, which are the parts of one field's cells, p + i q. That of k = 0 is
  /// 0.
  void divergence_to_modes(std::span<const Complex> cells, std::span<Complex> modes) const;

  /// A real field's modes from ones that rounding has left unsymmetric: (f_k + conj f_-k) / 2.
  void make_real(std::span<Complex> modes) const;

  /// Sum over all modes of all ranks of term(mode). Reproducible: the same bits on any number of ranks.
  template <class Term>
  double sum(Reductions reductions, const Term& term) const;

 private:
  struct Plans;

  static int column_wave(int column) { return column % 2 == 1 ? (column + 1) / 2 : -(column / 2); }
  /// spectra(row, field, work) writes the spectra of `parts` lines, work(part) each; line field * parts + part of all.
  template <class Spectra>
  void rows_to_columns(int fields, int parts, const Spectra& spectra) const;
  /// body(first, count) for as many fields at a time as keep the buffers in a cache, the same on all ranks.
  template <class Body>
  void in_chunks(int fields, int parts, const Body& body) const;
  void some_to_cells(std::span<const Complex> modes, int fields, std::span<Complex> cells) const;
  void some_balance_to_modes(int fields, const FillLine& fill, std::span<Complex> modes) const;
  void exchange(int lines, bool forward) const;
  /// Of all ranks' columns, in their order, from those of this rank.
  double sum_of_columns(std::span<const double> own) const;
  void resize(int lines) const;
  /// The rows of a rank of column c of line `line`.
  Complex* part_of_column(int lines, int line, int c, int rank) const;
  /// Column c of line `line`, [ny]: where it is, or put together in `work` from the ranks' parts of it.
  const Complex* gather_column(int lines, int line, int c, Complex* work) const;
  /// Where to write such a column: to its place, or to `work`, which `scatter_column` then takes apart.
  Complex* column_place(int line, int c, Complex* work) const;
  void scatter_column(int lines, int line, int c, const Complex* work) const;
  void keep(const Complex* column, double scale, Complex* modes) const;

  Shape shape_;
  const Communicator& communicator_;
  int rank_, most_p_, most_q_;
  double wave_x_, wave_y_;
  std::vector<int> first_row_, first_column_;  ///< of each rank, and the end
  std::vector<int> place_;                     ///< of each column of all in the spectrum of a row
  std::unique_ptr<Plans> plans_;
  /// by_rows: [rank][line][column of the rank][own row]; by_columns: [rank][line][own column][row of the rank]; what
  /// a rank has of its own columns is in the first alone.
  mutable std::vector<Complex> by_rows_, by_columns_;
  mutable std::vector<Complex> row_work_;
};

template <class Term>
double FourierGrid::sum(Reductions reductions, const Term& term) const {
  const long length = column_length();
  if (reductions == Reductions::fast) {
    double total = 0;
    for (long mode = 0; mode < modes(); ++mode) total += term(mode);
    return communicator_.sum(total);
  }
  std::vector<double> of_column(columns());
  for (long c = 0; c < columns(); ++c)
    for (long mode = c * length; mode < (c + 1) * length; ++mode) of_column[c] += term(mode);
  return sum_of_columns(of_column);
}

}  // namespace residua
