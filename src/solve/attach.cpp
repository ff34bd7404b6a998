#include "solve/attach.hpp"

#include <string>

#include "solve/jacobian.hpp"

namespace residua {
namespace {

constexpr const char* key = "residua_residual";

Residual& from(void* context) { return *static_cast<Residual*>(context); }

/// The Jacobian's point, or its entries.
void set_jacobian(Residual& residual, Vec u, Mat matrix) {
  PetscBool shell = PETSC_FALSE;
  RESIDUA_PETSC(PetscObjectTypeCompare(reinterpret_cast<PetscObject>(matrix), MATSHELL, &shell));
  if (shell) {
    set_jacobian_point(matrix, u);
  } else {
    fill_jacobian_dense(residual, u, matrix);
  }
}

PetscErrorCode tao_residual(Tao, Vec u, Vec r, void* context) {
  return petsc::guarded([&] { from(context).evaluate(u, r); });
}

PetscErrorCode tao_jacobian(Tao, Vec u, Mat matrix, Mat, void* context) {
  return petsc::guarded([&] { set_jacobian(from(context), u, matrix); });
}

/// A value that is not finite because of a failure in the residual ends the solve with that failure.
double checked(Residual& residual, double f) {
  if (PetscIsInfOrNanReal(f)) residual.raise_failure();
  return f;
}

PetscErrorCode tao_objective(Tao, Vec u, PetscReal* f, void* context) {
  return petsc::guarded([&] {
    Residual& residual = from(context);
    const VecHandle r = residual.make_rows();
    residual.evaluate(u, r);
    *f = checked(residual, residual.half_squares(r));
  });
}

PetscErrorCode tao_objective_gradient(Tao, Vec u, PetscReal* f, Vec g, void* context) {
  return petsc::guarded([&] { *f = checked(from(context), from(context).loss_gradient(u, g)); });
}

PetscErrorCode tao_gradient(Tao, Vec u, Vec g, void* context) {
  return petsc::guarded([&] { checked(from(context), from(context).loss_gradient(u, g)); });
}

PetscErrorCode snes_function(SNES, Vec u, Vec r, void* context) {
  return petsc::guarded([&] { from(context).evaluate(u, r); });
}

PetscErrorCode snes_jacobian(SNES, Vec u, Mat matrix, Mat, void* context) {
  return petsc::guarded([&] { set_jacobian(from(context), u, matrix); });
}

MatHandle make_jacobian(Residual& residual, PetscObject solver, JacobianForm form) {
  const char* forms[] = {"shell", "dense"};
  const char* prefix = nullptr;
  PetscOptions options = nullptr;
  PetscInt choice = form == JacobianForm::dense ? 1 : 0;
  RESIDUA_PETSC(PetscObjectGetOptionsPrefix(solver, &prefix));
  RESIDUA_PETSC(PetscObjectGetOptions(solver, &options));
  RESIDUA_PETSC(PetscOptionsGetEList(options, prefix, "-residua_jacobian", forms, 2, &choice, nullptr));
  return choice == 1 ? make_jacobian_dense(residual) : make_jacobian_shell(residual);
}

}  // namespace

void attach(Tao tao, Residual& residual, JacobianForm form) {
  const MatHandle jacobian = make_jacobian(residual, reinterpret_cast<PetscObject>(tao), form);
  const VecHandle r = residual.make_rows();
  RESIDUA_PETSC(TaoSetResidualRoutine(tao, r, tao_residual, &residual));
  RESIDUA_PETSC(TaoSetJacobianResidualRoutine(tao, jacobian, jacobian, tao_jacobian, &residual));
  RESIDUA_PETSC(TaoSetObjective(tao, tao_objective, &residual));
  RESIDUA_PETSC(TaoSetGradient(tao, nullptr, tao_gradient, &residual));
  RESIDUA_PETSC(TaoSetObjectiveAndGradient(tao, nullptr, tao_objective_gradient, &residual));
  Handle<PetscContainer, PetscContainerDestroy> container;
  RESIDUA_PETSC(PetscContainerCreate(residual.communicator().mpi(), container.address()));
  RESIDUA_PETSC(PetscContainerSetPointer(container, &residual));
  RESIDUA_PETSC(
      PetscObjectCompose(reinterpret_cast<PetscObject>(tao), key, reinterpret_cast<PetscObject>(container.get())));
}

void attach(SNES snes, Residual& residual, JacobianForm form) {
  if (residual.rows() != residual.unknowns()) {
    throw Error("SNES needs as many equations as unknowns: there are " + std::to_string(residual.rows()) + " and " +
                std::to_string(residual.unknowns()));
  }
  const MatHandle jacobian = make_jacobian(residual, reinterpret_cast<PetscObject>(snes), form);
  const VecHandle r = residual.make_rows();
  RESIDUA_PETSC(SNESSetFunction(snes, r, snes_function, &residual));
  RESIDUA_PETSC(SNESSetJacobian(snes, jacobian, jacobian, snes_jacobian, &residual));
}

Residual* attached_residual(Tao tao) {
  PetscObject found = nullptr;
  RESIDUA_PETSC(PetscObjectQuery(reinterpret_cast<PetscObject>(tao), key, &found));
  if (!found) return nullptr;
  void* pointer = nullptr;
  RESIDUA_PETSC(PetscContainerGetPointer(reinterpret_cast<PetscContainer>(found), &pointer));
  return static_cast<Residual*>(pointer);
}

}  // namespace residua
