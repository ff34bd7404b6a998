#include "grid/transpose.hpp"

#include <algorithm>
#include <exception>

namespace residua {

static_assert(sizeof(long) * 2 == sizeof(Complex));

Transpose::Transpose(MPI_Comm comm, Way way) {
  int size = 1;
  MPI_Comm_dup(comm, &comm_);
  MPI_Comm_rank(comm_, &rank_);
  MPI_Comm_size(comm_, &size);
  to_.resize(size);
  from_.resize(size);
  if (size == 1 || way == Way::messages) return;
  MPI_Comm node = MPI_COMM_NULL;
  int on_node = 0;
  MPI_Comm_split_type(comm_, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
  MPI_Comm_size(node, &on_node);
  MPI_Comm_free(&node);
  int least = 0;
  MPI_Allreduce(&on_node, &least, 1, MPI_INT, MPI_MIN, comm_);
  shared_ = least == size;
}

Transpose::~Transpose() {
  // An error may be this rank's alone: the others do not come here, and the driver ends them.
  if (std::uncaught_exceptions() > 0) return;
  free_window();
  MPI_Comm_free(&comm_);
}

void Transpose::free_window() {
  if (window_ == MPI_WIN_NULL) return;
  MPI_Win_unlock_all(window_);
  MPI_Win_free(&window_);
}

void Transpose::allocate_window(long most) {
  free_window();
  Complex* mine = nullptr;
  const long halves = 2 * (header() + most);
  MPI_Errhandler before = MPI_ERRHANDLER_NULL;
  MPI_Comm_get_errhandler(comm_, &before);
  MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN);  // a window may be refused
  int failed = MPI_Win_allocate_shared(static_cast<MPI_Aint>(halves * sizeof(Complex)), sizeof(Complex), MPI_INFO_NULL,
                                       comm_, static_cast<void*>(&mine), &window_) == MPI_SUCCESS
                   ? 0
                   : 1;
  MPI_Comm_set_errhandler(comm_, before);
  MPI_Errhandler_free(&before);
  MPI_Allreduce(MPI_IN_PLACE, &failed, 1, MPI_INT, MPI_MAX, comm_);
  if (failed != 0) {
    window_ = MPI_WIN_NULL;
    shared_ = false;
    return;
  }
  windows_.resize(size());
  for (int r = 0; r < size(); ++r) {
    MPI_Aint bytes = 0;
    int unit = 0;
    MPI_Win_shared_query(window_, r, &bytes, &unit, static_cast<void*>(&windows_[r]));
  }
  std::fill_n(mine, halves, 0.0);
  MPI_Win_lock_all(MPI_MODE_NOCHECK, window_);
}

void Transpose::reserve(long most) {
  if (most <= capacity_) return;
  if (shared_) allocate_window(most);
  if (!shared_) {
    sent_.resize(most);
    received_.resize(most);
  }
  capacity_ = most;
}

void Transpose::begin(std::span<const long> counts, long most) {
  reserve(most);
  half_ = 1 - half_;
  Complex* const first = shared_ ? half(rank_) + header() : sent_.data();
  long at = 0;
  for (int r = 0; r < size(); ++r) {
    to_[r] = first + at;
    if (shared_) reinterpret_cast<long*>(half(rank_))[r] = at;
    at += counts[r];
  }
  if (shared_) return;
  send_counts_.assign(counts.begin(), counts.end());
}

void Transpose::exchange(std::span<const long> counts) {
  if (shared_) {
    MPI_Win_sync(window_);
    MPI_Barrier(comm_);
    MPI_Win_sync(window_);
    for (int r = 0; r < size(); ++r) from_[r] = half(r) + header() + reinterpret_cast<const long*>(half(r))[rank_];
    return;
  }
  const Complex* next = received_.data();
  for (int r = 0; r < size(); ++r) {
    from_[r] = r == rank_ ? to_[r] : next;
    if (r != rank_) next += counts[r];
  }
  if (size() == 1) return;
  send_starts_.resize(size());
  receive_counts_.resize(size());
  receive_starts_.resize(size());
  for (int r = 0; r < size(); ++r) {
    const bool stays = r == rank_;
    send_counts_[r] = stays ? 0 : 2 * send_counts_[r];
    send_starts_[r] = 2 * static_cast<int>(to_[r] - sent_.data());
    receive_counts_[r] = stays ? 0 : 2 * static_cast<int>(counts[r]);
    receive_starts_[r] = stays ? 0 : 2 * static_cast<int>(from_[r] - received_.data());
  }
  MPI_Alltoallv(sent_.data(), send_counts_.data(), send_starts_.data(), MPI_DOUBLE, received_.data(),
                receive_counts_.data(), receive_starts_.data(), MPI_DOUBLE, comm_);
}

}  // namespace residua
