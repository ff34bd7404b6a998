#include "grid/fourier_layout.hpp"

#include <algorithm>
#include <cstdlib>

namespace residua {
namespace {

template <class Cuts>
bool no_part_is_empty(const Cuts& cuts) {
  return std::ranges::adjacent_find(cuts) == cuts.end();
}

}  // namespace

ProcessGrid fitting_process_grid(int nx, int ny, int ranks) {
  for (int along_x = 1; along_x <= ranks; ++along_x) {
    const ProcessGrid grid{ranks / along_x, along_x};
    if (grid.ranks() == ranks && FourierLayout(nx, ny, grid).all_have_work()) return grid;
  }
  return {ranks, 1};
}

std::vector<int> cuts(int units, int parts) {
  std::vector<int> first(parts + 1);
  for (int part = 0; part <= parts; ++part) first[part] = static_cast<int>(static_cast<long>(units) * part / parts);
  return first;
}

int widest(const std::vector<int>& cuts) {
  int most = 0;
  for (std::size_t part = 1; part < cuts.size(); ++part) most = std::max(most, cuts[part] - cuts[part - 1]);
  return most;
}

FourierLayout::FourierLayout(int nx, int ny, const ProcessGrid& ranks)
    : most_p_((nx - 1) / 3),
      most_q_((ny - 1) / 3),
      rows_(cuts(ny, ranks.along_y)),
      parts_of_row_(cuts(nx, ranks.along_x)),
      columns_(cuts(most_p_ + 1, ranks.along_y)) {
  std::vector<int> leaf_of_wave;  // the first leaf of p, -p
  for (int p = 0; p <= most_p_; ++p) {
    leaf_of_wave.push_back(static_cast<int>(leaf_modes_.size()));
    const long first = p == 0 ? 0 : column_start(2 * p - 1), end = column_start(2 * p + 1);
    leaf_modes_.push_back(first);
    for (long mode = first + 2 * pairs_in_leaf + (p == 0 ? 1 : 0); mode < end; mode += 2 * pairs_in_leaf)
      leaf_modes_.push_back(mode);
  }
  leaf_of_wave.push_back(static_cast<int>(leaf_modes_.size()));
  leaf_modes_.push_back(all_modes());
  leaves_.push_back(0);
  for (int r = 0; r < ranks.along_y; ++r) {
    const int first = leaf_of_wave[columns_[r]];
    const std::vector<int> parts = cuts(leaf_of_wave[columns_[r + 1]] - first, ranks.along_x);
    for (int s = 1; s <= ranks.along_x; ++s) leaves_.push_back(first + parts[s]);
  }
  for (int& column : columns_) column = std::max(0, 2 * column - 1);  // from p, -p to columns
}

bool FourierLayout::all_have_work() const {
  return no_part_is_empty(rows_) && no_part_is_empty(parts_of_row_) && no_part_is_empty(leaves_);
}

int FourierLayout::q_of(int column, int j) const {
  if (column == 0) return j % 2 == 1 ? (j + 1) / 2 : -(j / 2);
  const int q = j <= most_q_ ? j : j - column_length();
  return column % 2 == 1 ? q : -q;
}

long FourierLayout::column_start(int column) const {
  if (column == 0) return 0;
  const int p = (column + 1) / 2, negative = column % 2 == 0 ? 1 : 0;
  return static_cast<long>(2 * p - 1) * column_length() + negative;
}

std::pair<int, int> FourierLayout::part_of_column(int column, int rank) const {
  // A rank's modes are whole pairs: a cut is at the same j in p as in -p.
  const long start = column_start(column) - (column > 0 && column % 2 == 0 ? 1 : 0);
  const auto place = [&](long mode) {
    return static_cast<int>(std::clamp((mode - start) / stride(column), 0L, static_cast<long>(column_length())));
  };
  return {place(first_mode(rank)), place(first_mode(rank + 1))};
}

long FourierLayout::number(int p, int q) const {
  if (std::abs(p) > most_p_ || std::abs(q) > most_q_) return -1;
  if (p == 0) return q > 0 ? 2 * q - 1 : -2 * q;
  const int along = p > 0 ? q : -q, j = along >= 0 ? along : along + column_length();
  return mode_of(p > 0 ? 2 * p - 1 : -2 * p, j);
}

}  // namespace residua
