#include "solve/row_leaves.hpp"

#include <algorithm>
#include <bit>

#include "base/error.hpp"

namespace residua {
namespace {

/// Bounds of the leaves: a power of two of equal blocks of at least `least` rows, whatever the rank count.
std::vector<long> equal_leaves(long rows, long least) {
  const auto leaves = static_cast<long>(std::bit_floor(static_cast<unsigned long>(std::max(1L, rows / least))));
  std::vector<long> start;
  for (long i = 0; i <= leaves; ++i) start.push_back(rows / leaves * i + std::min(i, rows % leaves));
  return start;
}

}  // namespace

std::vector<RowSegment> RowLeaves::by_rank(const Communicator& comm, long count) {
  std::vector<double> counts = comm.gather(std::vector<double>{static_cast<double>(count)});
  long first = 0;
  for (int rank = 0; rank < comm.rank(); ++rank) first += static_cast<long>(counts[static_cast<std::size_t>(rank)]);
  return {{0, count, first}};
}

RowLeaves::RowLeaves(const Communicator& comm, std::span<const RowSegment> segments, long least,
                     Reductions reductions) {
  std::vector<double> packed;
  for (const RowSegment& s : segments) {
    if (s.count == 0) continue;
    packed.insert(packed.end(), {static_cast<double>(comm.rank()), static_cast<double>(s.local),
                                 static_cast<double>(s.count), static_cast<double>(s.global)});
  }
  const std::vector<double> all = comm.gather(packed);
  std::vector<Piece> given;
  for (std::size_t i = 0; i < all.size(); i += 4) {
    given.push_back({static_cast<int>(all[i]), 0, static_cast<long>(all[i + 1]), static_cast<long>(all[i + 3]),
                     static_cast<long>(all[i + 2])});
  }
  long rows = 0;
  for (const Piece& p : given) rows += p.count;

  if (reductions == Reductions::fast) {
    // Leaves of one rank's rows each, in rank order, and not so long that a stream of chunks would need much memory.
    start_.push_back(0);
    int rank = 0;
    for (long local = 0; rank < comm.size(); ++rank, local = 0) {
      for (Piece& p : given) {
        if (p.rank != rank) continue;
        p.global = start_.back() + p.local;
        local += p.count;
      }
      const long first = start_.back(), cut = std::max(1L, local / least);
      for (long i = 1; i <= cut && local > 0; ++i) {
        start_.push_back(first + local * i / cut);
        owner_.push_back(rank);
      }
    }
  } else {
    start_ = equal_leaves(rows, least);
    owner_.assign(start_.size() - 1, 0);
  }
  for (const Piece& p : given) {
    auto leaf = std::upper_bound(start_.begin(), start_.end(), p.global) - start_.begin() - 1;
    for (long at = p.global; at < p.global + p.count; ++leaf) {
      const long end = std::min(start(leaf + 1), p.global + p.count);
      pieces_.push_back({p.rank, leaf, p.local + at - p.global, at, end - at});
      if (at == start(leaf)) owner_[static_cast<std::size_t>(leaf)] = p.rank;
      at = end;
    }
  }
  if (rows == 0) throw Error("row leaves: there are no rows");
}

RowCollector::RowCollector(const Communicator& comm, const RowLeaves& plan, int columns, OnLeaf on_leaf)
    : comm_(comm), plan_(plan), columns_(columns), on_leaf_(std::move(on_leaf)) {
  for (std::size_t i = 0; i < plan.pieces().size(); ++i) {
    if (plan.pieces()[i].rank == comm.rank()) mine_.push_back(i);
  }
}

void RowCollector::copy(Buffer& buffer, long height, long at, const double* rows, int ld, long count) {
  buffer.rows.resize(static_cast<std::size_t>(height * columns_));
  for (long c = 0; c < columns_; ++c) std::copy_n(rows + c * ld, count, buffer.rows.begin() + c * height + at);
  buffer.filled += count;
}

void RowCollector::complete(long leaf) {
  const auto found = leaves_.find(leaf);
  if (found == leaves_.end() || found->second.filled < plan_.rows(leaf)) return;
  Buffer buffer = std::move(found->second);
  leaves_.erase(found);
  const auto rows = static_cast<int>(plan_.rows(leaf));
  on_leaf_(leaf, buffer.rows.data(), rows, rows);
}

void RowCollector::add(long local, double* rows, int ld, int count) {
  const std::vector<RowLeaves::Piece>& pieces = plan_.pieces();
  for (const std::size_t i : mine_) {
    const RowLeaves::Piece& p = pieces[i];
    const long from = std::max(local, p.local), to = std::min(local + count, p.local + p.count);
    if (from >= to) continue;
    double* part = rows + (from - local);
    const int owner = plan_.owner()[static_cast<std::size_t>(p.leaf)];
    if (owner != comm_.rank()) {
      Buffer& buffer = outgoing_[i];
      copy(buffer, p.count, from - p.local, part, ld, to - from);
    } else if (to - from == plan_.rows(p.leaf)) {
      on_leaf_(p.leaf, part, ld, static_cast<int>(to - from));
    } else {
      copy(leaves_[p.leaf], plan_.rows(p.leaf), p.global + (from - p.local) - plan_.start(p.leaf), part, ld, to - from);
      complete(p.leaf);
    }
  }
}

void RowCollector::finish() {
  const std::vector<RowLeaves::Piece>& pieces = plan_.pieces();
  std::vector<MPI_Request> requests;
  for (const auto& [i, buffer] : outgoing_) {
    MPI_Isend(buffer.rows.data(), static_cast<int>(buffer.rows.size()), MPI_DOUBLE,
              plan_.owner()[static_cast<std::size_t>(pieces[i].leaf)], static_cast<int>(i), comm_.mpi(),
              &requests.emplace_back());
  }
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const RowLeaves::Piece& p = pieces[i];
    if (plan_.owner()[static_cast<std::size_t>(p.leaf)] != comm_.rank() || p.rank == comm_.rank()) continue;
    std::vector<double> part(static_cast<std::size_t>(p.count * columns_));
    MPI_Recv(part.data(), static_cast<int>(part.size()), MPI_DOUBLE, p.rank, static_cast<int>(i), comm_.mpi(),
             MPI_STATUS_IGNORE);
    copy(leaves_[p.leaf], plan_.rows(p.leaf), p.global - plan_.start(p.leaf), part.data(), static_cast<int>(p.count),
         p.count);
    complete(p.leaf);
  }
  MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE);
  outgoing_.clear();
  if (!leaves_.empty()) throw Error("row collector: a row was never given");
}

}  // namespace residua
