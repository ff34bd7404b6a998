#include "solve/jacobian.hpp"

#include <algorithm>
#include <memory>

namespace residua {
namespace {

struct Shell {
  Residual& residual;
  VecHandle u;
};

Shell& shell_of(Mat matrix) {
  void* pointer = nullptr;
  RESIDUA_PETSC(MatShellGetContext(matrix, &pointer));
  return *static_cast<Shell*>(pointer);
}

PetscErrorCode multiply(Mat matrix, Vec v, Vec y) {
  return petsc::guarded([&] {
    const Shell& shell = shell_of(matrix);
    shell.residual.jvp(shell.u, v, y);
  });
}

PetscErrorCode multiply_transposed(Mat matrix, Vec w, Vec g) {
  return petsc::guarded([&] {
    const Shell& shell = shell_of(matrix);
    shell.residual.vjp(shell.u, w, g);
  });
}

PetscErrorCode destroy(Mat matrix) {
  return petsc::guarded([&] { std::unique_ptr<Shell>(&shell_of(matrix)).reset(); });
}

}  // namespace

MatHandle make_jacobian_shell(Residual& residual) {
  auto shell = std::make_unique<Shell>(Shell{residual, residual.make_unknowns()});
  MatHandle matrix;
  RESIDUA_PETSC(MatCreateShell(residual.communicator().mpi(), static_cast<PetscInt>(residual.local_rows()),
                               static_cast<PetscInt>(residual.local_unknowns()), PETSC_DETERMINE, PETSC_DETERMINE,
                               shell.get(), matrix.address()));
  RESIDUA_PETSC(MatShellSetOperation(matrix, MATOP_DESTROY, reinterpret_cast<petsc::Operation>(destroy)));
  static_cast<void>(shell.release());
  RESIDUA_PETSC(MatShellSetOperation(matrix, MATOP_MULT, reinterpret_cast<petsc::Operation>(multiply)));
  RESIDUA_PETSC(
      MatShellSetOperation(matrix, MATOP_MULT_TRANSPOSE, reinterpret_cast<petsc::Operation>(multiply_transposed)));
  RESIDUA_PETSC(MatSetUp(matrix));
  return matrix;
}

void set_jacobian_point(Mat shell, Vec u) {
  RESIDUA_PETSC(VecCopy(u, shell_of(shell).u));
  RESIDUA_PETSC(MatAssemblyBegin(shell, MAT_FINAL_ASSEMBLY));  // tells PETSc that the matrix has changed
  RESIDUA_PETSC(MatAssemblyEnd(shell, MAT_FINAL_ASSEMBLY));
}

MatHandle make_jacobian_dense(const Residual& residual) {
  MatHandle matrix;
  RESIDUA_PETSC(MatCreateDense(residual.communicator().mpi(), static_cast<PetscInt>(residual.local_rows()),
                               static_cast<PetscInt>(residual.local_unknowns()), PETSC_DETERMINE, PETSC_DETERMINE,
                               nullptr, matrix.address()));
  return matrix;
}

void fill_jacobian_dense(Residual& residual, Vec u, Mat dense) {
  PetscInt ld = 0;
  double* data = nullptr;
  RESIDUA_PETSC(MatDenseGetLDA(dense, &ld));
  RESIDUA_PETSC(MatDenseGetArrayWrite(dense, &data));
  const long n = residual.unknowns();
  if (residual.has_rows()) {
    residual.stream_rows(u, [&](const RowChunk& chunk) {
      for (long j = 0; j < n; ++j) std::copy_n(chunk.data + j * chunk.ld, chunk.count, data + j * ld + chunk.first);
    });
  } else {
    const VecHandle unit = residual.make_unknowns(), column = residual.make_rows();
    for (long j = 0; j < n; ++j) {
      RESIDUA_PETSC(VecZeroEntries(unit));
      if (residual.communicator().root()) {
        RESIDUA_PETSC(VecSetValue(unit, static_cast<PetscInt>(j), 1.0, INSERT_VALUES));
      }
      RESIDUA_PETSC(VecAssemblyBegin(unit));
      RESIDUA_PETSC(VecAssemblyEnd(unit));
      residual.jvp(u, unit, column);
      const VecReader reader(column);
      std::copy(reader.span().begin(), reader.span().end(), data + j * ld);
    }
  }
  RESIDUA_PETSC(MatDenseRestoreArrayWrite(dense, &data));
  RESIDUA_PETSC(MatAssemblyBegin(dense, MAT_FINAL_ASSEMBLY));
  RESIDUA_PETSC(MatAssemblyEnd(dense, MAT_FINAL_ASSEMBLY));
}

}  // namespace residua
