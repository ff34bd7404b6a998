// A block of complex numbers from each rank of a communicator to each other one, again and again: what turns rows of a
// grid into columns.
//
// Where all ranks share the memory of a node, a block is written once, into the writer's part of a common window
// (MPI_Win_allocate_shared), and read there: nothing is sent, and the exchange is one barrier. Two halves of the window
// take turns: what is written next does not touch what others may still read. Otherwise, and where no window is to be
// had, it is MPI_Alltoallv; what a rank keeps is read where it was written there, too.
//
// In turn, on all ranks: begin; write to(rank) for each rank; exchange; read from(rank), until the next begin.
#pragma once

#include <mpi.h>

#include <span>
#include <vector>

#include "grid/complex.hpp"

namespace residua {

class Transpose {
 public:
  enum class Way { shared_memory_if_possible, messages };

  /// Collective. The communicator is duplicated.
  explicit Transpose(MPI_Comm comm, Way way = Way::shared_memory_if_possible);
  ~Transpose();  ///< collective, unless an exception is on its way
  Transpose(const Transpose&) = delete;
  Transpose& operator=(const Transpose&) = delete;

  int size() const { return static_cast<int>(to_.size()); }
  bool in_shared_memory() const { return window_ != MPI_WIN_NULL; }

  /// Numbers that go to each rank. `most`: what their sum does not exceed on any rank, the same value on all.
  /// Collective.
  void begin(std::span<const long> counts, long most);
  Complex* to(int rank) { return to_[rank]; }
  /// Numbers that come from each rank. Collective.
  void exchange(std::span<const long> counts);
  const Complex* from(int rank) const { return from_[rank]; }

 private:
  void reserve(long most);
  void allocate_window(long most);
  void free_window();
  Complex* half(int rank) const { return windows_[rank] + half_ * (header() + capacity_); }
  /// Of a half: where the block of each rank begins.
  long header() const { return (size() + 1) / 2; }

  MPI_Comm comm_ = MPI_COMM_NULL;
  int rank_ = 0;
  bool shared_ = false;
  long capacity_ = 0, half_ = 0;
  MPI_Win window_ = MPI_WIN_NULL;
  std::vector<Complex*> windows_;  ///< of each rank
  std::vector<Complex> sent_, received_;
  std::vector<int> send_counts_, send_starts_, receive_counts_, receive_starts_;  ///< in doubles
  std::vector<Complex*> to_;
  std::vector<const Complex*> from_;
};

}  // namespace residua
