#include "solve/vec.hpp"

#include <algorithm>

namespace residua {

VecHandle make_vec(const Communicator& comm, long local) {
  VecHandle vec;
  RESIDUA_PETSC(VecCreateMPI(comm.mpi(), static_cast<PetscInt>(local), PETSC_DETERMINE, vec.address()));
  return vec;
}

std::vector<double> gather(const Communicator& comm, Vec vec) {
  const VecReader reader(vec);
  if (comm.size() == 1) return {reader.span().begin(), reader.span().end()};
  return comm.gather(reader.span());
}

void scatter(std::span<const double> all, Vec vec) {
  PetscInt first = 0;
  RESIDUA_PETSC(VecGetOwnershipRange(vec, &first, nullptr));
  const VecWriter writer(vec);
  std::copy_n(all.begin() + first, writer.span().size(), writer.span().begin());
}

}  // namespace residua
