# residua_version(TARGET): adds base/version.cpp to the target. Version, compiler and flags are known at configuration,
# the git hash is read at every build, so that a commit needs no new configuration; the file changes only with the hash.
function(residua_version target)
  set(compiler "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")
  string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
  get_target_property(options residua_settings INTERFACE_COMPILE_OPTIONS)
  string(JOIN " " flags ${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}} ${options})
  set(file ${PROJECT_BINARY_DIR}/generated/version.cpp)
  add_custom_target(residua_version_file BYPRODUCTS ${file} COMMENT "Version of the source"
    COMMAND ${CMAKE_COMMAND} -DTEMPLATE=${PROJECT_SOURCE_DIR}/src/base/version.cpp.in -DFILE=${file}
      -DSOURCE=${PROJECT_SOURCE_DIR} -DVERSION=${PROJECT_VERSION} -DBUILD_TYPE=${CMAKE_BUILD_TYPE}
      "-DCOMPILER=${compiler}" "-DFLAGS=${flags}" -P ${PROJECT_SOURCE_DIR}/cmake/write_version.cmake VERBATIM)
  add_dependencies(${target} residua_version_file)
  target_sources(${target} PRIVATE ${file})
endfunction()
