#include "session.hpp"

#include <petscsys.h>

#include <Kokkos_Core.hpp>
#include <algorithm>
#include <cstdlib>

#include "base/error.hpp"
#include "base/log.hpp"
#include "run/outcome.hpp"
#include "solve/petsc.hpp"

namespace residua::app {
namespace {

/// MPI, PETSc and Kokkos, each for the life of this object.
class Session {
 public:
  explicit Session(std::vector<std::string> arguments) : arguments_(std::move(arguments)) {
    for (std::string& argument : arguments_) pointers_.push_back(argument.data());
    pointers_.push_back(nullptr);
    int count = static_cast<int>(arguments_.size());
    char** values = pointers_.data();
    int provided = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
    if (PetscInitialize(&count, &values, nullptr, nullptr) != 0) throw Error("PETSc did not start: see above");
    Kokkos::initialize(Kokkos::InitializationSettings().set_disable_warnings(true));
  }
  ~Session() {
    Kokkos::finalize();
    static_cast<void>(PetscFinalize());
    MPI_Finalize();
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

 private:
  std::vector<std::string> arguments_;
  std::vector<char*> pointers_;
};

/// PETSc keeps quiet about unused options at its end, since they are reported here.
void report_unused_options() {
  PetscInt count = 0;
  char **names = nullptr, **values = nullptr;
  RESIDUA_PETSC(PetscOptionsLeftGet(nullptr, &count, &names, &values));
  for (PetscInt i = 0; i < count; ++i) {
    const std::string name = names[i];
    if (name != "options_left") log().warn("PETSc option -{} was not used", name);
  }
  RESIDUA_PETSC(PetscOptionsLeftRestore(nullptr, &count, &names, &values));
}

}  // namespace

int in_session(const std::vector<std::string>& petsc_options, const std::function<int(const Communicator&)>& work) {
  std::vector<std::string> arguments{"residua", "-skip_petscrc", "-no_signal_handler", "-options_left", "no"};
  arguments.insert(arguments.end(), petsc_options.begin(), petsc_options.end());
  const Session session(std::move(arguments));
  const Communicator world;
  start_log(world);
  return end_together(world, [&] {
    const int code = work(world);
    if (!petsc_options.empty()) report_unused_options();
    return code;
  });
}

int alone(const std::function<int()>& work) {
  if (!first_process()) return 0;
  try {
    return work();
  } catch (const InputError& error) {
    log().error("{}", error.what());
    return 2;
  } catch (const std::exception& error) {
    log().error("{}", error.what());
    return 1;
  }
}

bool first_process() {
  constexpr const char* variables[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"};
  const auto elsewhere = [](const char* variable) {
    const char* value = std::getenv(variable);
    return value != nullptr && std::string(value) != "0";
  };
  return std::ranges::none_of(variables, elsewhere);
}

}  // namespace residua::app
