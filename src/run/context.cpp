#include "run/context.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/signal.hpp"
#include "deck/deck.hpp"
#include "io/checkpoint.hpp"
#include "io/fields.hpp"
#include "io/file.hpp"
#include "io/frame_series.hpp"
#include "io/history.hpp"
#include "io/summary.hpp"

namespace residua {
namespace {

// What the driver adds to a state, and takes out of it again.
const std::string seconds_key = "driver/seconds";
const std::string rows_key = "driver/history_rows";
const std::string frames_key = "driver/frame_times";
const std::string metric_prefix = "driver/metric/";
const std::string timing_prefix = "driver/timing/";

void put(State& state, const std::string& prefix, const std::map<std::string, double>& figures) {
  for (const auto& [name, value] : figures) state.arrays[prefix + name] = {value};
}

std::map<std::string, double> take(State& state, const std::string& prefix) {
  std::map<std::string, double> figures;
  for (auto it = state.arrays.lower_bound(prefix); it != state.arrays.end() && it->first.starts_with(prefix);) {
    figures[it->first.substr(prefix.size())] = it->second.at(0);
    it = state.arrays.erase(it);
  }
  return figures;
}

std::vector<double> take_array(State& state, const std::string& name) {
  const auto found = state.arrays.find(name);
  if (found == state.arrays.end()) return {};
  std::vector<double> values = std::move(found->second);
  state.arrays.erase(found);
  return values;
}

double take_number(State& state, const std::string& name) {
  const std::vector<double> values = take_array(state, name);
  return values.empty() ? 0 : values.front();
}

}  // namespace

RunContext::RunContext(const Deck& deck, const Communicator& communicator, Settings settings)
    : deck_(deck), communicator_(communicator), settings_(std::move(settings)), progress_(settings_.progress_every) {
  store_ = std::make_unique<CheckpointStore>(settings_.directory / "checkpoints", settings_.fingerprint,
                                             settings_.checkpoint_keep, communicator_);
  frames_ = std::make_unique<FrameSeries>(settings_.directory);
  restart_ = store_->load_newest();
  long rows = 0;
  if (restart_) {
    earlier_ = take_number(*restart_, seconds_key);
    rows = static_cast<long>(take_number(*restart_, rows_key));
    frames_->set_times(take_array(*restart_, frames_key));
    metrics_ = take(*restart_, metric_prefix);
    timings_ = take(*restart_, timing_prefix);
  }
  on_root(communicator_, [&] { history_ = std::make_unique<History>(settings_.directory / "history.csv", rows); });
}

RunContext::~RunContext() = default;

double RunContext::seconds() const { return earlier_ + timer_.seconds(); }

void RunContext::record(long iteration, const std::vector<std::pair<std::string, double>>& values) {
  if (history_) history_->add(iteration, seconds(), values);
}

void RunContext::metric(const std::string& name, double value) {
  require_finite("metric", name, value);
  metrics_[name] = value;
}

void RunContext::timing(const std::string& name, double seconds) { timings_[name] += seconds; }

bool RunContext::checkpoint_due() {
  const Signals signals = take_signals();
  const bool elapsed = communicator_.root() && settings_.checkpoint_every > 0 &&
                       timer_.seconds() - last_checkpoint_ >= settings_.checkpoint_every;
  // stop > save > nothing, so that one maximum tells both
  const double wanted = signals.stop ? 2 : (signals.save || elapsed ? 1 : 0);
  const double agreed = communicator_.max(wanted);
  if (agreed == 2) stop_ = true;
  return agreed > 0;
}

void RunContext::save(State state) {
  state.arrays[seconds_key] = {seconds()};
  state.arrays[rows_key] = {history_ ? static_cast<double>(history_->rows()) : 0.0};
  if (!frames_->times().empty()) state.arrays[frames_key] = frames_->times();
  put(state, metric_prefix, metrics_);
  put(state, timing_prefix, timings_);
  try {
    store_->save(state);
    saved_at_stop_ = stop_;
    log().debug("checkpoint written");
  } catch (const Error& error) {
    if (stop_) throw;
    log().warn("no checkpoint was written, the earlier ones are still good: {}", error.what());
  }
  last_checkpoint_ = timer_.seconds();
}

void RunContext::write_fields(const FieldSet& fields, const std::string& name) {
  if (settings_.fields) fields.write(settings_.directory / name);
}

void RunContext::write_frame(const FieldSet& fields, double time) {
  if (settings_.fields) frames_->write(fields, time);
}

}  // namespace residua
