// Under which libraries a sub-command runs, and how its failures become exit codes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/communicator.hpp"

namespace residua::app {

/// Runs `work` on all ranks with MPI, PETSc and Kokkos up, and takes them down. PETSc gets `petsc_options` and the
/// environment's PETSC_OPTIONS, no file; those that nothing asked for are reported. Returns the exit code.
int in_session(const std::vector<std::string>& petsc_options, const std::function<int(const Communicator&)>& work);

/// Runs `work` on the first process alone, without MPI. Returns the exit code.
int alone(const std::function<int()>& work);

/// True for one process of a parallel launch, before MPI is up: what every process would print, it prints.
bool first_process();

}  // namespace residua::app
