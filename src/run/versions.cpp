#include "run/versions.hpp"

#include <dlfcn.h>
#include <fftw3.h>
#include <hdf5.h>
#include <mpi.h>
#include <petscsys.h>

#include <Kokkos_Core.hpp>
#include <climits>
#include <cstdlib>

#include <fmt/format.h>

#include "base/version.hpp"

namespace residua {
namespace {

/// Calls `const char* name()` of a library in the process; empty when there is none.
std::string ask(const char* name) {
  void* const symbol = dlsym(RTLD_DEFAULT, name);
  if (symbol == nullptr) return "";
  const char* const answer = reinterpret_cast<const char* (*)()>(symbol)();
  return answer == nullptr ? "" : answer;
}

std::string file_of(const char* function) {
  void* const symbol = dlsym(RTLD_DEFAULT, function);
  Dl_info info{};
  if (symbol == nullptr || dladdr(symbol, &info) == 0 || info.dli_fname == nullptr) return "";
  char resolved[PATH_MAX];
  return realpath(info.dli_fname, resolved) != nullptr ? resolved : info.dli_fname;
}

std::string mpi_version() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  MPI_Get_library_version(text, &length);
  const std::string whole(text, static_cast<std::size_t>(length));
  return whole.substr(0, whole.find_first_of(",\n"));
}

std::string petsc_version() {
  PetscInt major = 0, minor = 0, subminor = 0, release = 0;
  PetscGetVersionNumber(&major, &minor, &subminor, &release);
  return fmt::format("{}.{}.{}", major, minor, subminor);
}

std::string hdf5_version() {
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return fmt::format("{}.{}.{}", major, minor, release);
}

std::string kokkos_version() {
  return fmt::format("{}.{}.{}", KOKKOS_VERSION / 10000, KOKKOS_VERSION / 100 % 100, KOKKOS_VERSION % 100);
}

std::string kokkos_backends() {
  std::string names = Kokkos::DefaultHostExecutionSpace::name();
  if (const std::string device = Kokkos::DefaultExecutionSpace::name(); device != names) names += ", " + device;
  return names;
}

}  // namespace

Blas blas_in_use() {
  if (const std::string config = ask("openblas_get_config"); !config.empty()) {
    return {fmt::format("{} on {}", config, ask("openblas_get_corename")), false};
  }
  if (const std::string version = ask("bli_info_get_version_str"); !version.empty()) return {"BLIS " + version, false};
  const std::string file = file_of("dgemm_");
  if (dlsym(RTLD_DEFAULT, "MKL_Get_Version_String") != nullptr) return {"Intel MKL, " + file, false};
  // the file name of the reference BLAS, which ATLAS uses too
  const bool reference = file.find("/libblas.so") != std::string::npos && file.find("/atlas/") == std::string::npos;
  return {file.empty() ? "linked statically" : file, reference};
}

std::map<std::string, std::string> versions() {
  return {{"residua", version::number},    {"git", version::git},
          {"compiler", version::compiler}, {"build", version::build_type},
          {"petsc", petsc_version()},      {"mpi", mpi_version()},
          {"kokkos", kokkos_version()},    {"kokkos_backends", kokkos_backends()},
          {"hdf5", hdf5_version()},        {"fftw", fftw_version},
          {"blas", blas_in_use().name}};
}

int host_threads() { return Kokkos::is_initialized() ? Kokkos::DefaultHostExecutionSpace().concurrency() : 1; }

}  // namespace residua
