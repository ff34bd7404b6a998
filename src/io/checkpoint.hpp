// Checkpoints: the states of a run on disk, of which the newest sound one is always there.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/communicator.hpp"
#include "io/state.hpp"

namespace residua {

class CheckpointStore {
 public:
  /// Checkpoints of a run with this `fingerprint` (any text; two runs may share states when theirs are equal) in
  /// `directory`, which is made by the first save. The `keep` newest stay.
  CheckpointStore(std::filesystem::path directory, std::string fingerprint, int keep, const Communicator& communicator);

  /// Writes rank 0's state: complete, flushed and under its own name before an older one is removed. Collective; an
  /// Error on all ranks when the file cannot be written, and then the older ones are untouched.
  void save(const State& state);

  /// The newest state that is sound, the same on all ranks; none when there is none. Each damaged file that was passed
  /// over is named in a warning. Collective. InputError when the file is sound but belongs to another run or was
  /// written by a version of Residua that this one cannot read.
  std::optional<State> load_newest();

  /// The files, oldest first. Not collective.
  std::vector<std::filesystem::path> files() const;

 private:
  std::filesystem::path directory_;
  std::string fingerprint_;
  int keep_;
  const Communicator& communicator_;
};

}  // namespace residua
