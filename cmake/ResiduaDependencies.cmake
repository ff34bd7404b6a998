# Finds every dependency and gathers what the library needs in `residua_dependencies`; without Kokkos, for the folders that
# know nothing of it, in `residua_host_dependencies`. A missing one ends the configuration with the Debian package and the
# cluster module to look for. The installed package includes this file too.
find_package(PkgConfig REQUIRED)
include(CheckCXXSourceCompiles)
include(CheckIncludeFileCXX)

function(residua_missing what debian cluster)
  message(FATAL_ERROR "${what} was not found.\n"
    "  Debian 12:  apt-get install ${debian}   (or ./bootstrap.sh deps, which installs everything)\n"
    "  cluster:    ${cluster}\n"
    "  elsewhere:  set CMAKE_PREFIX_PATH or PKG_CONFIG_PATH to where it is")
endfunction()

# A CMake package, or the end.
macro(residua_find_package name version debian)
  find_package(${name} ${version} QUIET)
  if(NOT ${name}_FOUND)
    residua_missing("${name} ${version}" ${debian} "module load or spack load ${name}; it is header-only or quick to build")
  endif()
endmacro()

find_package(MPI COMPONENTS CXX)
if(NOT MPI_CXX_FOUND)
  residua_missing("MPI" "libopenmpi-dev openmpi-bin" "load an MPI module, e.g. module load openmpi, before running cmake")
endif()

# PETSc, real double, by pkg-config (its own name is PETSc, some packagers use petsc).
if(DEFINED ENV{PETSC_DIR})
  set(ENV{PKG_CONFIG_PATH} "$ENV{PETSC_DIR}/$ENV{PETSC_ARCH}/lib/pkgconfig:$ENV{PETSC_DIR}/lib/pkgconfig:$ENV{PKG_CONFIG_PATH}")
endif()
pkg_search_module(PETSC QUIET IMPORTED_TARGET PETSc>=3.18 petsc>=3.18)
if(NOT PETSC_FOUND)
  residua_missing("PETSc >= 3.18" "petsc-dev" "load a PETSc module (real, double) or set PETSC_DIR and PETSC_ARCH")
