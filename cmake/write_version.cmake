# Run at build time by ResiduaVersion.cmake.
set(GIT_HASH "unknown")
find_program(GIT git)
if(GIT)
  execute_process(COMMAND ${GIT} describe --always --dirty --abbrev=12 WORKING_DIRECTORY ${SOURCE}
                  OUTPUT_VARIABLE hash OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed)
    set(GIT_HASH ${hash})
  endif()
endif()
configure_file(${TEMPLATE} ${FILE} @ONLY)
