// The sub-commands. Each adds itself to the command line, and says in `Command` what is to be done when it was chosen.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

namespace residua::app {

struct Command {
  std::vector<std::string> petsc_options;  ///< what follows `--` on the command line
  bool takes_petsc_options = false;        ///< set by the sub-command that was chosen
  std::function<int()> execute;            ///< set by the sub-command that was chosen; returns the exit code
};

void add_run(CLI::App& app, Command& command);
void add_check(CLI::App& app, Command& command);
void add_schema(CLI::App& app, Command& command);
void add_info(CLI::App& app, Command& command);
void add_report(CLI::App& app, Command& command);

/// Adds `DECK [key=value ...]` to a sub-command.
void add_deck_arguments(CLI::App& subcommand, std::string& deck, std::vector<std::string>& overrides);

}  // namespace residua::app
