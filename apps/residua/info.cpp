// residua info
#include <fmt/format.h>
#include <hdf5.h>
#include <petscsys.h>

#include <Kokkos_Core.hpp>
#include <array>
#include <cstdio>

#include "base/log.hpp"
#include "base/version.hpp"
#include "command.hpp"
#include "run/case.hpp"
#include "run/versions.hpp"
#include "session.hpp"
#include "solve/petsc.hpp"

namespace residua::app {
namespace {

void row(const std::string& name, const std::string& text) { fmt::print("{:<10} {}\n", name, text); }

/// Those of the solver packages we know of that this PETSc was built with.
std::string petsc_packages() {
  constexpr std::array packages{"mumps",       "superlu_dist", "scalapack", "hypre",  "ml",
                                "suitesparse", "ptscotch",     "fftw",      "kokkos", "cuda"};
  std::string text;
  for (const char* package : packages) {
    PetscBool has = PETSC_FALSE;
    RESIDUA_PETSC(PetscHasExternalPackage(package, &has));
    if (has == PETSC_TRUE) text += (text.empty() ? "" : ", ") + std::string(package);
  }
  return text.empty() ? "no external packages" : "with " + text;
}

std::string mpi_threads() {
  int level = 0;
  MPI_Query_thread(&level);
  if (level == MPI_THREAD_SINGLE) return "SINGLE";
  if (level == MPI_THREAD_FUNNELED) return "FUNNELED";
  return level == MPI_THREAD_SERIALIZED ? "SERIALIZED" : "MULTIPLE";
}

/// Where the kernels run.
std::string kokkos_device() {
  const bool on_device = !std::is_same_v<Kokkos::DefaultExecutionSpace, Kokkos::DefaultHostExecutionSpace>;
  return on_device ? "kernels on the device" : "kernels on the host";
}

void print(const Communicator& world) {
  const auto used = versions();
  row("Residua", fmt::format("{} ({}), {}, {}, {}", version::number, version::git, version::compiler,
                             version::build_type, version::flags));
  row("PETSc",
      fmt::format("{}, real double, {}-bit indices, {}", used.at("petsc"), 8 * sizeof(PetscInt), petsc_packages()));
  row("MPI", fmt::format("{}, MPI_THREAD_{}", used.at("mpi"), mpi_threads()));
  row("Kokkos", fmt::format("{}, {}, {}", used.at("kokkos"), used.at("kokkos_backends"), kokkos_device()));
  row("HDF5", fmt::format("{}, parallel", used.at("hdf5")));
  row("FFTW", used.at("fftw"));
  row("BLAS", used.at("blas"));
  row("ranks", std::to_string(world.size()));
  row("threads", fmt::format("{} for each rank (OMP_NUM_THREADS)", host_threads()));
  std::string kinds;
  for (const CaseKind& kind : case_kinds()) kinds += (kinds.empty() ? "" : ", ") + kind.name;
  row("cases", kinds);
  std::fflush(stdout);
  if (blas_in_use().reference) {
    log().warn("this is the reference BLAS, many times slower than an optimised one: install or load OpenBLAS");
  }
}

}  // namespace

void add_info(CLI::App& app, Command& command) {
  auto* info = app.add_subcommand("info", "Print versions, ranks and threads, and what the libraries in use can do");
  info->callback([&command] {
    command.execute = [] {
      return in_session({}, [](const Communicator& world) {
        if (world.root()) print(world);
        return 0;
      });
    };
  });
}

}  // namespace residua::app
