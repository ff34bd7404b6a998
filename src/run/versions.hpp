// The versions of Residua and of the libraries in use, found at run time where that can differ from the build.
#pragma once

#include <map>
#include <string>

namespace residua {

/// The BLAS that calls reach in this process.
struct Blas {
  std::string name;        ///< "OpenBLAS 0.3.21 ... SkylakeX" or the file it comes from
  bool reference = false;  ///< the slow reference implementation
};
Blas blas_in_use();

/// Keys: residua, git, compiler, build, petsc, mpi, kokkos, kokkos_backends, hdf5, fftw, blas.
std::map<std::string, std::string> versions();

/// Threads of one rank in Kokkos kernels on the host; 1 before Kokkos is initialised.
int host_threads();

}  // namespace residua
