// A periodic grid of nx x ny cells on [0, Lx) x [0, Ly) over the ranks, and transforms of many complex fields
//
//     f(x, y) = sum_k f_k exp(i (kx x + ky y)),   k = 2 pi (p / Lx, q / Ly),  |p| <= (nx - 1)/3,  |q| <= (ny - 1)/3.
//
// Only these modes are kept (the 2/3 rule): a product of two fields has no aliases in them.
//
//     cells  [field][row][x]   rows of constant y, rows() of them, width() cells of each; slabs, or pencils of a
//                              process grid
//     modes  [field][mode]     in pairs k, -k
//
// A rank has all fields of its cells, and all fields of its modes: what a cell makes of its fields, or a mode of its
// own, needs no other rank. `fourier_layout.hpp` says which are whose. Every line is transformed by itself and whole,
// with one plan of FFTW for its length. On the way from cells to modes
//
//     1  the S ranks of a group turn their parts of all lines (field, row) of the group's rows into a share of whole
//        lines, which they transform in x;
//     2  all ranks turn lines (field, row) into lines (field, column), columns being of constant p, of which each has a
//        share of its group's, and transform them in y;
//     3  the ranks of a group turn these into all fields of the modes they have.
//
// Lines are shared field by field: of many fields a rank has some with all the rows of its group, and (2) goes to one
// rank of each group; of one field it has some of the rows, so that all ranks work. With slabs (S = 1) there are no (1)
// and (3). `transpose.hpp` has the exchange.
//
// The bits do not depend on the process grid, nor do they change from run to run (plans are estimated, not measured).
// A rank beyond what there is to share has nothing to do. This class is all that is known of transforms elsewhere:
// another library fits behind it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/communicator.hpp"
#include "base/reduction.hpp"
#include "grid/complex.hpp"
#include "grid/fourier_layout.hpp"

namespace residua {

class FourierGrid {
 public:
  struct Shape {
    int nx = 0, ny = 0;  ///< at least 4 each
    double length_x = 0, length_y = 0;
  };

  /// Slabs unless a process grid is given. Collective. Throws Error for a shape that is too small, or another number of
  /// ranks than the process grid's. `communicator` must outlive it.
  FourierGrid(const Shape& shape, const Communicator& communicator, std::optional<ProcessGrid> ranks = {});
  ~FourierGrid();
  FourierGrid(const FourierGrid&) = delete;
  FourierGrid& operator=(const FourierGrid&) = delete;

  const Communicator& communicator() const { return communicator_; }
  const Communicator& group() const { return *group_; }  ///< the ranks that share this one's rows
  const Shape& shape() const { return shape_; }
  const ProcessGrid& ranks() const { return ranks_; }
  const FourierLayout& layout() const { return layout_; }
  bool in_slabs() const { return ranks_.along_x == 1; }

  int first_row() const { return first_row_; }
  int rows() const { return layout_.rows()[row_group_ + 1] - first_row_; }
  int width() const { return layout_.parts_of_row()[part_ + 1] - first_x_; }
  long cells() const { return static_cast<long>(rows()) * width(); }  ///< of this rank
  /// Of one of these cells: its number among all, row by row, and where it is.
  long place(long cell) const { return (first_row_ + cell / width()) * shape_.nx + first_x_ + cell % width(); }
  long cell_at(long place) const;  ///< the reverse; -1 when another rank has it
  double x(long cell) const {
    const long at = place(cell) % shape_.nx;
    return shape_.length_x * static_cast<double>(at) / shape_.nx;
  }
  double y(long cell) const {
    const long row = place(cell) / shape_.nx;
    return shape_.length_y * static_cast<double>(row) / shape_.ny;
  }

  long modes() const { return static_cast<long>(p_.size()); }  ///< of this rank
  long all_modes() const { return layout_.all_modes(); }
  /// The number of this rank's first mode: its place in the concatenation of all ranks' modes of one field.
  long first_mode() const { return first_mode_; }
  double kx(long mode) const { return wave_x_ * p_[mode]; }
  double ky(long mode) const { return wave_y_ * q_[mode]; }
  int p_of(long mode) const { return p_[mode]; }
  int q_of(long mode) const { return q_[mode]; }
  int most_p() const { return layout_.most_p(); }
  int most_q() const { return layout_.most_q(); }
  /// The mode -k.
  long partner(long mode) const {
    const long number = first_mode_ + mode;
    return number == 0 ? mode : mode + (number % 2 == 1 ? 1 : -1);
  }
  long find(int p, int q) const;  ///< -1 when another rank has it, or none

  /// All but `make_real` are collective.
  void to_cells(std::span<const Complex> modes, int fields, std::span<Complex> cells) const;
  void to_modes(std::span<const Complex> cells, int fields, std::span<Complex> modes) const;

  /// Writes one field in this rank's part of a row, [width()]. Called in any order.
  using FillRow = std::function<void(int row, Complex* cells)>;
  /// Of one field, whose cells are nowhere else.
  void to_modes(const FillRow& fill, std::span<Complex> modes) const;

  /// Writes a source s and a flux (p, q) of one field in this rank's part of a row, [width()] each. Called in any
  /// order.
  using FillLine = std::function<void(int row, int field, Complex* s, Complex* p, Complex* q)>;
  /// The modes of s - dp/dx - dq/dy, with fewer transforms than three calls of to_modes. Those of k = 0 are exactly
  /// those of s.
  void balance_to_modes(int fields, const FillLine& fill, std::span<Complex> modes) const;

  /// The modes of -dp/dx - dq/dy of real p and q, which are the parts of one field, p + i q. That of k = 0 is 0.
  void divergence_to_modes(const FillRow& fill, std::span<Complex> modes) const;

  /// A real field's modes from ones that rounding has left unsymmetric: (f_k + conj f_-k) / 2.
  void make_real(std::span<Complex> modes) const;

  /// Sum over all modes of all ranks of term(mode). Reproducible: the same bits on any process grid.
  template <class Term>
  double sum(Reductions reductions, const Term& term) const;

 private:
  class Chunk;  ///< the transforms of some fields at a time
  struct Tools;

  /// body(first, count) for as many fields at a time as keep the buffers in a cache, the same on all ranks.
  template <class Body>
  void in_chunks(int fields, int parts, const Body& body) const;
  /// Of all ranks' leaves, in their order, from those of this rank.
  double sum_of_leaves(std::span<const double> own) const;

  Shape shape_;
  const Communicator& communicator_;
  ProcessGrid ranks_;
  FourierLayout layout_;
  int row_group_, part_, first_row_, first_x_;
  long first_mode_;
  double wave_x_, wave_y_;
  std::vector<int> p_, q_;  ///< of this rank's modes
  MPI_Comm group_mpi_ = MPI_COMM_SELF;
  std::unique_ptr<Communicator> group_;
  std::unique_ptr<Tools> tools_;
};

template <class Term>
double FourierGrid::sum(Reductions reductions, const Term& term) const {
  if (reductions == Reductions::fast) {
    double total = 0;
    for (long mode = 0; mode < modes(); ++mode) total += term(mode);
    return communicator_.sum(total);
  }
  const std::vector<long>& modes_of = layout_.leaf_modes();
  const int first = layout_.leaves()[communicator_.rank()], end = layout_.leaves()[communicator_.rank() + 1];
  std::vector<double> of_leaf(end - first);
  for (int leaf = first; leaf < end; ++leaf)
    for (long mode = modes_of[leaf]; mode < modes_of[leaf + 1]; ++mode)
      of_leaf[leaf - first] += term(mode - first_mode_);
  return sum_of_leaves(of_leaf);
}

}  // namespace residua
