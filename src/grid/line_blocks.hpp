// Which blocks of numbers turn lines (field, row) of a grid into lines (field, column) over a process grid.
//
// A group's lines are numbered field by field, and its ranks have even shares of them, whole. The block between the
// rows of one rank and the columns of another is [field][part][column][row] of what both have; `parts` is the number of
// spectra of each row. Columns of many rows are `padding` numbers further apart where they would otherwise be a
// multiple of 2 KiB from each other, and a row's values in the same few sets of a cache.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "grid/fourier_layout.hpp"

namespace residua {

/// Part number `part` of `parts` even ones of the lines of `fields` fields, `length` lines each.
class LineShare {
 public:
  LineShare(int fields, int length, int part, int parts)
      : length_(length), first_(cut(fields, part, parts)), end_(cut(fields, part + 1, parts)) {}

  long first() const { return first_; }
  long lines() const { return end_ - first_; }
  /// The lines of a field that are in it, [begin, end).
  int begin(int field) const { return within(first_, field); }
  int end(int field) const { return within(end_, field); }
  int count(int field) const { return end(field) - begin(field); }

 private:
  long cut(int fields, int part, int parts) const { return static_cast<long>(fields) * length_ * part / parts; }
  int within(long line, int field) const {
    return static_cast<int>(std::clamp(line - static_cast<long>(field) * length_, 0L, static_cast<long>(length_)));
  }

  int length_;
  long first_, end_;
};

class LineBlocks {
 public:
  LineBlocks(const FourierLayout& layout, const ProcessGrid& ranks, int rank, int fields, int parts);

  static constexpr int padding = 8;
  /// From one column of so many rows to the next.
  static long stride(int rows) { return rows > 0 && rows % 128 == 0 ? rows + padding : rows; }

  int ranks() const { return static_cast<int>(rows_.size()); }
  const LineShare& rows(int rank) const { return rows_[rank]; }
  const LineShare& columns(int rank) const { return columns_[rank]; }
  /// Where the block of a field begins in what goes between this rank's rows and the columns of `rank`, and the
  /// lengths of all that.
  long of_rows(int rank, int field) const { return row_starts_[rank * fields_ + field]; }
  std::span<const long> row_counts() const { return row_counts_; }
  /// The same between this rank's columns and the rows of `rank`.
  long of_columns(int rank, int field) const { return column_starts_[rank * fields_ + field]; }
  std::span<const long> column_counts() const { return column_counts_; }

 private:
  long fields_;
  std::vector<LineShare> rows_, columns_;  ///< of each rank
  std::vector<long> row_starts_, column_starts_, row_counts_, column_counts_;
};

}  // namespace residua
