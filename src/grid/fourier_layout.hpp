// Who has which cells of a periodic nx x ny grid, and which of its Fourier modes |p| <= (nx - 1)/3, |q| <= (ny - 1)/3,
// on a process grid of R x S ranks; rank r S + s is in group r.
//
//     cells  [row][x]   group r has the slab r of the rows, and its rank s the part s of each of them: slabs where
//                       S = 1, pencils beyond
//     modes  in pairs k, -k, which a real field makes conjugate: (0, 0); (0, q), (0, -q) for q = 1, 2, ..; then for
//            each p = 1, 2, .. the pairs (p, q), (-p, -q) for q = 0, 1, .., -2, -1
//
// Modes are numbered in this order, in which group r has those of whole columns p, -p, and its rank s a part of them:
// the ranks' modes one after the other are the same list on any process grid. They are cut between `leaves` of at most
// `pairs_in_leaf` pairs within p, -p, which no process grid cuts.
#pragma once

#include <utility>
#include <vector>

namespace residua {

/// Ranks along y and along x.
struct ProcessGrid {
  int along_y = 1, along_x = 1;
  int ranks() const { return along_y * along_x; }
};

/// Slabs as long as every rank has rows and modes then, or else the least ranks along x for which it has; slabs where
/// nothing gives all of them work.
ProcessGrid fitting_process_grid(int nx, int ny, int ranks);

/// Where each of the parts of `units` units begins, and the end.
std::vector<int> cuts(int units, int parts);
/// The longest part between these.
int widest(const std::vector<int>& cuts);

class FourierLayout {
 public:
  FourierLayout(int nx, int ny, const ProcessGrid& ranks);

  int most_p() const { return most_p_; }
  int most_q() const { return most_q_; }
  int column_length() const { return 2 * most_q_ + 1; }  ///< modes of one p
  int all_columns() const { return 2 * most_p_ + 1; }
  long all_modes() const { return static_cast<long>(all_columns()) * column_length(); }

  /// By group r or part s, and the end: rows; x within a row; columns, numbered p = 0, 1, -1, 2, -2, ..
  const std::vector<int>& rows() const { return rows_; }
  const std::vector<int>& parts_of_row() const { return parts_of_row_; }
  const std::vector<int>& columns() const { return columns_; }
  /// By rank, and the end: leaves; and by leaf the modes.
  const std::vector<int>& leaves() const { return leaves_; }
  const std::vector<long>& leaf_modes() const { return leaf_modes_; }
  long first_mode(int rank) const { return leaf_modes_[leaves_[rank]]; }
  /// Whether each rank has cells and modes.
  bool all_have_work() const;

  /// p of a column.
  static int wave_of(int column) { return column % 2 == 1 ? (column + 1) / 2 : -(column / 2); }
  /// Modes of a column, j < column_length(), in the order of their numbers: q, and the number.
  int q_of(int column, int j) const;
  long mode_of(int column, int j) const { return column_start(column) + static_cast<long>(j) * stride(column); }
  static int stride(int column) { return column == 0 ? 1 : 2; }
  /// The j of a column that a rank has, [first, second).
  std::pair<int, int> part_of_column(int column, int rank) const;
  /// The number of a mode, or -1.
  long number(int p, int q) const;

 private:
  static constexpr int pairs_in_leaf = 8;

  long column_start(int column) const;

  int most_p_, most_q_;
  std::vector<int> rows_, parts_of_row_, columns_, leaves_;
  std::vector<long> leaf_modes_;
};

}  // namespace residua
