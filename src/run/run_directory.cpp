#include "run/run_directory.hpp"

#include <array>
#include <chrono>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/error.hpp"
#include "io/file.hpp"

namespace residua {
namespace fs = std::filesystem;

RunDirectory RunDirectory::fresh_name(const std::string& deck_file, const Communicator& communicator) {
  return RunDirectory(text_from_root(communicator, [&] {
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    const std::string name =
        fmt::format("runs/{}-{:%Y%m%d-%H%M%S}", fs::path(deck_file).stem().string(), fmt::localtime(now));
    std::string free = name;
    for (int i = 2; fs::exists(free); ++i) free = fmt::format("{}-{}", name, i);
    return free;
  }));
}

RunDirectory::State RunDirectory::inspect(const std::string& fingerprint, bool replace) const {
  if (!fs::exists(path_)) return State::vacant;
  if (!fs::is_directory(path_))
    throw InputError(fmt::format("{} is not a directory: give another --output", path_.string()));
  if (fs::is_empty(path_)) return State::vacant;
  if (!fs::exists(path_ / "resolved.toml")) {
    throw InputError(fmt::format("{} holds files that are not of a run: give another --output", path_.string()));
  }
  if (!replace && fingerprint_of(read_file(path_ / "resolved.toml")) != fingerprint) {
    throw InputError(
        fmt::format("{} holds a run of another deck (see {}): give another --output, or --fresh to remove that "
                    "run and start again",
                    path_.string(), (path_ / "resolved.toml").string()));
  }
  return fs::exists(path_ / "summary.json") ? State::finished : State::unfinished;
}

void RunDirectory::prepare(const ReadyDeck& deck, bool replace) const {
  fs::create_directories(path_);
  if (replace) {
    constexpr std::array written{"summary.json", "history.csv", "fields.h5", "fields.xdmf",
                                 "report.html",  "checkpoints", "run.log"};
    for (const char* name : written) fs::remove_all(path_ / name);
  }
  write_file(path_ / "deck.toml", {deck.text.text});
  write_file(path_ / "resolved.toml", {deck.resolved});
}

}  // namespace residua
