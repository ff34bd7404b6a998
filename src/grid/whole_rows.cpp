#include "grid/whole_rows.hpp"

#include <algorithm>
#include <numeric>
#include <type_traits>

#include "base/reduction.hpp"

namespace residua {
namespace {

/// Blocks of `counts` values to each rank, and of `back` from each.
template <class Value>
std::vector<Value> exchanged(const std::vector<Value>& sent, const std::vector<long>& counts,
                             const std::vector<long>& back, MPI_Comm comm) {
  constexpr int doubles = std::is_same_v<Value, Complex> ? 2 : 1;
  std::vector<int> send(counts.size()), send_start(counts.size()), take(counts.size()), take_start(counts.size());
  int sent_so_far = 0, taken = 0;
  for (std::size_t r = 0; r < counts.size(); ++r) {
    send[r] = doubles * static_cast<int>(counts[r]);
    take[r] = doubles * static_cast<int>(back[r]);
    send_start[r] = sent_so_far;
    take_start[r] = taken;
    sent_so_far += send[r];
    taken += take[r];
  }
  std::vector<Value> received(taken / doubles);
  MPI_Alltoallv(sent.data(), send.data(), send_start.data(), MPI_DOUBLE, received.data(), take.data(),
                take_start.data(), MPI_DOUBLE, comm);
  return received;
}

}  // namespace

WholeRows::WholeRows(const FourierGrid& grid) : grid_(grid), part_(grid.group().rank()) {
  const std::vector<int> all = cuts(grid.shape().ny, grid.communicator().size());
  const int first = grid.communicator().rank() - part_;
  rows_.assign(all.begin() + first, all.begin() + first + grid.group().size() + 1);
}

template <class Value>
std::vector<Value> WholeRows::gathered(std::span<const Value> cells, int fields) const {
  if (grid_.in_slabs()) return {cells.begin(), cells.end()};
  std::vector<Value> sent;
  std::vector<long> counts, back;
  for (int s = 0; s < grid_.group().size(); ++s) {
    for (int field = 0; field < fields; ++field) {
      const auto first = cells.begin() + field * grid_.cells() + (rows_[s] - rows_[0]) * grid_.width();
      sent.insert(sent.end(), first, first + rows_of(s) * grid_.width());
    }
    counts.push_back(fields * rows_of(s) * grid_.width());
    back.push_back(fields * rows_of(part_) * width_of(s));
  }
  const std::vector<Value> received = exchanged(sent, counts, back, grid_.group().mpi());
  std::vector<Value> whole(fields * this->cells());
  auto from = received.begin();
  for (int s = 0; s < grid_.group().size(); ++s)
    for (long line = 0; line < fields * rows_of(part_); ++line, from += width_of(s))
      std::copy_n(from, width_of(s), whole.begin() + line * grid_.shape().nx + grid_.layout().parts_of_row()[s]);
  return whole;
}

template <class Value>
std::vector<Value> WholeRows::scattered(std::span<const Value> rows, int fields) const {
  if (grid_.in_slabs()) return {rows.begin(), rows.end()};
  std::vector<Value> sent;
  std::vector<long> counts, back;
  for (int s = 0; s < grid_.group().size(); ++s) {
    for (long line = 0; line < fields * rows_of(part_); ++line) {
      const auto first = rows.begin() + line * grid_.shape().nx + grid_.layout().parts_of_row()[s];
      sent.insert(sent.end(), first, first + width_of(s));
    }
    counts.push_back(fields * rows_of(part_) * width_of(s));
    back.push_back(fields * rows_of(s) * grid_.width());
  }
  const std::vector<Value> received = exchanged(sent, counts, back, grid_.group().mpi());
  std::vector<Value> cells(fields * grid_.cells());
  auto from = received.begin();
  for (int s = 0; s < grid_.group().size(); ++s)
    for (int field = 0; field < fields; ++field, from += rows_of(s) * grid_.width())
      std::copy_n(from, rows_of(s) * grid_.width(),
                  cells.begin() + field * grid_.cells() + (rows_[s] - rows_[0]) * grid_.width());
  return cells;
}

std::vector<double> WholeRows::of_cells(std::span<const double> cells, int fields) const {
  return gathered(cells, fields);
}
std::vector<Complex> WholeRows::of_cells(std::span<const Complex> cells, int fields) const {
  return gathered(cells, fields);
}
std::vector<double> WholeRows::to_cells(std::span<const double> rows, int fields) const {
  return scattered(rows, fields);
}
std::vector<Complex> WholeRows::to_cells(std::span<const Complex> rows, int fields) const {
  return scattered(rows, fields);
}

double mean_over_cells(const FourierGrid& grid, const std::function<double(long)>& value) {
  const int nx = grid.shape().nx;
  const WholeRows rows(grid);
  std::vector<double> values(grid.cells());
  for (long i = 0; i < grid.cells(); ++i) values[i] = value(i);
  if (!grid.in_slabs()) values = rows.of_cells(values, 1);
  TreeReduction tree(grid.shape().ny);
  auto row = values.begin();
  for (int j = 0; j < rows.rows(); ++j, row += nx)
    tree.put(rows.first_row() + j, {std::accumulate(row, row + nx, 0.0)});
  return tree.finish(grid.communicator())[0] / (static_cast<double>(nx) * grid.shape().ny);
}

}  // namespace residua
