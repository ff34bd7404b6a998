#include "base/communicator.hpp"

#include <numeric>

#include "base/error.hpp"

namespace residua {
namespace {

void check(int code, const char* call) {
  if (code != MPI_SUCCESS) throw Error(std::string(call) + " failed");
}

template <typename T>
T reduced(T value, MPI_Datatype type, MPI_Op operation, MPI_Comm comm) {
  check(MPI_Allreduce(MPI_IN_PLACE, &value, 1, type, operation, comm), "MPI_Allreduce");
  return value;
}

}  // namespace

Communicator::Communicator(MPI_Comm comm) : comm_(comm) {
  check(MPI_Comm_rank(comm, &rank_), "MPI_Comm_rank");
  check(MPI_Comm_size(comm, &size_), "MPI_Comm_size");
}

void Communicator::sum(std::span<double> values) const {
  if (size_ == 1) return;
  check(MPI_Allreduce(MPI_IN_PLACE, values.data(), static_cast<int>(values.size()), MPI_DOUBLE, MPI_SUM, comm_),
        "MPI_Allreduce");
}

double Communicator::sum(double value) const { return reduced(value, MPI_DOUBLE, MPI_SUM, comm_); }
long Communicator::sum(long value) const { return reduced(value, MPI_LONG, MPI_SUM, comm_); }
double Communicator::max(double value) const { return reduced(value, MPI_DOUBLE, MPI_MAX, comm_); }
double Communicator::min(double value) const { return reduced(value, MPI_DOUBLE, MPI_MIN, comm_); }

bool Communicator::any(bool value) const { return reduced(value ? 1 : 0, MPI_INT, MPI_LOR, comm_) != 0; }

bool Communicator::all(bool value) const { return reduced(value ? 1 : 0, MPI_INT, MPI_LAND, comm_) != 0; }

std::string Communicator::broadcast(std::string text, int root) const {
  long length = static_cast<long>(text.size());
  check(MPI_Bcast(&length, 1, MPI_LONG, root, comm_), "MPI_Bcast");
  text.resize(static_cast<std::size_t>(length));
  check(MPI_Bcast(text.data(), static_cast<int>(length), MPI_CHAR, root, comm_), "MPI_Bcast");
  return text;
}

void Communicator::broadcast(std::span<double> values, int root) const {
  check(MPI_Bcast(values.data(), static_cast<int>(values.size()), MPI_DOUBLE, root, comm_), "MPI_Bcast");
}

bool Communicator::broadcast_flag(bool value, int root) const {
  int flag = value ? 1 : 0;
  check(MPI_Bcast(&flag, 1, MPI_INT, root, comm_), "MPI_Bcast");
  return flag != 0;
}

std::vector<double> Communicator::gather(std::span<const double> part) const {
  const int count = static_cast<int>(part.size());
  std::vector<int> counts(size_);
  check(MPI_Allgather(&count, 1, MPI_INT, counts.data(), 1, MPI_INT, comm_), "MPI_Allgather");
  std::vector<int> offsets(size_);
  std::exclusive_scan(counts.begin(), counts.end(), offsets.begin(), 0);
  std::vector<double> all(static_cast<std::size_t>(offsets.back() + counts.back()));
  check(MPI_Allgatherv(part.data(), count, MPI_DOUBLE, all.data(), counts.data(), offsets.data(), MPI_DOUBLE, comm_),
        "MPI_Allgatherv");
  return all;
}

void Communicator::barrier() const { check(MPI_Barrier(comm_), "MPI_Barrier"); }

}  // namespace residua
