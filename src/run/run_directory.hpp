// The directory of one run, and what may be done in it.
//
//   deck.toml      the deck as given         resolved.toml   with overrides and defaults: enough to repeat the run
//   run.log        all messages              history.csv     convergence
//   checkpoints/   the newest states         fields.h5, .xdmf
//   inputs/        the files that the deck names
//   summary.json   the results: a run that has one is finished
#pragma once

#include <filesystem>
#include <string>

#include "base/communicator.hpp"
#include "run/keys.hpp"

namespace residua {

class RunDirectory {
 public:
  enum class State { vacant, unfinished, finished };

  explicit RunDirectory(std::filesystem::path path) : path_(std::move(path)) {}

  /// runs/<deck>-<YYYYmmdd-HHMMSS>, by rank 0's clock; with -2, -3, ... behind it where that exists. Collective.
  static RunDirectory fresh_name(const std::string& deck_file, const Communicator& communicator);

  /// What the directory holds for this deck. InputError when it holds the run of another deck or of other input files
  /// (with `replace` that is as good as unfinished), or files and no run. Touches nothing.
  State inspect(const ReadyDeck& deck, bool replace) const;

  /// Writes the two decks and the input files into the directory, which exists. Removes what an earlier run wrote when
  /// `replace` is set.
  void prepare(const ReadyDeck& deck, bool replace) const;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace residua
