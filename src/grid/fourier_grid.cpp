#include "grid/fourier_grid.hpp"

#include <fftw3.h>

#include <algorithm>
#include <cstring>
#include <numbers>
#include <numeric>

#include <fmt/format.h>

#include "base/error.hpp"

namespace residua {
namespace {

constexpr int rows_at_once = 8;                   // two cache lines of the buffer
constexpr double buffer_bytes = 4 * 1024 * 1024;  // of a rank

fftw_complex* raw(Complex* values) { return reinterpret_cast<fftw_complex*>(values); }
fftw_complex* raw(const Complex* values) { return raw(const_cast<Complex*>(values)); }

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

/// Transforms of one line, out of place.
struct Line {
  explicit Line(int n) {
    std::vector<Complex> in(n), out(n);
    forward = fftw_plan_dft_1d(n, raw(in.data()), raw(out.data()), FFTW_FORWARD, FFTW_ESTIMATE);
    backward = fftw_plan_dft_1d(n, raw(in.data()), raw(out.data()), FFTW_BACKWARD, FFTW_ESTIMATE);
  }
  ~Line() {
    fftw_destroy_plan(forward);
    fftw_destroy_plan(backward);
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  fftw_plan forward, backward;
};

/// Where each rank's part of `units` units begins.
std::vector<int> parts(int units, int ranks) {
  std::vector<int> first(ranks + 1);
  for (int r = 0; r <= ranks; ++r) first[r] = static_cast<int>(static_cast<long>(units) * r / ranks);
  return first;
}

}  // namespace

struct FourierGrid::Plans {
  Plans(int nx, int ny) : x(nx), y(ny) {}
  Line x, y;
};

FourierGrid::FourierGrid(const Shape& shape, const Communicator& communicator)
    : shape_(shape),
      communicator_(communicator),
      rank_(communicator.rank()),
      most_p_((shape.nx - 1) / 3),
      most_q_((shape.ny - 1) / 3),
      wave_x_(2 * std::numbers::pi / shape.length_x),
      wave_y_(2 * std::numbers::pi / shape.length_y),
      first_row_(parts(shape.ny, communicator.size())),
      first_column_(parts(most_p_ + 1, communicator.size())) {
  if (shape.nx < 4 || shape.ny < 4) throw Error(fmt::format("a Fourier grid of {} x {} cells", shape.nx, shape.ny));
  for (int& first : first_column_) first = std::max(0, 2 * first - 1);  // from pairs to columns
  for (int column = 0; column <= 2 * most_p_; ++column) place_.push_back((column_wave(column) + shape.nx) % shape.nx);
  plans_ = std::make_unique<Plans>(shape.nx, shape.ny);
}

FourierGrid::~FourierGrid() = default;

long FourierGrid::partner(long mode) const {
  const int length = column_length();
  const int column = first_column_[rank_] + static_cast<int>(mode / length), j = static_cast<int>(mode % length);
  const int other = column == 0 ? 0 : (column % 2 == 1 ? column + 1 : column - 1);
  return static_cast<long>(other - first_column_[rank_]) * length + (length - j) % length;
}

long FourierGrid::find(int p, int q) const {
  if (std::abs(p) > most_p_ || std::abs(q) > most_q_) return -1;
  const int column = (p > 0 ? 2 * p - 1 : -2 * p) - first_column_[rank_];
  if (column < 0 || column >= columns()) return -1;
  return static_cast<long>(column) * column_length() + (q + column_length()) % column_length();
}

void FourierGrid::resize(int lines) const {
  const std::size_t need = static_cast<std::size_t>(lines) * (2 * most_p_ + 1) * rows();
  if (by_rows_.size() < need) by_rows_.resize(need);
  const std::size_t other = static_cast<std::size_t>(lines) * columns() * shape_.ny;
  if (communicator_.size() > 1 && by_columns_.size() < other) by_columns_.resize(other);
}

template <class Body>
void FourierGrid::in_chunks(int fields, int parts, const Body& body) const {
  const double line = sizeof(Complex) * (2.0 * most_p_ + 1) * shape_.ny / communicator_.size();
  const int chunk = std::max(1, static_cast<int>(std::min(buffer_bytes / (parts * line), 1e6)));
  for (int first = 0; first < fields; first += chunk) body(first, std::min(chunk, fields - first));
}

void FourierGrid::exchange(int lines, bool forward) const {
  const int ranks = communicator_.size();
  if (ranks == 1) return;
  std::vector<int> row_counts(ranks), row_starts(ranks), column_counts(ranks), column_starts(ranks);
  for (int r = 0; r < ranks; ++r) {
    row_counts[r] = 2 * lines * (first_column_[r + 1] - first_column_[r]) * rows();
    row_starts[r] = 2 * lines * first_column_[r] * rows();
    column_counts[r] = 2 * lines * columns() * (first_row_[r + 1] - first_row_[r]);
    column_starts[r] = 2 * lines * columns() * first_row_[r];
  }
  row_counts[rank_] = column_counts[rank_] = 0;  // what stays here is read where it was written (`part_of_column`)
  const MPI_Comm comm = communicator_.mpi();
  if (forward)
    MPI_Alltoallv(by_rows_.data(), row_counts.data(), row_starts.data(), MPI_DOUBLE, by_columns_.data(),
                  column_counts.data(), column_starts.data(), MPI_DOUBLE, comm);
  else
    MPI_Alltoallv(by_columns_.data(), column_counts.data(), column_starts.data(), MPI_DOUBLE, by_rows_.data(),
                  row_counts.data(), row_starts.data(), MPI_DOUBLE, comm);
}

template <class Spectra>
void FourierGrid::rows_to_columns(int fields, int parts, const Spectra& spectra) const {
  const int nx = shape_.nx, local = rows(), lines = fields * parts;
  resize(lines);
  row_work_.resize(static_cast<std::size_t>(parts) * rows_at_once * nx);
  const auto work = [&](int part, int b) {
    return row_work_.data() + (static_cast<std::size_t>(part) * rows_at_once + b) * nx;
  };
  for (int first = 0; first < local; first += rows_at_once) {
    const int count = std::min(rows_at_once, local - first);
    for (int field = 0; field < fields; ++field) {
      for (int b = 0; b < count; ++b) spectra(first + b, field, [&](int part) { return work(part, b); });
      for (int r = 0; r < communicator_.size(); ++r) {
        const int own = first_column_[r + 1] - first_column_[r];
        Complex* const by_rank = by_rows_.data() + static_cast<std::size_t>(lines) * first_column_[r] * local + first;
        for (int part = 0; part < parts; ++part) {
          Complex* const to = by_rank + static_cast<std::size_t>(field * parts + part) * own * local;
          for (int c = 0; c < own; ++c) {
            const Complex* const from = work(part, 0) + place_[first_column_[r] + c];
            Complex* const column = to + static_cast<std::size_t>(c) * local;
            for_rows(count, [&](int b) { move(from[b * nx], column[b]); });
          }
        }
      }
    }
  }
  exchange(lines, true);
}

Complex* FourierGrid::part_of_column(int lines, int line, int c, int rank) const {
  const std::size_t column = static_cast<std::size_t>(line) * columns() + c;
  if (rank == rank_)
    return by_rows_.data() + (static_cast<std::size_t>(lines) * first_column_[rank_] + column) * rows();
  return by_columns_.data() + static_cast<std::size_t>(lines) * columns() * first_row_[rank] +
         column * (first_row_[rank + 1] - first_row_[rank]);
}

const Complex* FourierGrid::gather_column(int lines, int line, int c, Complex* work) const {
  if (communicator_.size() == 1) return column_place(line, c, work);
  for (int r = 0; r < communicator_.size(); ++r)
    std::copy_n(part_of_column(lines, line, c, r), first_row_[r + 1] - first_row_[r], work + first_row_[r]);
  return work;
}

Complex* FourierGrid::column_place(int line, int c, Complex* work) const {
  if (communicator_.size() > 1) return work;
  return by_rows_.data() + (static_cast<std::size_t>(line) * columns() + c) * shape_.ny;
}

void FourierGrid::scatter_column(int lines, int line, int c, const Complex* work) const {
  if (communicator_.size() == 1) return;
  for (int r = 0; r < communicator_.size(); ++r)
    std::copy_n(work + first_row_[r], first_row_[r + 1] - first_row_[r], part_of_column(lines, line, c, r));
}

void FourierGrid::keep(const Complex* column, double scale, Complex* modes) const {
  for (int j = 0; j <= most_q_; ++j) modes[j] = scale * column[j];
  for (int j = 1; j <= most_q_; ++j) modes[column_length() - j] = scale * column[shape_.ny - j];
}

void FourierGrid::to_cells(std::span<const Complex> modes, int fields, std::span<Complex> cells) const {
  in_chunks(fields, 1, [&](int first, int count) {
    some_to_cells(modes.subspan(first * this->modes()), count, cells.subspan(first * this->cells()));
  });
}

void FourierGrid::some_to_cells(std::span<const Complex> modes, int fields, std::span<Complex> cells) const {
  resize(fields);
  const int nx = shape_.nx, ny = shape_.ny, length = column_length(), local = rows();
  std::vector<Complex> in(ny), out(ny);
  for (int field = 0; field < fields; ++field)
    for (int c = 0; c < columns(); ++c) {
      const Complex* const from = modes.data() + (static_cast<std::size_t>(field) * columns() + c) * length;
      std::copy_n(from, most_q_ + 1, in.begin());  // between them all stay 0
      std::copy_n(from + most_q_ + 1, most_q_, in.begin() + ny - most_q_);
      fftw_execute_dft(plans_->y.backward, raw(in.data()), raw(column_place(field, c, out.data())));
      scatter_column(fields, field, c, out.data());
    }
  exchange(fields, false);
  std::vector<Complex> lines(static_cast<std::size_t>(rows_at_once) * nx);
  for (int field = 0; field < fields; ++field)
    for (int first = 0; first < local; first += rows_at_once) {
      const int count = std::min(rows_at_once, local - first);
      for (int r = 0; r < communicator_.size(); ++r) {
        const int own = first_column_[r + 1] - first_column_[r];
        const Complex* const part = by_rows_.data() + static_cast<std::size_t>(fields) * first_column_[r] * local +
                                    static_cast<std::size_t>(field) * own * local + first;
        for (int c = 0; c < own; ++c) {
          Complex* const to = lines.data() + place_[first_column_[r] + c];
          const Complex* const column = part + static_cast<std::size_t>(c) * local;
          for_rows(count, [&](int b) { move(column[b], to[b * nx]); });
        }
      }
      for (int b = 0; b < count; ++b)
        fftw_execute_dft(plans_->x.backward, raw(lines.data() + static_cast<std::size_t>(b) * nx),
                         raw(cells.data() + (static_cast<std::size_t>(field) * local + first + b) * nx));
    }
}

void FourierGrid::to_modes(std::span<const Complex> cells, int fields, std::span<Complex> modes) const {
  const int nx = shape_.nx, ny = shape_.ny, local = rows();
  rows_to_columns(fields, 1, [&](int row, int field, const auto& work) {
    fftw_execute_dft(plans_->x.forward, raw(cells.data() + (static_cast<std::size_t>(field) * local + row) * nx),
                     raw(work(0)));
  });
  const double scale = 1.0 / (static_cast<double>(nx) * ny);
  std::vector<Complex> in(ny), out(ny);
  for (int field = 0; field < fields; ++field)
    for (int c = 0; c < columns(); ++c) {
      fftw_execute_dft(plans_->y.forward, raw(gather_column(fields, field, c, in.data())), raw(out.data()));
      keep(out.data(), scale, modes.data() + (static_cast<std::size_t>(field) * columns() + c) * column_length());
    }
}

void FourierGrid::balance_to_modes(int fields, const FillLine& fill, std::span<Complex> modes) const {
  in_chunks(fields, 2, [&](int first, int count) {
    const auto fill_some = [&](int row, int field, Complex* s, Complex* p, Complex* q) {
      fill(row, first + field, s, p, q);
    };
    some_balance_to_modes(count, fill_some, modes.subspan(first * this->modes()));
  });
}

void FourierGrid::some_balance_to_modes(int fields, const FillLine& fill, std::span<Complex> modes) const {
  const int nx = shape_.nx, ny = shape_.ny;
  std::vector<Complex> s(nx), p(nx), q(nx), spectrum(nx);
  rows_to_columns(fields, 2, [&](int row, int field, const auto& work) {
    fill(row, field, s.data(), p.data(), q.data());
    Complex* const source = work(0);
    fftw_execute_dft(plans_->x.forward, raw(s.data()), raw(source));
    fftw_execute_dft(plans_->x.forward, raw(p.data()), raw(spectrum.data()));
    const auto subtract_derivative = [&](int j, double k) {
      source[j] += k * Complex(spectrum[j].imag(), -spectrum[j].real());
    };
    for (int k = 0; k <= most_p_; ++k) subtract_derivative(k, wave_x_ * k);
    for (int k = 1; k <= most_p_; ++k) subtract_derivative(nx - k, -wave_x_ * k);
    fftw_execute_dft(plans_->x.forward, raw(q.data()), raw(work(1)));
  });
  const double scale = 1.0 / (static_cast<double>(nx) * ny);
  std::vector<Complex> in(ny), out(ny), flux(column_length());
  std::vector<double> wave(column_length());
  for (int j = 0; j < column_length(); ++j) wave[j] = ky(j);
  for (int field = 0; field < fields; ++field)
    for (int c = 0; c < columns(); ++c) {
      Complex* const to = modes.data() + (static_cast<std::size_t>(field) * columns() + c) * column_length();
      fftw_execute_dft(plans_->y.forward, raw(gather_column(2 * fields, 2 * field + 1, c, in.data())), raw(out.data()));
      keep(out.data(), scale, flux.data());
      fftw_execute_dft(plans_->y.forward, raw(gather_column(2 * fields, 2 * field, c, in.data())), raw(out.data()));
      keep(out.data(), scale, to);
      for (int j = 0; j < column_length(); ++j) to[j] += wave[j] * Complex(flux[j].imag(), -flux[j].real());
    }
}

void FourierGrid::divergence_to_modes(std::span<const Complex> cells, std::span<Complex> modes) const {
  to_modes(cells, 1, modes);
  for (long mode = 0; mode < this->modes(); ++mode) {
    const long minus = partner(mode);
    if (minus < mode) continue;
    const Complex sum = modes[mode] + std::conj(modes[minus]), difference = modes[mode] - std::conj(modes[minus]);
    // p_k = sum / 2, q_k = difference / 2i
    const double half_kx = 0.5 * kx(mode), half_ky = 0.5 * ky(mode);
    const Complex divergence(half_kx * sum.imag() - half_ky * difference.real(),
                             -half_kx * sum.real() - half_ky * difference.imag());
    modes[mode] = divergence;
    modes[minus] = std::conj(divergence);
  }
}

void FourierGrid::make_real(std::span<Complex> modes) const {
  for (std::size_t i = 0; i < modes.size(); ++i) {
    const auto other = static_cast<std::size_t>(partner(static_cast<long>(i)));
    if (other < i) continue;
    const Complex mean = 0.5 * (modes[i] + std::conj(modes[other]));
    modes[i] = mean;
    modes[other] = std::conj(mean);
  }
}

double FourierGrid::sum_of_columns(std::span<const double> own) const {
  std::vector<double> all(2 * most_p_ + 1);
  std::ranges::copy(own, all.begin() + first_column_[rank_]);
  std::vector<int> counts(communicator_.size());
  for (int r = 0; r < communicator_.size(); ++r) counts[r] = first_column_[r + 1] - first_column_[r];
  if (communicator_.size() > 1)
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DOUBLE, all.data(), counts.data(), first_column_.data(), MPI_DOUBLE,
                   communicator_.mpi());
  return std::accumulate(all.begin(), all.end(), 0.0);
}

}  // namespace residua
