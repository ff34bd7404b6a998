// What a running Case sees of the world: its deck, its ranks, and where its results go.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/progress.hpp"
#include "base/timer.hpp"
#include "io/state.hpp"

namespace residua {

class CheckpointStore;
class Communicator;
class Deck;
class FieldSet;
class FrameSeries;
class History;

/// Every member is called by all ranks in the same order ("collective"), those that return a constant apart.
class RunContext {
 public:
  struct Settings {
    std::filesystem::path directory;  ///< exists; holds all that the run writes
    std::string fingerprint;          ///< of the deck; a checkpoint with another one is refused
    bool reproducible = false;        ///< [run] reductions = "reproducible"
    double checkpoint_every = 300;    ///< s; 0: on a signal only
    int checkpoint_keep = 3;
    double progress_every = 30;  ///< s between lines in the log
    bool fields = true;          ///< false: write_fields and write_frame do nothing
  };

  /// Reads the newest valid checkpoint of the directory, where there is one.
  RunContext(const Deck& deck, const Communicator& communicator, Settings settings);
  ~RunContext();

  const Deck& deck() const { return deck_; }
  const Communicator& communicator() const { return communicator_; }
  bool reproducible() const { return settings_.reproducible; }
  const std::filesystem::path& directory() const { return settings_.directory; }

  /// Rank 0's messages reach the terminal and run.log, those of other ranks only from `error` on.
  spdlog::logger& log() const { return residua::log(); }

  /// Draws the progress line or, now and then, logs it. Cheap: call it in every iteration.
  void progress(const ProgressRow& row) { progress_.update(row); }
  /// Removes the progress line.
  void progress_done() { progress_.clear(); }

  /// A row of history.csv, `iteration,seconds,` and the named values. The first row fixes the names; a later one may
  /// leave some out. Flushed at once: call it at the pace at which the curve is wanted.
  void record(long iteration, const std::vector<std::pair<std::string, double>>& values);

  /// A figure of summary.json. A value that is not finite is an Error there and then. Kept in checkpoints.
  void metric(const std::string& name, double value);

  /// Adds to a named time of summary.json, in seconds. Kept in checkpoints.
  void timing(const std::string& name, double seconds);

  /// The state that was last saved, when the run is a continuation.
  const std::optional<State>& restart() const { return restart_; }

  /// True when it is time to save: the interval has passed on rank 0's clock, or a rank got a signal. One small
  /// reduction.
  bool checkpoint_due();

  /// Writes a checkpoint; rank 0's `state` is the one that is kept.
  void save(State state);

  /// True when the run has to end now, to be continued later: what the ranks agreed on in the last `checkpoint_due`,
  /// which then was true. No communication.
  bool stop_requested() const { return stop_; }

  /// <name>.h5 and <name>.xdmf in the run directory.
  void write_fields(const FieldSet& fields, const std::string& name = "fields");

  /// The next frame of a series in time (io/frame_series.hpp).
  void write_frame(const FieldSet& fields, double time);

  /// Seconds of this run, those before a restart included.
  double seconds() const;

  bool resumed() const { return restart_.has_value(); }
  /// True when a checkpoint was written after the stop was agreed on.
  bool saved_at_stop() const { return saved_at_stop_; }
  const std::map<std::string, double>& metrics() const { return metrics_; }
  const std::map<std::string, double>& timings() const { return timings_; }

 private:
  const Deck& deck_;
  const Communicator& communicator_;
  Settings settings_;
  Progress progress_;
  std::unique_ptr<CheckpointStore> store_;
  std::unique_ptr<History> history_;
  std::unique_ptr<FrameSeries> frames_;
  std::optional<State> restart_;
  std::map<std::string, double> metrics_;
  std::map<std::string, double> timings_;
  Timer timer_;
  double earlier_ = 0;          ///< seconds before the restart
  double last_checkpoint_ = 0;  ///< s on `timer_`
  bool stop_ = false;
  bool saved_at_stop_ = false;
};

}  // namespace residua
