// residua report RUNDIR [--movie FIELD]
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/error.hpp"
#include "command.hpp"
#include "session.hpp"

namespace residua::app {
namespace {

namespace fs = std::filesystem;

/// In the tree of the build and in that of the installation alike.
fs::path script() {
  const fs::path path = fs::read_symlink("/proc/self/exe").parent_path() / "../share/residua/residua_report.py";
  if (!fs::exists(path)) throw Error(fmt::format("the report script is missing: {}", path.lexically_normal().string()));
  return path.lexically_normal();
}

/// Runs a program found on PATH, in silence or not; its exit code, or -1 when there is no such program.
int execute(const std::vector<std::string>& arguments, bool silent) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    if (silent && std::freopen("/dev/null", "w", stderr) == nullptr) _exit(127);
    execvp(pointers[0], pointers.data());
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) < 0) return -1;
  return WIFEXITED(status) && WEXITSTATUS(status) != 127 ? WEXITSTATUS(status) : -1;
}

/// The first Python that has what the report needs: the one on PATH may be another than the system's.
std::string python() {
  for (const std::string candidate : {"python3", "/usr/bin/python3"}) {
    if (execute({candidate, "-c", "import h5py, matplotlib, numpy"}, true) == 0) return candidate;
  }
  throw Error(
      "the report needs Python 3 with h5py and matplotlib, which neither python3 nor /usr/bin/python3 has\n"
      "  Debian: apt-get install python3-h5py python3-matplotlib\n"
      "  else:   pip install h5py matplotlib");
}

}  // namespace

void add_report(CLI::App& app, Command& command) {
  auto* report =
      app.add_subcommand("report", "Write report.html for a run directory: one page with plots, to keep or to send");
  struct Arguments {
    std::string directory, movie;
  };
  const auto arguments = std::make_shared<Arguments>();
  report->add_option("rundir", arguments->directory, "The directory of a run")->required()->type_name("RUNDIR");
  report->add_option("--movie", arguments->movie, "Write movie_FIELD.gif of the run's frames instead")
      ->type_name("FIELD");
  report->callback([arguments, &command] {
    command.execute = [arguments] {
      return alone([&] {
        const auto& [directory, movie] = *arguments;
        if (!fs::exists(fs::path(directory) / "resolved.toml")) {
          throw InputError(fmt::format("{} is not the directory of a run: it has no resolved.toml", directory));
        }
        std::vector<std::string> words = {python(), script().string(), directory};
        if (!movie.empty()) words.insert(words.end(), {"--movie", movie});
        const int code = execute(words, false);
        if (code != 0) throw Error("the report was not written: see above");
        return 0;
      });
    };
  });
}

}  // namespace residua::app
