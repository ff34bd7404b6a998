#include "kinetic/closure_case.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/random.hpp"
#include "deck/deck.hpp"
#include "io/file.hpp"
#include "kinetic/closure_deck.hpp"
#include "kinetic/closure_fit.hpp"
#include "kinetic/closure_trajectory.hpp"
#include "kinetic/closure_trial.hpp"
#include "kinetic/keys.hpp"
#include "kinetic/moment_samples.hpp"
#include "run/case.hpp"
#include "run/context.hpp"

namespace residua::kinetic {
namespace {

constexpr std::uint64_t cells_stream = 0xce11;

/// A kinetic run of the deck's model with these numbers in it.
struct Run {
  double alpha = 0, zeta = 0;
  std::int64_t seed = 0;
};

/// Each seed at each pair of alpha and zeta.
std::vector<Run> runs_of(const Deck& deck, const std::string& seeds) {
  const auto values = [&](const std::string& name) {
    return deck.has("data." + name) ? deck.list_of_real("data." + name)
                                    : std::vector<double>{deck.real("model." + name)};
  };
  std::vector<Run> runs;
  for (const double alpha : values("alpha"))
    for (const double zeta : values("zeta"))
      for (const std::int64_t seed : deck.list_of_integer(seeds)) runs.push_back({alpha, zeta, seed});
  return runs;
}

/// Errors of one closure over the trial's starts, by time.
struct Score {
  std::vector<std::vector<FrameError>> runs;
  double seconds = 0, time = 0;
  double unrealizable = 0;  ///< largest share of the cells of a run that were drawn back
};

class ClosureCase final : public Case {
 public:
  explicit ClosureCase(const Deck& deck)
      : start_(deck),
        end_(deck.real("time.end")),
        every_(deck.real("data.every")),
        cells_(static_cast<int>(deck.integer("data.cells"))),
        seed_(static_cast<std::uint64_t>(deck.integer("fit.seed"))),
        network_(network_of(deck)),
        samples_(network_.form()),
        data_(runs_of(deck, "data.seeds")),
        trials_(runs_of(deck, "trial.seeds")),
        times_(deck.list_of_real("trial.times")) {}

  void run(RunContext& context) override {
    settings_ = simulation_settings(context.deck(), context.reproducible());
    if (context.deck().integer("trajectory.iterations") > 0)
      trajectory_.emplace(context.deck(), settings_, context.communicator());
    if (context.restart()) load(*context.restart());
    if (!simulate(context)) return;
    samples_.write(context.directory() / "samples.h5", context.communicator());
    if (!fit(context)) return;
    if (trajectory_ && !follow(context)) return;
    on_root(context.communicator(), [&] { network_.write(context.directory() / "closure.h5"); });
    context.metric("samples", static_cast<double>(samples_.count()));
    context.metric("weights", static_cast<double>(network_.weights.size()));
    context.metric("fit_error", closure_error(network_, samples_));
    try_out(context);
  }

 private:
  SimulationSettings settings_for(const Run& run) const {
    SimulationSettings settings = settings_;
    settings.model.alpha = run.alpha;
    settings.model.zeta = run.zeta;
    return settings;
  }
  Start start_for(const Run& run) const { return start_.with_seed(static_cast<std::uint64_t>(run.seed)); }

  /// All kinetic runs of the data; false when the run has to stop.
  bool simulate(RunContext& context) {
    const Timer timer;
    const long frames = std::lround(std::floor(end_ / every_ + 1e-9));
    for (; run_ < data_.size(); ++run_, frame_ = 0) {
      Simulation simulation(settings_for(data_[run_]), context.communicator());
      if (resumed_)
        simulation.load(*std::exchange(resumed_, {}));
      else
        simulation.begin(start_for(data_[run_]));
      while (frame_ <= frames) {
        const bool reached = simulation.advance(static_cast<double>(frame_) * every_, [&] {
          const double share =
              (static_cast<double>(run_) + simulation.time() / end_) / static_cast<double>(data_.size());
          context.progress({.iteration = simulation.steps(),
                            .done = share,
                            .note = fmt::format("kinetic run {} of {}", run_ + 1, data_.size())});
          return save_or_stop(context, [&](State& state) { state = simulation.save(); });
        });
        if (!reached) return false;
        samples_.draw(simulation, cells_,
                      subseed(seed_, cells_stream, run_ * 65536 + static_cast<std::uint64_t>(frame_)));
        if (trajectory_) trajectory_->record(run_, frame_, simulation);
        ++frame_;
      }
    }
    context.timing("data", timer.seconds());
    return true;
  }

