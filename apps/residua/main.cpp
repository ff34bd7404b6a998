// The command `residua`.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "base/version.hpp"
#include "cases.hpp"
#include "command.hpp"
#include "session.hpp"

namespace {

constexpr int usage_error = 2;

/// The exit code is the first process's alone: another that failed before it would have it killed before it has spoken.
int refuse(const char* message) {
  if (!residua::app::first_process()) return 0;
  std::fprintf(stderr, "%s\n", message);
  return usage_error;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace residua::app;
  register_cases();

  char** const end =
      std::find_if(argv, argv + argc, [](const char* argument) { return std::strcmp(argument, "--") == 0; });
  Command command;
  if (end != argv + argc) command.petsc_options.assign(end + 1, argv + argc);

  CLI::App app("Solves what a deck describes: everything is a residual, driven to zero by PETSc.", "residua");
  app.footer(
      "Runs alone or under mpirun or srun. Exit codes: 0 done, 1 the run failed or was stopped, 2 bad usage or deck.\n"
      "What follows -- goes to PETSc.");
  app.set_version_flag("--version",
                       std::string("residua ") + residua::version::number + " (" + residua::version::git + ")");
  app.require_subcommand(1);
  add_run(app, command);
  add_check(app, command);
  add_schema(app, command);
  add_info(app, command);
  add_report(app, command);
  try {
    app.parse(static_cast<int>(end - argv), argv);
  } catch (const CLI::ParseError& error) {
    if (!first_process()) return 0;
    app.exit(error);
    return error.get_exit_code() == 0 ? 0 : usage_error;
  }
  if (!command.petsc_options.empty()) {
    if (!command.takes_petsc_options) return refuse("only `residua run` takes PETSc options after --");
    if (command.petsc_options[0].rfind('-', 0) != 0) {
      return refuse("what follows -- is for PETSc and begins with an option, as in -- -tao_monitor");
    }
  }
  return command.execute();
}
