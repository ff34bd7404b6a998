// residua run DECK [--output DIR] [--fresh] [key=value ...] [-- PETSc options]
#include <memory>

#include "command.hpp"
#include "run/driver.hpp"
#include "session.hpp"

namespace residua::app {

void add_deck_arguments(CLI::App& subcommand, std::string& deck, std::vector<std::string>& overrides) {
  subcommand.add_option("deck", deck, "The deck, a TOML file")->required()->type_name("DECK");
  const CLI::Validator has_value(
      [](std::string& argument) {
        const auto equals = argument.find('=');
        const bool good = equals != std::string::npos && equals > 0;
        return good ? std::string() : "`" + argument + "` is not of the form key=value";
      },
      "");
  subcommand
      .add_option("overrides", overrides, "Deck keys by their dotted names, each with a value to replace the deck's")
      ->check(has_value)
      ->type_name("key=value ...");
}

void add_run(CLI::App& app, Command& command) {
  auto* run = app.add_subcommand("run", "Run a deck, or go on with a run that was stopped");
  const auto request = std::make_shared<RunRequest>();
  add_deck_arguments(*run, request->deck, request->overrides);
  run->add_option("-o,--output", request->output,
                  "Directory of the run, by default runs/<deck>-<date>. One that holds a stopped run of the same deck "
                  "is continued from its newest checkpoint")
      ->type_name("DIR");
  run->add_flag("--fresh", request->fresh, "Remove an earlier run from the directory and start again");
  run->footer("Signals: SIGUSR1 saves a checkpoint; SIGTERM and SIGINT save one and stop, with exit code 1.");
  run->callback([request, &command] {
    command.takes_petsc_options = true;
    command.execute = [request, &command] {
      return in_session(command.petsc_options, [&](const Communicator& world) { return run_deck(*request, world); });
    };
  });
}

}  // namespace residua::app
