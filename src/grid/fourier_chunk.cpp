#include "grid/fourier_chunk.hpp"

#include <algorithm>
#include <cstring>
#include <span>

namespace residua {
namespace {

constexpr int rows_at_once = 8;  // two cache lines of a column

/// As one number of 16 bytes, where compilers would move two.
void move(const Complex& from, Complex& to) { std::memcpy(&to, &from, sizeof(Complex)); }

/// body(b) for b < count, unrolled where that is all of them.
template <class Body>
void for_rows(int count, const Body& body) {
  if (count == rows_at_once)
    for (int b = 0; b < rows_at_once; ++b) body(b);
  else
    for (int b = 0; b < count; ++b) body(b);
}

}  // namespace

FourierGrid::Tools::Tools(const FourierGrid& grid)
    : x(grid.shape().nx), y(grid.shape().ny), all(grid.communicator().mpi()), in_group(grid.group().mpi()) {
  const FourierLayout& layout = grid.layout();
  const int nx = grid.shape().nx, ny = grid.shape().ny;
  for (int column = 0; column < layout.all_columns(); ++column)
    place.push_back((FourierLayout::wave_of(column) + nx) % nx);
  const int most = layout.most_q();
  runs[0] = {{{0, 1, 1, 0, 1}, {1, 2, most, 1, 1}, {2, 2, most, ny - 1, -1}}};
  runs[1] = {{{0, 1, most + 1, 0, 1}, {most + 1, 1, most, ny - most, 1}, {}}};
  runs[2] = {{{0, 1, 1, 0, 1}, {1, 1, most, ny - 1, -1}, {most + 1, 1, most, most, -1}}};
  for (int column = 0; column < 3; ++column)
    for (int j = 0; j < layout.column_length(); ++j) wave[column].push_back(grid.wave_y_ * layout.q_of(column, j));
}

FourierGrid::Chunk::Chunk(const FourierGrid& grid, int fields, int parts)
    : grid_(grid),
      tools_(*grid.tools_),
      layout_(grid.layout()),
      fields_(fields),
      parts_(parts),
      rank_(grid.communicator().rank()),
      first_column_(layout_.columns()[grid.row_group_]),
      blocks_(layout_, grid.ranks(), rank_, fields, parts),
      rows_(blocks_.rows(rank_)),
      columns_(blocks_.columns(rank_)) {
  if (!grid.in_slabs()) pencils_.emplace(grid, blocks_, tools_.in_group, fields);
}

template <class Body>
void FourierGrid::Chunk::for_columns(const Body& body) const {
  for (int field = 0; field < fields_; ++field)
    for (int c = columns_.begin(field); c < columns_.end(field); ++c) body(field, c, first_column_ + c);
}

template <class Body>
void FourierGrid::Chunk::for_rows_at_once(const Body& body) const {
  for (int block = 0; block < grid_.rows(); block += rows_at_once)
    for (int field = 0; field < fields_; ++field) {
      const int first = std::max(block, rows_.begin(field)),
                count = std::min(block + rows_at_once, rows_.end(field)) - first;
      if (count > 0) body(field, first, count);
    }
}

template <class Body>
void FourierGrid::Chunk::for_blocks(int field, int row, const Body& body) const {
  const long stride = LineBlocks::stride(rows_.count(field));
  for (int rank = 0; rank < blocks_.ranks(); ++rank) {
    const LineShare& columns = blocks_.columns(rank);
    const int first = layout_.columns()[rank / grid_.ranks().along_x] + columns.begin(field),
              count = columns.count(field);
    const std::span<const int> places = std::span(tools_.place).subspan(first, count);
    long at = blocks_.of_rows(rank, field) + row - rows_.begin(field);
    for (int part = 0; part < parts_; ++part, at += count * stride) body(part, places, rank, at, stride);
  }
}

long FourierGrid::Chunk::most_between() const {
  const int share = grid_.ranks().along_x, padding = LineBlocks::padding;
  const long rows = static_cast<long>(fields_) * widest(layout_.rows()) / share + 1,
             columns = static_cast<long>(fields_) * widest(layout_.columns()) / share + 1;
  const long of_rows = (rows + static_cast<long>(fields_) * padding) * layout_.all_columns(),
             of_columns = columns * (grid_.shape().ny + static_cast<long>(blocks_.ranks()) * padding);
  return parts_ * std::max(of_rows, of_columns);
}

template <class Spectra>
void FourierGrid::Chunk::rows_to_columns(const Spectra& spectra) {
  const int nx = grid_.shape().nx;
  std::vector<Complex> lines(static_cast<std::size_t>(parts_) * rows_at_once * nx);
  const auto line = [&](int part, int b) { return lines.data() + (static_cast<long>(part) * rows_at_once + b) * nx; };
  Transpose& all = tools_.all;
  all.begin(blocks_.row_counts(), most_between());
  for_rows_at_once([&](int field, int first, int count) {
    for (int b = 0; b < count; ++b) spectra(first + b, field, [&](int part) { return line(part, b); });
    for_blocks(field, first, [&](int part, std::span<const int> places, int rank, long at, long stride) {
      const Complex* const spectra_here = line(part, 0);
      Complex* to = all.to(rank) + at;
      for (const int place : places) {
        const Complex* const from = spectra_here + place;
        for_rows(count, [&](int b) { move(from[b * nx], to[b]); });
        to += stride;
      }
    });
  });
  all.exchange(blocks_.column_counts());
}

template <class Write>
void FourierGrid::Chunk::columns_to_rows(const Write& write) {
  const int nx = grid_.shape().nx;
  std::vector<Complex> lines(static_cast<std::size_t>(rows_at_once) * nx);  // 0 between the modes that are kept
  Transpose& all = tools_.all;
  all.exchange(blocks_.row_counts());
  for_rows_at_once([&](int field, int first, int count) {
    for_blocks(field, first, [&](int /*part*/, std::span<const int> places, int rank, long at, long stride) {
      Complex* const spectra = lines.data();
      const Complex* from = all.from(rank) + at;
      for (const int place : places) {
        Complex* const to = spectra + place;
        for_rows(count, [&](int b) { move(from[b], to[b * nx]); });
        from += stride;
      }
    });
    for (int b = 0; b < count; ++b) write(first + b, field, lines.data() + static_cast<std::size_t>(b) * nx);
  });
}

const Complex* FourierGrid::Chunk::gather_column(int field, int part, int c, Complex* work) const {
  const Transpose& all = tools_.all;
  const long line = static_cast<long>(part) * columns_.count(field) + c - columns_.begin(field);
  if (blocks_.ranks() == 1)
    return all.from(0) + blocks_.of_columns(0, field) + line * LineBlocks::stride(grid_.shape().ny);
  for (int rank = 0; rank < blocks_.ranks(); ++rank) {
    const LineShare& rows = blocks_.rows(rank);
    const int first = layout_.rows()[rank / grid_.ranks().along_x] + rows.begin(field), count = rows.count(field);
    std::copy_n(all.from(rank) + blocks_.of_columns(rank, field) + line * LineBlocks::stride(count), count,
                work + first);
  }
  return work;
}

Complex* FourierGrid::Chunk::column_place(int field, int c, Complex* work) {
  if (blocks_.ranks() > 1) return work;
  return tools_.all.to(0) + blocks_.of_columns(0, field) + c * LineBlocks::stride(grid_.shape().ny);
}

void FourierGrid::Chunk::scatter_column(int field, int c, const Complex* work) {
  if (blocks_.ranks() == 1) return;
  for (int rank = 0; rank < blocks_.ranks(); ++rank) {
    const LineShare& rows = blocks_.rows(rank);
    const int first = layout_.rows()[rank / grid_.ranks().along_x] + rows.begin(field), count = rows.count(field);
    const long line = c - columns_.begin(field);
    std::copy_n(work + first, count,
                tools_.all.to(rank) + blocks_.of_columns(rank, field) + line * LineBlocks::stride(count));
  }
}

FourierGrid::Chunk::Place FourierGrid::Chunk::place_of(int field, int column) const {
  return {field * grid_.modes() + layout_.mode_of(column, 0) - grid_.first_mode(), FourierLayout::stride(column)};
}

void FourierGrid::Chunk::keep(std::span<Complex> spectrum, int column, Complex* kept, int stride) const {
  const double scale = 1.0 / (static_cast<double>(grid_.shape().nx) * grid_.shape().ny);
  for (Complex& value : spectrum) value *= scale;
  for (const Tools::Run run : tools_.runs[kind(column)])
    for (int i = 0; i < run.count; ++i)
      move(spectrum[run.at + i * run.at_step], kept[(run.j + i * run.j_step) * stride]);
}

void FourierGrid::Chunk::load(const Complex* kept, int stride, int column, Complex* spectrum) const {
  for (const Tools::Run run : tools_.runs[kind(column)])
    for (int i = 0; i < run.count; ++i)
      move(kept[(run.j + i * run.j_step) * stride], spectrum[run.at + i * run.at_step]);
}

void FourierGrid::Chunk::to_cells(const Complex* modes, Complex* cells) {
  const int nx = grid_.shape().nx, ny = grid_.shape().ny;
  std::vector<Complex> in(ny), out(ny), kept(layout_.column_length()), line(nx);
  if (pencils_) pencils_->send_modes(modes);
  tools_.all.begin(blocks_.column_counts(), most_between());
  for_columns([&](int field, int c, int column) {
    const Place place = place_of(field, column);
    if (pencils_) pencils_->take_column(column, kept.data());
    load(pencils_ ? kept.data() : modes + place.first, pencils_ ? 1 : place.stride, column, in.data());  // 0 elsewhere
    tools_.y.backward(in.data(), column_place(field, c, out.data()));
    scatter_column(field, c, out.data());
  });
  if (pencils_) pencils_->begin_whole_rows();
  columns_to_rows([&](int row, int field, const Complex* spectrum) {
    if (!pencils_) {
      tools_.x.backward(spectrum, cells + (static_cast<long>(field) * grid_.rows() + row) * nx);
    } else {
      tools_.x.backward(spectrum, line.data());
      pencils_->send_whole_row(row, field, line.data());
    }
  });
  if (pencils_) pencils_->take_parts(cells);
}

void FourierGrid::Chunk::to_modes(const Complex* cells, Complex* modes) {
  rows_to_modes(
      [&](int row, int field, Complex* /*work*/) {
        return cells + (static_cast<long>(field) * grid_.rows() + row) * grid_.width();
      },
      modes);
}

void FourierGrid::Chunk::to_modes(const FillRow& fill, Complex* modes) {
  rows_to_modes(
      [&](int row, int /*field*/, Complex* work) {
        fill(row, work);
        return work;
      },
      modes);
}

template <class Part>
void FourierGrid::Chunk::rows_to_modes(const Part& part, Complex* modes) {
  const int nx = grid_.shape().nx, ny = grid_.shape().ny;
  std::vector<Complex> in(std::max(nx, ny)), out(ny), kept(layout_.column_length());
  if (pencils_)
    pencils_->send_rows(1, [&](int row, int field, Complex* to) {
      if (const Complex* const from = part(row, field, to); from != to) std::copy_n(from, grid_.width(), to);
    });
  rows_to_columns([&](int row, int field, const auto& spectrum) {
    if (pencils_) pencils_->take_row(row, field, 0, in.data());
    tools_.x.forward(pencils_ ? in.data() : part(row, field, in.data()), spectrum(0));
  });
  if (pencils_) pencils_->begin_columns();
  for_columns([&](int field, int c, int column) {
    tools_.y.forward(gather_column(field, 0, c, in.data()), out.data());
    const Place place = place_of(field, column);
    keep(out, column, pencils_ ? kept.data() : modes + place.first, pencils_ ? 1 : place.stride);
    if (pencils_) pencils_->send_column(column, kept.data());
  });
  if (pencils_) pencils_->take_modes(modes);
}

void FourierGrid::Chunk::balance_to_modes(const FillLine& fill, Complex* modes) {
  const int nx = grid_.shape().nx, ny = grid_.shape().ny, width = grid_.width();
  std::vector<Complex> s(nx), p(nx), q(nx), spectrum(nx);
  if (pencils_)
    pencils_->send_rows(3, [&](int row, int field, Complex* to) { fill(row, field, to, to + width, to + 2 * width); });
  rows_to_columns([&](int row, int field, const auto& work) {
    if (!pencils_) fill(row, field, s.data(), p.data(), q.data());
    for (int line = 0; pencils_ && line < 3; ++line)
      pencils_->take_row(row, field, line, (line == 0 ? s : line == 1 ? p : q).data());
    Complex* const source = work(0);
    tools_.x.forward(s.data(), source);
    tools_.x.forward(p.data(), spectrum.data());
    const auto subtract_derivative = [&](int j, double k) {
      source[j] += k * Complex(spectrum[j].imag(), -spectrum[j].real());
    };
    for (int k = 0; k <= layout_.most_p(); ++k) subtract_derivative(k, grid_.wave_x_ * k);
    for (int k = 1; k <= layout_.most_p(); ++k) subtract_derivative(nx - k, -grid_.wave_x_ * k);
    tools_.x.forward(q.data(), work(1));
  });
  const int length = layout_.column_length();
  std::vector<Complex> in(ny), out(ny), kept(length), flux(length);
  if (pencils_) pencils_->begin_columns();
  for_columns([&](int field, int c, int column) {
    tools_.y.forward(gather_column(field, 1, c, in.data()), out.data());
    keep(out, column, flux.data(), 1);
    tools_.y.forward(gather_column(field, 0, c, in.data()), out.data());
    keep(out, column, kept.data(), 1);
    const double* const wave = tools_.wave[kind(column)].data();
    for (int j = 0; j < length; ++j) kept[j] += wave[j] * Complex(flux[j].imag(), -flux[j].real());
    if (pencils_) return pencils_->send_column(column, kept.data());
    const Place place = place_of(field, column);
    Complex* const to = modes + place.first;
    for (int j = 0; j < length; ++j) move(kept[j], to[static_cast<long>(j) * place.stride]);
  });
  if (pencils_) pencils_->take_modes(modes);
}

}  // namespace residua
