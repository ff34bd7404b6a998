#include "solve/petsc.hpp"

#include <string>

namespace residua::petsc {
namespace {

std::exception_ptr kept;
std::string message;

PetscErrorCode collect(MPI_Comm, int line, const char* function, const char* file, PetscErrorCode code,
                       PetscErrorType type, const char* text, void*) {
  if (type == PETSC_ERROR_INITIAL) {
    message = std::string(text ? text : "") + " (" + (function ? function : "?") + ", " + (file ? file : "?") + ":" +
              std::to_string(line) + ")";
  }
  return code;
}

}  // namespace

QuietErrors::QuietErrors() { static_cast<void>(PetscPushErrorHandler(collect, nullptr)); }
QuietErrors::~QuietErrors() { static_cast<void>(PetscPopErrorHandler()); }

void raise(PetscErrorCode code, const char* what) {
  if (const std::exception_ptr exception = std::exchange(kept, nullptr)) {
    message.clear();
    std::rethrow_exception(exception);
  }
  const char* generic = nullptr;
  static_cast<void>(PetscErrorMessage(code, &generic, nullptr));
  std::string text = "PETSc error " + std::to_string(static_cast<int>(code));
  if (generic) text += std::string(", ") + generic;
  if (!message.empty()) text += ": " + std::exchange(message, {});
  throw Error(text + "\n  in " + what);
}

PetscErrorCode keep_exception() noexcept {
  kept = std::current_exception();
  const auto report = [](const char* what) {
    return PetscError(PETSC_COMM_SELF, __LINE__, "residua", __FILE__, PETSC_ERR_LIB, PETSC_ERROR_INITIAL, "%s", what);
  };
  try {
    throw;
  } catch (const std::exception& e) {
    return report(e.what());
  } catch (...) {
    return report("an exception of unknown type");
  }
}

}  // namespace residua::petsc