  bool fit(RunContext& context) {
    const Timer timer;
    network_ = begin_closure(std::move(network_), samples_, seed_);
    if (!weights_.empty()) {  // a restart after the fit
      network_.weights = weights_;
      return true;
    }
    const TrainerSettings settings = fit_settings(context.deck());
    ClosureFit fit(network_, samples_, settings, context.reproducible() ? Reductions::reproducible : Reductions::fast,
                   context.communicator());
    if (resumed_) fit.resume(*std::exchange(resumed_, {}));
    const Outcome outcome = fit.run(network_, [&](const Iterate& at) {
      record(context, at, 0);
      context.progress(
          {.iteration = at.iteration, .total = settings.max_iterations, .loss = at.objective, .note = "fit"});
      return save_or_stop(context, [&](State& state) { fit.save(state); }) ? Control::go_on : Control::stop;
    });
    if (context.stop_requested()) return false;
    weights_ = network_.weights;
    context.metric("iterations", static_cast<double>(outcome.iterations));
    context.timing("fit", timer.seconds());
    return true;
  }

  /// A row of the history; on a restart the iteration that was saved is seen again.
  void record(RunContext& context, const Iterate& at, double horizon) {
    const long row = first_row_ + at.iteration;
    if (row < next_row_) return;
    context.record(row, {{"loss", at.objective}, {"gradient", at.gradient_norm}, {"horizon", horizon}});
    next_row_ = row + 1;
  }

  /// Trains through the closed runs; false when the run has to stop.
  bool follow(RunContext& context) {
    const Timer timer;
    std::vector<Model> models;
    for (const Run& run : data_) models.push_back(settings_for(run).model);
    if (stage_ == 0 && !resumed_) fitted_ = weights_;
    for (; stage_ < trajectory_->horizons(); ++stage_) {
      if (!resumed_) first_row_ = next_row_;
      trajectory_->train(network_, stage_, models, std::exchange(resumed_, {}),
                         [&](const Iterate& at, const std::function<void(State&)>& save) {
                           record(context, at, trajectory_->horizon(stage_));
                           context.progress({.iteration = at.iteration,
                                             .total = trajectory_->iterations(),
                                             .loss = at.objective,
                                             .note = fmt::format("up to t = {:g}", trajectory_->horizon(stage_))});
                           return save_or_stop(context, save) ? Control::go_on : Control::stop;
                         });
      if (context.stop_requested()) return false;
      weights_ = network_.weights;
    }
    ClosureNetwork before = network_;
    before.weights = fitted_;
    context.metric("trajectory_error_before", trajectory_->error(before, models));
    context.metric("trajectory_error", trajectory_->error(network_, models));
    context.timing("trajectory", timer.seconds());
    return true;
  }

  /// What is compared: closures, and hierarchies that are cut off (the kinetic solver with so many moments).
  struct Candidate {
    std::string name;
    std::optional<ClosureChoice> closure;
    int moments = 0;
  };

  std::vector<Candidate> candidates(const Deck& deck) const {
    std::vector<Candidate> all = {
        {"learned", ClosureChoice{"learned", network_.level, std::make_shared<ClosureNetwork>(network_)}},
        {"quadratic", ClosureChoice{"quadratic", 1, nullptr}},
        {"bingham", ClosureChoice{"bingham", 1, nullptr}}};
    if (trajectory_) {
      auto before = std::make_shared<ClosureNetwork>(network_);
      before->weights = fitted_;
      all.push_back({"fitted", ClosureChoice{"learned", network_.level, before}});
    }
    for (const std::int64_t moments : deck.list_of_integer("trial.truncations"))
      all.push_back({fmt::format("truncated_{}", moments), {}, static_cast<int>(moments)});
    return all;
  }

