#include "solve/block_triangle.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "solve/panel_qr.hpp"

namespace residua {
namespace {

/// The Householder vectors of one panel, V and T (solve/panel_qr.hpp), and the messages that spread them.
class Panels {
 public:
  Panels(BlockTriangle& left, BlockTriangle& right)
      : left_(left), right_(right), work_(static_cast<std::size_t>(square)) {}

  void factor(int k) {
    const int m = right_.rows(k), n = right_.columns(k);
    T(k).resize(square);
    factor_panel(m, n, left_.block(k) + left_.first(k), left_.rows(k), right_.block(k), m, T(k).data(), width);
    const Communicator& comm = left_.communicator();
    if (k + 1 == left_.blocks()) return;  // no one needs the last one
    for (const int rank : left_.group()) {
      if (rank == comm.rank()) continue;
      MPI_Isend(right_.block(k), m * n, MPI_DOUBLE, rank, 2 * k, comm.mpi(), &requests_.emplace_back());
      MPI_Isend(T(k).data(), width * n, MPI_DOUBLE, rank, 2 * k + 1, comm.mpi(), &requests_.emplace_back());
    }
  }

  void receive(int k) {
    const Communicator& comm = left_.communicator();
    const int m = right_.rows(k), n = right_.columns(k);
    received_.resize(static_cast<std::size_t>(m) * static_cast<std::size_t>(n));
    T(k).resize(square);
    MPI_Recv(received_.data(), m * n, MPI_DOUBLE, left_.owner(k), 2 * k, comm.mpi(), MPI_STATUS_IGNORE);
    MPI_Recv(T(k).data(), width * n, MPI_DOUBLE, left_.owner(k), 2 * k + 1, comm.mpi(), MPI_STATUS_IGNORE);
  }

  /// Block column j <- Q_k' block column j
  void apply(int k, int j) {
    const double* v = left_.mine(k) ? right_.block(k) : received_.data();
    apply_panel(right_.rows(k), right_.columns(k), right_.columns(j), v, right_.rows(k), T(k).data(), width,
                left_.block(j) + left_.first(k), left_.rows(j), right_.block(j), right_.rows(j), work_.data());
  }

  /// Lets messages on their way advance: MPI need not do so while this rank computes.
  void progress() {
    int done = 0;
    MPI_Testall(static_cast<int>(requests_.size()), requests_.data(), &done, MPI_STATUSES_IGNORE);
    if (done) requests_.clear();
  }

  void wait() { MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE); }

 private:
  static constexpr int width = BlockTriangle::width, square = width * width;

  std::vector<double>& T(int k) {
    if (t_.empty()) t_.resize(static_cast<std::size_t>(left_.blocks()));
    return t_[static_cast<std::size_t>(k)];
  }

  BlockTriangle& left_;
  BlockTriangle& right_;
  std::vector<double> work_, received_;
  std::vector<std::vector<double>> t_;
  std::vector<MPI_Request> requests_;
};

}  // namespace

BlockTriangle::BlockTriangle(const Communicator& comm, int n, Group group)
    : comm_(&comm), n_(n), group_(std::move(group)), blocks_(static_cast<std::size_t>(blocks())) {
  for (int j = 0; j < blocks(); ++j) {
    if (mine(j)) {
      blocks_[static_cast<std::size_t>(j)].resize(static_cast<std::size_t>(rows(j)) *
                                                  static_cast<std::size_t>(columns(j)));
    }
  }
}

void BlockTriangle::fill(const double* a, int ld, int m) {
  for (int j = 0; j < blocks(); ++j) {
    for (int c = 0; c < columns(j); ++c) {
      const double* from = a + static_cast<std::size_t>(first(j) + c) * static_cast<std::size_t>(ld);
      std::copy_n(from, std::min(first(j) + c + 1, m), block(j) + static_cast<std::size_t>(c * rows(j)));
    }
  }
}

void BlockTriangle::redistribute(const Group& to) {
  if (to == group_) return;
  BlockTriangle next(*comm_, n_, to);
  std::vector<MPI_Request> requests;
  for (int j = 0; j < blocks(); ++j) {
    const int size = rows(j) * columns(j);
    if (mine(j) && next.mine(j)) {
      next.blocks_[static_cast<std::size_t>(j)].swap(blocks_[static_cast<std::size_t>(j)]);
    } else if (mine(j)) {
      MPI_Isend(block(j), size, MPI_DOUBLE, next.owner(j), j, comm_->mpi(), &requests.emplace_back());
    } else if (next.mine(j)) {
      MPI_Irecv(next.block(j), size, MPI_DOUBLE, owner(j), j, comm_->mpi(), &requests.emplace_back());
    }
  }
  MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE);
  *this = std::move(next);
}

AlignedVector BlockTriangle::gather() const {
  std::vector<double> part;
  for (int j = 0; j < blocks(); ++j) {
    if (mine(j)) {
      part.insert(part.end(), blocks_[static_cast<std::size_t>(j)].begin(), blocks_[static_cast<std::size_t>(j)].end());
    }
  }
  const std::vector<double> all = comm_->size() > 1 ? comm_->gather(part) : std::move(part);
  const auto n = static_cast<std::size_t>(n_);
  AlignedVector full(n * n);
  auto from = all.begin();
  for (const int rank : group_) {
    for (int j = 0; j < blocks(); ++j) {
      if (owner(j) != rank) continue;
      for (int c = 0; c < columns(j); ++c, from += rows(j)) {
        const int column = first(j) + c;
        std::copy_n(from, column + 1, full.begin() + static_cast<long>(static_cast<std::size_t>(column) * n));
      }
    }
  }
  return full;
}

Group unite(const Group& a, const Group& b) {
  Group all;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all));
  return all;
}

void combine_qr(BlockTriangle& left, BlockTriangle& right) {
  Panels panels(left, right);
  const int blocks = left.blocks();
  if (left.mine(0)) panels.factor(0);
  for (int k = 0; k + 1 < blocks; ++k) {
    if (!left.mine(k)) panels.receive(k);
    // The next panel goes first, so that the others need not wait for it.
    if (left.mine(k + 1)) {
      panels.apply(k, k + 1);
      panels.factor(k + 1);
    }
    for (int j = k + 2; j < blocks; ++j) {
      if (!left.mine(j)) continue;
      panels.apply(k, j);
      panels.progress();
    }
  }
  panels.wait();
}

void combine_sum(BlockTriangle& left, BlockTriangle& right) {
  for (int j = 0; j < left.blocks(); ++j) {
    if (!left.mine(j)) continue;
    const double* from = right.block(j);
    double* to = left.block(j);
    const int size = left.rows(j) * left.columns(j);
    for (int i = 0; i < size; ++i) to[i] += from[i];
  }
}

}  // namespace residua
