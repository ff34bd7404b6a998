#include "solve/tao_callbacks.hpp"

#include <petsc/private/taoimpl.h>

#include "base/error.hpp"

namespace residua {
namespace {

long local_size(Vec vec) {
  PetscInt n = 0;
  if (vec) RESIDUA_PETSC(VecGetLocalSize(vec, &n));
  return n;
}

}  // namespace

TaoCallbacks::TaoCallbacks(const Communicator& comm, Tao tao)
    : Residual(comm, local_size(tao->solution), local_size(tao->ls_res)),
      tao_(tao),
      least_squares_(tao->ops->computeresidual && tao->ops->computeresidualjacobian) {}

void TaoCallbacks::evaluate(Vec u, Vec r) {
  if (!least_squares_) throw Error("this Tao has no least squares residual with its Jacobian");
  RESIDUA_PETSC(TaoComputeResidual(tao_, u, r));
}

Mat TaoCallbacks::jacobian(Vec u) {
  if (!least_squares_) throw Error("this Tao has no least squares residual with its Jacobian");
  RESIDUA_PETSC(TaoComputeResidualJacobian(tao_, u, tao_->ls_jac, tao_->ls_jac_pre));
  return tao_->ls_jac;
}

void TaoCallbacks::jvp(Vec u, Vec v, Vec jv) {
  Mat j = jacobian(u);
  RESIDUA_PETSC(MatMult(j, v, jv));
}

void TaoCallbacks::vjp(Vec u, Vec w, Vec g) {
  Mat j = jacobian(u);
  RESIDUA_PETSC(MatMultTranspose(j, w, g));
}

double TaoCallbacks::loss_gradient(Vec u, Vec g) {
  if (!tao_->ops->computeobjective && !tao_->ops->computeobjectiveandgradient) return Residual::loss_gradient(u, g);
  double f = 0;
  RESIDUA_PETSC(TaoComputeObjectiveAndGradient(tao_, u, &f, g));
  return f;
}

void TaoCallbacks::stream_rows(Vec u, const RowSink& sink) {
  const VecHandle r = make_rows();
  evaluate(u, r);
  Mat j = jacobian(u);
  PetscInt first = 0, last = 0;
  RESIDUA_PETSC(MatGetOwnershipRange(j, &first, &last));
  const VecReader residual(r);
  std::vector<double> row;
  for (PetscInt i = first; i < last; ++i) {
    PetscInt count = 0;
    const PetscInt* columns = nullptr;
    const double* values = nullptr;
    row.assign(static_cast<std::size_t>(unknowns()) + 1, 0.0);
    RESIDUA_PETSC(MatGetRow(j, i, &count, &columns, &values));
    for (PetscInt k = 0; k < count; ++k) row[static_cast<std::size_t>(columns[k])] = values[k];
    RESIDUA_PETSC(MatRestoreRow(j, i, &count, &columns, &values));
    row.back() = residual.span()[static_cast<std::size_t>(i - first)];
    sink({i - first, 1, row.data(), 1});
  }
}

}  // namespace residua
