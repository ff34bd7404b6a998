// The transforms of some fields of a Fourier grid at a time: lines in x, lines in y, and what is exchanged between them
// (fourier_grid.hpp has the scheme).
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "grid/fourier_grid.hpp"
#include "grid/line_blocks.hpp"
#include "grid/line_transform.hpp"
#include "grid/pencil_exchange.hpp"
#include "grid/transpose.hpp"

namespace residua {

/// What all chunks of a grid share.
struct FourierGrid::Tools {
  /// Modes j, j + j_step, .. of a column are the numbers at, at + at_step, .. of its spectrum.
  struct Run {
    int j = 0, j_step = 0, count = 0, at = 0, at_step = 0;
  };

  explicit Tools(const FourierGrid& grid);

  LineTransform x, y;
  Transpose all, in_group;
  std::vector<int> place;  ///< of each column of all in the spectrum of a row
  /// Of the columns p = 0, p > 0, p < 0: where their modes are in the spectrum, and ky by j.
  std::array<std::array<Run, 3>, 3> runs;
  std::array<std::vector<double>, 3> wave;
};

class FourierGrid::Chunk {
 public:
  /// `parts`: the lines that each row of a field becomes.
  Chunk(const FourierGrid& grid, int fields, int parts);

  void to_cells(const Complex* modes, Complex* cells);
  void to_modes(const Complex* cells, Complex* modes);
  void to_modes(const FillRow& fill, Complex* modes);  ///< of one field
  void balance_to_modes(const FillLine& fill, Complex* modes);

 private:
  /// spectra(row, field, work) writes the spectra of the `parts` lines, work(part) each.
  template <class Spectra>
  void rows_to_columns(const Spectra& spectra);
  /// part(row, field, work): where this rank's part of a row is; it may write it to `work`.
  template <class Part>
  void rows_to_modes(const Part& part, Complex* modes);
  /// write(row, field, spectrum) for the lines of the rank's share.
  template <class Write>
  void columns_to_rows(const Write& write);
  /// body(field, c, number among all) for the columns of the rank's share.
  template <class Body>
  void for_columns(const Body& body) const;
  /// body(field, first row, count) for the rows of the rank's share, some at a time, all fields of these first.
  template <class Body>
  void for_rows_at_once(const Body& body) const;
  /// body(part, places, rank, at, stride): for columns of `rank`, which are at these places in a row's spectrum. The
  /// row's value of the first is number `at` of what goes between, of the next at + stride; later rows follow.
  template <class Body>
  void for_blocks(int field, int row, const Body& body) const;
  /// No rank sends or takes more between rows and columns.
  long most_between() const;

  /// A column of the rank's share, [ny]: where it is, or put together in `work` from the ranks' parts of it.
  const Complex* gather_column(int field, int part, int c, Complex* work) const;
  /// Where to write such a column: to its place, or to `work`, which `scatter_column` then takes apart.
  Complex* column_place(int field, int c, Complex* work);
  void scatter_column(int field, int c, const Complex* work);

  /// Among this rank's modes, in slabs: of a column the first one, and from one to the next.
  struct Place {
    long first;
    int stride;
  };
  Place place_of(int field, int column) const;
  /// The modes in a column's spectrum, which it divides by the number of cells, in their order; and from there into a
  /// spectrum.
  void keep(std::span<Complex> spectrum, int column, Complex* kept, int stride) const;
  void load(const Complex* kept, int stride, int column, Complex* spectrum) const;
  static int kind(int column) { return column == 0 ? 0 : 2 - column % 2; }

  const FourierGrid& grid_;
  Tools& tools_;
  const FourierLayout& layout_;
  int fields_, parts_, rank_, first_column_;
  LineBlocks blocks_;
  const LineShare &rows_, &columns_;  ///< of this rank
  std::optional<PencilExchange> pencils_;
};

}  // namespace residua
