// What the ranks of a group exchange for some fields of a Fourier grid in pencils: steps 1 and 3 of fourier_grid.hpp,
// and the same backwards.
//
//     1  [row, field][part of the row]    of all the group's rows   <->  [row, field of the rank's share][whole row]
//     3  [field, column of the share][j]  whole columns             <->  [field][the rank's modes]
//
// A step is sent, line by line, and then taken, line by line; both in the order of the lines where they are of modes.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "grid/fourier_grid.hpp"
#include "grid/line_blocks.hpp"
#include "grid/transpose.hpp"

namespace residua {

class PencilExchange {
 public:
  /// All must outlive it.
  PencilExchange(const FourierGrid& grid, const LineBlocks& blocks, Transpose& transpose, int fields);

  /// write(row, field, to): this rank's part of the `lines` lines of a row, [lines][width].
  void send_rows(int lines, const std::function<void(int row, int field, Complex* to)>& write);
  void take_row(int row, int field, int line, Complex* to) const;  ///< [nx], of the rank's share

  void begin_whole_rows();
  void send_whole_row(int row, int field, const Complex* from);  ///< [nx], of the rank's share
  void take_parts(Complex* cells);                               ///< [field][row][width]

  void begin_columns();
  void send_column(int column, const Complex* from);  ///< [j], the next one of the share
  void take_modes(Complex* modes);                    ///< [field][mode]

  void send_modes(const Complex* modes);
  void take_column(int column, Complex* to);  ///< the next one of the share

 private:
  /// body(field, column of all) for the columns of the share of a rank of the group.
  template <class Body>
  void for_columns(int part, const Body& body) const;
  /// Modes of the share's columns that each rank of the group has, and of each rank's columns that this one has.
  std::vector<long> of_share() const;
  std::vector<long> of_rank() const;
  /// No rank sends or takes more of rows, or of modes.
  long most_rows() const;
  long most_modes() const;
  const LineShare& rows(int part) const { return blocks_.rows(first_rank_ + part); }
  std::pair<int, int> part_of_column(int column, int part) const {
    return layout_.part_of_column(column, first_rank_ + part);
  }
  long line(const LineShare& share, int row, int field) const {
    return static_cast<long>(field) * grid_.rows() + row - share.first();
  }

  const FourierGrid& grid_;
  const FourierLayout& layout_;
  const LineBlocks& blocks_;
  Transpose& transpose_;
  int fields_, first_rank_, part_, parts_;
  int lines_ = 1;             ///< of a row
  std::vector<long> cursor_;  ///< by rank of the group
};

}  // namespace residua
