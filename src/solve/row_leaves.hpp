// Rows of a matrix, spread over the ranks and arriving in chunks, gathered into leaves: blocks of rows that are worked
// on as one. In reproducible mode the leaves are fixed blocks of the global row numbering, so that what is computed
// from them cannot depend on the rank count; the few rows of a leaf that lie on another rank are sent to its owner.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <vector>

#include "base/communicator.hpp"
#include "base/reduction.hpp"

namespace residua {

/// Local rows [local, local + count) are the global rows from `global` on.
struct RowSegment {
  long local = 0;
  long count = 0;
  long global = 0;
};

/// Which leaves there are, and who works on them. Every rank knows the whole plan.
class RowLeaves {
 public:
  /// Collective. `segments` are this rank's rows, in the order of their local numbers; those of all ranks cover
  /// 0 .. rows-1 once. Leaves have from `least` to twice that many rows, or all there are (on a rank, if `fast`).
  RowLeaves(const Communicator& comm, std::span<const RowSegment> segments, long least, Reductions reductions);

  /// One segment of `count` rows per rank, numbered in rank order.
  static std::vector<RowSegment> by_rank(const Communicator& comm, long count);

  long leaves() const { return static_cast<long>(start_.size()) - 1; }
  long start(long leaf) const { return start_[static_cast<std::size_t>(leaf)]; }
  long rows(long leaf) const { return start(leaf + 1) - start(leaf); }
  const std::vector<int>& owner() const { return owner_; }
  long total_rows() const { return start_.back(); }

  /// The rows of one rank inside one leaf, contiguous in both numberings.
  struct Piece {
    int rank;
    long leaf;
    long local, global, count;
  };
  const std::vector<Piece>& pieces() const { return pieces_; }

 private:
  std::vector<long> start_;
  std::vector<int> owner_;
  std::vector<Piece> pieces_;  ///< by rank, then by local row
};

/// Fills the leaves with chunks of local rows in any order, and hands each complete one to its owner's callback.
class RowCollector {
 public:
  /// `rows` is count x columns, column-major with leading dimension ld; the callback may overwrite it.
  using OnLeaf = std::function<void(long leaf, double* rows, int ld, int count)>;

  RowCollector(const Communicator& comm, const RowLeaves& plan, int columns, OnLeaf on_leaf);
  RowCollector(const RowCollector&) = delete;
  RowCollector& operator=(const RowCollector&) = delete;

  /// Local rows [local, local + count). A leaf that lies wholly in the chunk is worked on in place, which overwrites
  /// it.
  void add(long local, double* rows, int ld, int count);

  /// Collective: completes the leaves that lie on several ranks.
  void finish();

 private:
  struct Buffer {
    std::vector<double> rows;
    long filled = 0;
  };

  void copy(Buffer& buffer, long height, long at, const double* rows, int ld, long count);
  void complete(long leaf);

  const Communicator& comm_;
  const RowLeaves& plan_;
  int columns_;
  OnLeaf on_leaf_;
  std::vector<std::size_t> mine_;           ///< pieces of this rank
  std::map<long, Buffer> leaves_;           ///< incomplete leaves of this rank
  std::map<std::size_t, Buffer> outgoing_;  ///< by piece
};

}  // namespace residua
