# cmake --install: the library, its headers, the command, and what find_package(residua) and pkg-config need.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/residua)

install(TARGETS residua_lib EXPORT residuaTargets)
if(TARGET residua)
  install(TARGETS residua)
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/src/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/residua FILES_MATCHING PATTERN "*.hpp")
install(EXPORT residuaTargets NAMESPACE residua:: DESTINATION ${package_dir})

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/residuaConfig.cmake.in ${PROJECT_BINARY_DIR}/residuaConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/residuaConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/residuaConfig.cmake ${PROJECT_BINARY_DIR}/residuaConfigVersion.cmake
              ${PROJECT_SOURCE_DIR}/cmake/ResiduaDependencies.cmake DESTINATION ${package_dir})

# pkg-config: dependencies that have a .pc file are required by name, the others are spelled out. The prefix is that of
# the file's own place, so that an installed tree can be moved.
set(pc_requires ${PETSC_MODULE_NAME} ${HDF5_MODULE_NAME} fftw3 tomlplusplus fmt spdlog nlohmann_json)
set(pc_cflags -std=c++20 ${OpenMP_CXX_FLAGS} -I${RANDOM123_INCLUDE_DIR})
foreach(directory IN LISTS MPI_CXX_INCLUDE_DIRS)
  list(APPEND pc_cflags -I${directory})
endforeach()
get_target_property(directories Kokkos::kokkoscore INTERFACE_INCLUDE_DIRECTORIES)
foreach(directory IN LISTS directories)
  list(APPEND pc_cflags -I${directory})
endforeach()
set(pc_libs ${OpenMP_CXX_FLAGS} -L$<TARGET_FILE_DIR:Kokkos::kokkoscore> -Wl,-rpath,$<TARGET_FILE_DIR:Kokkos::kokkoscore>
            -lkokkoscontainers -lkokkoscore)
if(NOT HDF5_MODULE_NAME)
  list(APPEND pc_libs ${HDF5_LIBRARIES})
endif()
list(APPEND pc_libs ${blas_libraries} ${MPI_CXX_LIBRARIES})
list(JOIN pc_requires " " pc_requires)
list(JOIN pc_cflags " " pc_cflags)
list(JOIN pc_libs " " pc_libs)
file(RELATIVE_PATH pc_up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${PROJECT_SOURCE_DIR}/cmake/residua.pc.in ${PROJECT_BINARY_DIR}/residua.pc.in @ONLY)
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/residua.pc INPUT ${PROJECT_BINARY_DIR}/residua.pc.in)
install(FILES ${PROJECT_BINARY_DIR}/residua.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
