#include "grid/fourier_grid.hpp"

#include <algorithm>
#include <numbers>
#include <numeric>

#include <fmt/format.h>

#include "base/error.hpp"
#include "grid/fourier_chunk.hpp"

namespace residua {
namespace {

constexpr double buffer_bytes = 512 * 1024;  // of a rank: what its second cache holds beside the lines

ProcessGrid checked(const FourierGrid::Shape& shape, const std::optional<ProcessGrid>& ranks, int size) {
  if (shape.nx < 4 || shape.ny < 4) throw Error(fmt::format("a Fourier grid of {} x {} cells", shape.nx, shape.ny));
  const ProcessGrid grid = ranks.value_or(ProcessGrid{size, 1});
  if (grid.along_y < 1 || grid.along_x < 1 || grid.ranks() != size)
    throw Error(fmt::format("a process grid of {} x {} on {} ranks", grid.along_y, grid.along_x, size));
  return grid;
}

}  // namespace

FourierGrid::FourierGrid(const Shape& shape, const Communicator& communicator, std::optional<ProcessGrid> ranks)
    : shape_(shape),
      communicator_(communicator),
      ranks_(checked(shape, ranks, communicator.size())),
      layout_(shape.nx, shape.ny, ranks_),
      row_group_(communicator.rank() / ranks_.along_x),
      part_(communicator.rank() % ranks_.along_x),
      first_row_(layout_.rows()[row_group_]),
      first_x_(layout_.parts_of_row()[part_]),
      first_mode_(layout_.first_mode(communicator.rank())),
      wave_x_(2 * std::numbers::pi / shape.length_x),
      wave_y_(2 * std::numbers::pi / shape.length_y) {
  if (!in_slabs()) MPI_Comm_split(communicator.mpi(), row_group_, part_, &group_mpi_);
  group_ = std::make_unique<Communicator>(group_mpi_);
  const int rank = communicator.rank();
  p_.resize(layout_.first_mode(rank + 1) - first_mode_);
  q_.resize(p_.size());
  for (int column = layout_.columns()[row_group_]; column < layout_.columns()[row_group_ + 1]; ++column) {
    const auto [first, end] = layout_.part_of_column(column, rank);
    for (int j = first; j < end; ++j) {
      p_[layout_.mode_of(column, j) - first_mode_] = FourierLayout::wave_of(column);
      q_[layout_.mode_of(column, j) - first_mode_] = layout_.q_of(column, j);
    }
  }
  tools_ = std::make_unique<Tools>(*this);
}

FourierGrid::~FourierGrid() {
  tools_.reset();
  if (!in_slabs()) MPI_Comm_free(&group_mpi_);
}

long FourierGrid::cell_at(long place) const {
  const long row = place / shape_.nx - first_row_, x = place % shape_.nx - first_x_;
  return row >= 0 && row < rows() && x >= 0 && x < width() ? row * width() + x : -1;
}

long FourierGrid::find(int p, int q) const {
  const long mode = layout_.number(p, q) - first_mode_;
  return mode >= 0 && mode < modes() ? mode : -1;
}

template <class Body>
void FourierGrid::in_chunks(int fields, int parts, const Body& body) const {
  const double line = static_cast<double>(sizeof(Complex)) * layout_.all_columns() * shape_.ny / communicator_.size();
  const int chunk = std::max(1, static_cast<int>(std::min(buffer_bytes / (parts * line), 1e6)));
  for (int first = 0; first < fields; first += chunk) body(first, std::min(chunk, fields - first));
}

void FourierGrid::to_cells(std::span<const Complex> modes, int fields, std::span<Complex> cells) const {
  in_chunks(fields, 1, [&](int first, int count) {
    Chunk(*this, count, 1).to_cells(modes.data() + first * this->modes(), cells.data() + first * this->cells());
  });
}

void FourierGrid::to_modes(std::span<const Complex> cells, int fields, std::span<Complex> modes) const {
  in_chunks(fields, 1, [&](int first, int count) {
    Chunk(*this, count, 1).to_modes(cells.data() + first * this->cells(), modes.data() + first * this->modes());
  });
}

void FourierGrid::to_modes(const FillRow& fill, std::span<Complex> modes) const {
  Chunk(*this, 1, 1).to_modes(fill, modes.data());
}

void FourierGrid::balance_to_modes(int fields, const FillLine& fill, std::span<Complex> modes) const {
  in_chunks(fields, 2, [&](int first, int count) {
    const auto fill_some = [&](int row, int field, Complex* s, Complex* p, Complex* q) {
      fill(row, first + field, s, p, q);
    };
    Chunk(*this, count, 2).balance_to_modes(fill_some, modes.data() + first * this->modes());
  });
}

void FourierGrid::divergence_to_modes(const FillRow& fill, std::span<Complex> modes) const {
  to_modes(fill, modes);
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

double FourierGrid::sum_of_leaves(std::span<const double> own) const {
  const std::vector<int>& leaves = layout_.leaves();
  std::vector<double> all(leaves.back());
  std::ranges::copy(own, all.begin() + leaves[communicator_.rank()]);
  std::vector<int> counts(communicator_.size());
  for (int r = 0; r < communicator_.size(); ++r) counts[r] = leaves[r + 1] - leaves[r];
  if (communicator_.size() > 1)
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DOUBLE, all.data(), counts.data(), leaves.data(), MPI_DOUBLE,
                   communicator_.mpi());
  return std::accumulate(all.begin(), all.end(), 0.0);
}

}  // namespace residua