  void try_out(RunContext& context) {
    std::map<std::string, Score> scores;
    for (std::size_t k = 0; k < trials_.size(); ++k) {
      const auto watch = [&](Simulation& simulation) {
        context.progress(
            {.iteration = simulation.steps(), .note = fmt::format("trial {} of {}", k + 1, trials_.size())});
        return save_or_stop(context, [](State&) {});
      };
      SimulationSettings settings = settings_for(trials_[k]);
      const Frames reference = run_frames(settings, start_for(trials_[k]), times_, context.communicator(), watch);
      if (context.stop_requested()) return;
      if (!reference.failure.empty()) throw Error(reference.failure);
      scores["kinetic"].seconds += reference.seconds;
      scores["kinetic"].time += times_.back();
      for (const auto& [name, closure, moments] : candidates(context.deck())) {
        settings.closure = closure;
        settings.resolution = moments;
        const Frames found = run_frames(settings, start_for(trials_[k]), times_, context.communicator(), watch);
        if (context.stop_requested()) return;
        if (!found.failure.empty())
          context.log().warn("alpha = {}, zeta = {}, seed {}, {}: {}", trials_[k].alpha, trials_[k].zeta,
                             trials_[k].seed, name, found.failure);
        Score& score = scores[name];
        score.runs.push_back(frame_errors(found, reference, settings, context.communicator()));
        score.unrealizable = std::max(score.unrealizable, found.unrealizable);
        score.seconds += found.seconds;
        score.time += found.failure.empty() ? times_.back() : 0;
      }
    }
    report(context, scores);
  }

  /// Means over the starts, of those closures that reached the time from all of them; and ratios to the quadratic one.
  void report(RunContext& context, const std::map<std::string, Score>& scores) const {
    std::map<std::string, FrameError> means;
    for (const auto& [name, score] : scores) {
      if (score.unrealizable > 0) context.metric("unrealizable_" + name, score.unrealizable);
      if (score.time > 0) context.timing(name + "_seconds_per_time", score.seconds / score.time);
      for (std::size_t i = 0; i < times_.size() && !score.runs.empty(); ++i) {
        FrameError mean;
        double squares = 0;
        bool all = true;
        for (const std::vector<FrameError>& run : score.runs) {
          all = all && run.size() > i;
          if (!all) break;
          mean.z += run[i].z / static_cast<double>(score.runs.size());
          mean.u += run[i].u / static_cast<double>(score.runs.size());
        }
        if (!all) continue;
        for (const std::vector<FrameError>& run : score.runs) squares += std::pow(run[i].z - mean.z, 2);
        const std::string at = fmt::format("{}_t{:g}", name, times_[i]);
        means[at] = mean;
        context.metric("z_" + at, mean.z);
        context.metric("u_" + at, mean.u);
        context.metric("z_spread_" + at, std::sqrt(squares / static_cast<double>(score.runs.size())));
      }
    }
    report_estimate(context, scores);
    for (const double time : times_) {
      const std::string at = fmt::format("_t{:g}", time);
      if (means.contains("learned" + at) && means.contains("quadratic" + at))
        context.metric("ratio" + at, means["learned" + at].z / means["quadratic" + at].z);
    }
  }

  /// Whether the closed runs' own estimates tell their errors: rank correlations over all closures and starts, at each
  /// time and of all times together, and the median of estimate over error.
  void report_estimate(RunContext& context, const std::map<std::string, Score>& scores) const {
    std::vector<double> all_estimates, all_errors;
    for (std::size_t i = 0; i < times_.size(); ++i) {
      std::vector<double> estimates, errors;
      for (const auto& [name, score] : scores)
        for (const std::vector<FrameError>& run : score.runs) {
          if (run.size() <= i || run[i].estimate == 0) continue;  // a hierarchy that is cut off has no closure
          estimates.push_back(run[i].estimate);
          errors.push_back(run[i].z);
        }
      if (estimates.size() > 1)
        context.metric(fmt::format("estimate_rank_t{:g}", times_[i]), rank_correlation(estimates, errors));
      all_estimates.insert(all_estimates.end(), estimates.begin(), estimates.end());
      all_errors.insert(all_errors.end(), errors.begin(), errors.end());
    }
    if (all_estimates.size() < 2) return;
    context.metric("estimate_rank", rank_correlation(all_estimates, all_errors));
    std::vector<double> factors;
    for (std::size_t k = 0; k < all_errors.size(); ++k) factors.push_back(all_estimates[k] / all_errors[k]);
    std::ranges::nth_element(factors, factors.begin() + std::ssize(factors) / 2);
    context.metric("estimate_over_error", factors[factors.size() / 2]);
  }

