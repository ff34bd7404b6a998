#include "solve/vec.hpp"

#include <algorithm>

namespace residua {

VecHandle make_vec(const Communicator& comm, long local) {
  VecHandle vec;
  RESIDUA_PETSC(VecCreateMPI(comm.mpi(), static_cast<PetscInt>(local), PETSC_DETERMINE, vec.address()));
  return vec;
}

long even_share(const Communicator& comm, long total) {
  return total / comm.size() + (comm.rank() < total % comm.size() ? 1 : 0);
}

std::vector<double> gather(const Communicator& comm, Vec vec) {
  const VecReader reader(vec);
  if (comm.size() == 1) return {reader.span().begin(), reader.span().end()};
  const PetscInt* first = nullptr;
  RESIDUA_PETSC(VecGetOwnershipRanges(vec, &first));
  std::vector<int> counts, starts;
  for (int rank = 0; rank < comm.size(); ++rank) {
    starts.push_back(static_cast<int>(first[rank]));
    counts.push_back(static_cast<int>(first[rank + 1] - first[rank]));
  }
  std::vector<double> all(static_cast<std::size_t>(first[comm.size()]));
  MPI_Allgatherv(reader.span().data(), static_cast<int>(reader.span().size()), MPI_DOUBLE, all.data(), counts.data(),
                 starts.data(), MPI_DOUBLE, comm.mpi());
  return all;
}

void scatter(std::span<const double> all, Vec vec) {
  PetscInt first = 0;
  RESIDUA_PETSC(VecGetOwnershipRange(vec, &first, nullptr));
  const VecWriter writer(vec);
  std::copy_n(all.begin() + first, writer.span().size(), writer.span().begin());
}

}  // namespace residua
