// A duplicate-free view of an MPI communicator with the few collectives that the library needs.
#pragma once

#include <mpi.h>

#include <span>
#include <string>
#include <vector>

namespace residua {

/// Wraps a communicator that the caller keeps alive. All members but rank(), size(), mpi() are collective.
class Communicator {
 public:
  explicit Communicator(MPI_Comm comm = MPI_COMM_WORLD);

  MPI_Comm mpi() const { return comm_; }
  int rank() const { return rank_; }
  int size() const { return size_; }
  bool root() const { return rank_ == 0; }

  /// In place over the ranks. `sum` depends on the rank count in its last bits; see reduction.hpp.
  void sum(std::span<double> values) const;
  double sum(double value) const;
  long sum(long value) const;
  double max(double value) const;
  double min(double value) const;

  /// Logical or / and over the ranks.
  bool any(bool value) const;
  bool all(bool value) const;

  std::string broadcast(std::string text, int root = 0) const;
  void broadcast(std::span<double> values, int root = 0) const;
  bool broadcast_flag(bool value, int root = 0) const;

  /// Concatenates the ranks' parts in rank order, on every rank.
  std::vector<double> gather(std::span<const double> part) const;

  void barrier() const;

 private:
  MPI_Comm comm_;
  int rank_ = 0;
  int size_ = 1;
};

}  // namespace residua