endif()
set(CMAKE_REQUIRED_LIBRARIES PkgConfig::PETSC MPI::MPI_CXX)
check_cxx_source_compiles("
  #include <petscconf.h>
  #if defined(PETSC_USE_COMPLEX) || !defined(PETSC_USE_REAL_DOUBLE)
  #error not real double
  #endif
  int main() {}" RESIDUA_PETSC_REAL_DOUBLE)
unset(CMAKE_REQUIRED_LIBRARIES)
if(NOT RESIDUA_PETSC_REAL_DOUBLE)
  residua_missing("PETSc with real double scalars (found ${PETSC_PREFIX} ${PETSC_VERSION})" "petsc-dev"
                  "load the real, double precision flavour of the PETSc module")
endif()

# Packagers' flags (hardening, build dates) are not for us: fortification warns in a build without optimisation.
get_target_property(petsc_options PkgConfig::PETSC INTERFACE_COMPILE_OPTIONS)
if(petsc_options)
  list(FILTER petsc_options EXCLUDE REGEX "^-(D_FORTIFY_SOURCE|W|O)")
  set_property(TARGET PkgConfig::PETSC PROPERTY INTERFACE_COMPILE_OPTIONS ${petsc_options})
endif()

# BLAS and LAPACK: the very libraries that PETSc links, so that a process never holds two.
set(blas_libraries)
foreach(name IN LISTS PETSC_STATIC_LIBRARIES)
  if(name MATCHES "^(openblas.*|flexiblas|mkl_.*|blis.*|flame|sci_.*|armpl.*|essl.*|nvpl_.*|lapack|blas|f2clapack|f2cblas)$")
    find_library(RESIDUA_LIBRARY_${name} ${name} HINTS ${PETSC_STATIC_LIBRARY_DIRS})
    if(RESIDUA_LIBRARY_${name})
      list(APPEND blas_libraries ${RESIDUA_LIBRARY_${name}})
    endif()
  endif()
endforeach()
list(REMOVE_DUPLICATES blas_libraries)
if(NOT blas_libraries)
  find_package(LAPACK QUIET)
  if(NOT LAPACK_FOUND)
    residua_missing("BLAS and LAPACK" "libopenblas-serial-dev liblapack-dev" "load the BLAS that PETSc was built with")
  endif()
  set(blas_libraries ${LAPACK_LIBRARIES} ${BLAS_LIBRARIES})
endif()
message(STATUS "BLAS and LAPACK: ${blas_libraries}")

# HDF5 with MPI: the pkg-config name of Debian's flavour first, since FindHDF5 takes the serial one when both are there.
pkg_search_module(HDF5 QUIET IMPORTED_TARGET hdf5-openmpi hdf5-mpich)
if(HDF5_FOUND)
  set(hdf5_target PkgConfig::HDF5)
else()
  set(HDF5_PREFER_PARALLEL ON)
  find_package(HDF5 QUIET COMPONENTS C)
  if(NOT HDF5_FOUND OR NOT HDF5_IS_PARALLEL)
    residua_missing("HDF5 with MPI" "libhdf5-openmpi-dev" "load the parallel flavour, e.g. module load hdf5-parallel")
  endif()
  set(hdf5_target hdf5::hdf5)
endif()

# FFTW in double precision: lines are transformed serially, so its MPI library is not needed.
pkg_search_module(FFTW QUIET IMPORTED_TARGET fftw3)
if(NOT FFTW_FOUND)
  residua_missing("FFTW 3" "libfftw3-dev" "module load fftw")
endif()

# Kokkos: what find_package sees (modules, Spack), then the prefix where cmake/get_kokkos.sh puts it.
if(DEFINED ENV{RESIDUA_DEPS})
  set(deps $ENV{RESIDUA_DEPS})
elseif(DEFINED ENV{XDG_CACHE_HOME})
  set(deps $ENV{XDG_CACHE_HOME}/residua)
else()
  set(deps $ENV{HOME}/.cache/residua)
endif()
if(RESIDUA_CUDA)
  file(GLOB prefixes ${deps}/kokkos-*-${CMAKE_HOST_SYSTEM_PROCESSOR}-cuda-*)
else()
  file(GLOB prefixes ${deps}/kokkos-*-${CMAKE_HOST_SYSTEM_PROCESSOR}-openmp)
endif()
find_package(Kokkos 4.5 QUIET PATHS ${RESIDUA_KOKKOS_DIR} ${prefixes})
if(NOT Kokkos_FOUND)
  residua_missing("Kokkos >= 4.5" "nothing: run cmake/get_kokkos.sh" "module load kokkos or spack load kokkos, else cmake/get_kokkos.sh")
endif()

residua_find_package(tomlplusplus "" libtomlplusplus-dev)
residua_find_package(CLI11 2 libcli11-dev)
residua_find_package(fmt 8 libfmt-dev)
residua_find_package(spdlog 1.9 libspdlog-dev)
residua_find_package(nlohmann_json 3 nlohmann-json3-dev)
find_path(RANDOM123_INCLUDE_DIR Random123/philox.h)
if(NOT RANDOM123_INCLUDE_DIR)
  residua_missing("Random123" librandom123-dev "headers only: unpack a release and set RANDOM123_INCLUDE_DIR")
endif()
if(RESIDUA_TESTS)
  residua_find_package(GTest "" libgtest-dev)
endif()
if(RESIDUA_BENCHMARKS)
  residua_find_package(benchmark "" libbenchmark-dev)
endif()

add_library(residua_host_dependencies INTERFACE)
target_include_directories(residua_host_dependencies SYSTEM INTERFACE ${RANDOM123_INCLUDE_DIR})
target_link_libraries(residua_host_dependencies INTERFACE PkgConfig::PETSC ${blas_libraries} ${hdf5_target} PkgConfig::FFTW
  MPI::MPI_CXX tomlplusplus::tomlplusplus CLI11::CLI11 spdlog::spdlog fmt::fmt nlohmann_json::nlohmann_json)
add_library(residua_dependencies INTERFACE)
target_link_libraries(residua_dependencies INTERFACE residua_host_dependencies Kokkos::kokkos)
if(RESIDUA_CUDA)  # constexpr as needed by the kernels and by fmt 9, which thinks that nvcc has none
  target_compile_options(residua_dependencies INTERFACE -expt-relaxed-constexpr -Xcudafe --diag_suppress=554)
  target_compile_definitions(residua_dependencies INTERFACE FMT_USE_CONSTEXPR=1)
endif()
