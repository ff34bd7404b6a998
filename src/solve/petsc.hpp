// PETSc and C++: errors become exceptions outside of PETSc, exceptions become errors inside its callbacks, and the
// differences between PETSc versions end here.
#pragma once

#include <petscsys.h>

#include <exception>
#include <utility>

#include "base/error.hpp"

#if PETSC_VERSION_LT(3, 19, 0) && !defined(PETSC_SUCCESS)
#define PETSC_SUCCESS 0
#endif

/// Calls PETSc. When it reports an error: throws what a callback threw (see `guarded`), or else an Error with PETSc's
/// own message. Not collective: the ranks that saw no error go on.
#define RESIDUA_PETSC(call) ::residua::petsc::invoke([&] { return (call); }, #call)

namespace residua::petsc {

/// What MatShellSetOperation takes.
#if PETSC_VERSION_LT(3, 24, 0)
using Operation = void (*)();
#else
using Operation = PetscErrorCodeFn*;
#endif

/// Collects PETSc's message in place of its printing a traceback, as long as this object lives.
class QuietErrors {
 public:
  QuietErrors();
  ~QuietErrors();
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;
};

/// Throws the kept exception, or an Error that names `what` and holds the collected message.
[[noreturn]] void raise(PetscErrorCode code, const char* what);

/// Keeps the exception being handled for `raise`, and reports it to PETSc's error handler, whose code it returns.
PetscErrorCode keep_exception() noexcept;

template <class Call>
void invoke(Call&& call, const char* what) {
  PetscErrorCode code;
  {
    const QuietErrors quiet;
    code = call();
  }
  if (code != PETSC_SUCCESS) raise(code, what);
}

/// The body of every callback: `return guarded([&] { ... });`
template <class Body>
PetscErrorCode guarded(Body&& body) noexcept {
  try {
    body();
    return PETSC_SUCCESS;
  } catch (...) {
    return keep_exception();
  }
}

}  // namespace residua::petsc
