#include "solve/vec_dot.hpp"

#include <petsc/private/vecimpl.h>

#include <cmath>
#include <utility>

namespace residua {
namespace {

constexpr const char* key = "residua_dot_product";

PetscErrorCode inner(Vec a, Vec b, PetscScalar* value) {
  return petsc::guarded([&] {
    PetscObject container = nullptr;
    RESIDUA_PETSC(PetscObjectQuery(reinterpret_cast<PetscObject>(a), key, &container));
    void* function = nullptr;
    RESIDUA_PETSC(PetscContainerGetPointer(reinterpret_cast<PetscContainer>(container), &function));
    const VecReader left(a), right(b);
    *value = (*static_cast<const DotProduct*>(function))(left.span(), right.span());
  });
}

PetscErrorCode norm(Vec a, NormType type, PetscReal* value) {
  return petsc::guarded([&] {
    if (type != NORM_2 && type != NORM_FROBENIUS) throw Error("a vector with its own inner product has one norm");
    double square = 0;
    RESIDUA_PETSC(inner(a, a, &square));
    *value = std::sqrt(square);
  });
}

/// y <- y + alpha x
PetscErrorCode axpy(Vec y, PetscScalar alpha, Vec x) {
  return petsc::guarded([&] {
    const VecReader from(x);
    double* to = nullptr;
    RESIDUA_PETSC(VecGetArray(y, &to));
    for (std::size_t i = 0; i < from.span().size(); ++i) to[i] = std::fma(alpha, from.span()[i], to[i]);
    RESIDUA_PETSC(VecRestoreArray(y, &to));
  });
}

}  // namespace

DotProducts each_by(DotProduct dot) {
  return [dot = std::move(dot)](std::span<const DotPair> pairs) {
    std::vector<double> products;
    for (const DotPair& pair : pairs) products.push_back(dot(pair.a, pair.b));
    return products;
  };
}

void set_dot_product(Vec vec, const DotProduct& dot) {
  PetscContainer container = nullptr;
  MPI_Comm comm = MPI_COMM_NULL;
  RESIDUA_PETSC(PetscObjectGetComm(reinterpret_cast<PetscObject>(vec), &comm));
  RESIDUA_PETSC(PetscContainerCreate(comm, &container));
  RESIDUA_PETSC(PetscContainerSetPointer(container, const_cast<DotProduct*>(&dot)));
  RESIDUA_PETSC(PetscObjectCompose(reinterpret_cast<PetscObject>(vec), key, reinterpret_cast<PetscObject>(container)));
  RESIDUA_PETSC(PetscContainerDestroy(&container));
  vec->ops->dot = inner;
  vec->ops->tdot = inner;
  vec->ops->norm = norm;
  vec->ops->axpy = axpy;
}

}  // namespace residua