  /// Saves what is due, with what `add` adds to it; false when the run has to stop. A trial begins again on a restart.
  bool save_or_stop(RunContext& context, const std::function<void(State&)>& add) {
    if (!context.checkpoint_due()) return true;
    State state;
    add(state);
    samples_.save(state);
    state.arrays["closure_case"] = {static_cast<double>(run_), static_cast<double>(frame_),
                                    static_cast<double>(next_row_), static_cast<double>(first_row_),
                                    static_cast<double>(stage_)};
    state.arrays["weights"] = weights_;
    state.arrays["fitted"] = fitted_;
    if (trajectory_) trajectory_->save(state);
    context.save(std::move(state));
    return !context.stop_requested();
  }

  void load(const State& state) {
    samples_.load(state);
    const std::vector<double>& at = state.arrays.at("closure_case");
    run_ = static_cast<std::size_t>(at[0]);
    frame_ = static_cast<long>(at[1]);
    next_row_ = static_cast<long>(at[2]);
    first_row_ = static_cast<long>(at[3]);
    stage_ = static_cast<std::size_t>(at[4]);
    weights_ = state.arrays.at("weights");
    fitted_ = state.arrays.at("fitted");
    if (trajectory_) trajectory_->load(state);
    resumed_ = state;
  }

  Start start_;
  double end_, every_;
  int cells_;
  std::uint64_t seed_;
  ClosureNetwork network_;
  SimulationSettings settings_;
  MomentSamples samples_;
  std::vector<Run> data_, trials_;
  std::vector<double> times_;

  std::size_t run_ = 0;  ///< kinetic runs that are done
  long frame_ = 0;       ///< frames of the next one that are done
  long next_row_ = 0;    ///< of the history
  long first_row_ = 0;   ///< that of the first iteration of what trains now
  std::optional<ClosureTrajectory> trajectory_;
  std::size_t stage_ = 0;        ///< horizons that are done
  std::vector<double> weights_;  ///< that were found so far; empty before the end of the fit
  std::vector<double> fitted_;   ///< those that training through runs begins from
  std::optional<State> resumed_;
};

/// The kinetic runs need one moment more than the closure evolves.
void check_moments(const Deck& deck, const SimulationSettings& settings) {
  const int needed = static_cast<int>(deck.integer("closure.level")) + 1;
  const int given = settings.angles ? (settings.resolution - 1) / 6 : settings.resolution;
  if (settings.resolution > 0 && given < needed)
    throw deck.error(
        settings.angles ? "angle.angles" : "angle.moments",
        fmt::format("a closure of level {} is fitted to {} moments, and these are {}", needed - 1, needed, given));
}

void check(const Deck& deck) {
  check_moments(deck, simulation_settings(deck, false));
  if (deck.text("start.kind") != "random")
    throw deck.error("start.kind", "the seeds of [data] and [trial] are of random starts", "start.kind = \"random\"");
  network_of(deck);
  const std::vector<double> times = deck.list_of_real("trial.times");
  if (std::ranges::adjacent_find(times, std::greater_equal<>()) != times.end())
    throw deck.error("trial.times", "the times do not increase");
  if (deck.real("data.every") > deck.real("time.end"))
    throw deck.error("data.every", "there is no frame but the start", "at most time.end");
  check_trajectory(deck, runs_of(deck, "data.seeds").size());
}

}  // namespace

void register_closure_case() {
  residua::register_case(
      {"closure", "A learned closure of an active suspension's moments: fitted to kinetic runs, and tried out",
       declare_closure, check,
       [](const Deck& deck) -> std::unique_ptr<Case> { return std::make_unique<ClosureCase>(deck); }});
}

}  // namespace residua::kinetic
