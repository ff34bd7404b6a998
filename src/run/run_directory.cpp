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

RunDirectory::State RunDirectory::inspect(const ReadyDeck& deck, bool replace) const {
  if (!fs::exists(path_)) return State::vacant;
  if (!fs::is_directory(path_))
    throw InputError(fmt::format("{} is not a directory: give another --output", path_.string()));
  if (fs::is_empty(path_)) return State::vacant;
  if (!fs::exists(path_ / "resolved.toml")) {
    throw InputError(fmt::format("{} holds files that are not of a run: give another --output", path_.string()));
  }
  if (!replace && fingerprint_of(read_file(path_ / "resolved.toml")) != deck.fingerprint) {
    throw InputError(
        fmt::format("{} holds a run of another deck (see {}): give another --output, or --fresh to remove that "
                    "run and start again",
                    path_.string(), (path_ / "resolved.toml").string()));
  }
  for (const InputFile& file : deck.files) {
    if (!replace && fs::exists(path_ / file.copy) && read_file(file.original) != read_file(path_ / file.copy)) {
      throw InputError(
          fmt::format("{} has changed since the run in {} began: give another --output, or --fresh to remove that run "
                      "and start again",
                      file.original.string(), path_.string()));
    }
  }
  return fs::exists(path_ / "summary.json") ? State::finished : State::unfinished;
}

void RunDirectory::prepare(const ReadyDeck& deck, bool replace) const {
  std::vector<std::string> inputs;  // read before anything is removed: they may lie in this very directory
  for (const InputFile& file : deck.files) inputs.push_back(read_file(file.original));
  if (replace) {
    constexpr std::array written{"summary.json", "history.csv", "fields.h5", "fields.xdmf",
                                 "report.html",  "checkpoints", "run.log",   "inputs"};
    for (const char* name : written) fs::remove_all(path_ / name);
  }
  if (!inputs.empty()) fs::create_directories(path_ / "inputs");
  for (std::size_t i = 0; i < inputs.size(); ++i) write_file(path_ / deck.files[i].copy, {inputs[i]});
  write_file(path_ / "deck.toml", {deck.text.text});
  write_file(path_ / "resolved.toml", {deck.resolved});
}

}  // namespace residua
