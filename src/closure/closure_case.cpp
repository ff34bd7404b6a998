#include "closure/closure_case.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/random.hpp"
#include "closure/active_choice.hpp"
#include "closure/candidates.hpp"
#include "closure/closure_deck.hpp"
#include "closure/closure_fit.hpp"
#include "closure/closure_report.hpp"
#include "closure/closure_runs.hpp"
#include "closure/closure_trajectory.hpp"
#include "closure/closure_trial.hpp"
#include "closure/data_split.hpp"
#include "closure/frame_residual.hpp"
#include "closure/moment_samples.hpp"
#include "deck/deck.hpp"
#include "io/file.hpp"
#include "kinetic/closure_twin.hpp"
#include "kinetic/keys.hpp"
#include "kinetic/resolution.hpp"
#include "run/case.hpp"
#include "run/context.hpp"

namespace residua::kinetic {
namespace {

constexpr std::uint64_t cells_stream = 0xce11, batch_stream = 0xf4a3;

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
        active_(deck),
        data_(runs_of(deck, "data", active_.pairs())),
        trials_(runs_of(deck, "trial", pairs_of(deck, "trial"))),
        times_(deck.list_of_real("trial.times")) {}

  void run(RunContext& context) override {
    check_process_grid(context.deck(), context.communicator());
    settings_ = simulation_settings(context.deck(), context.reproducible());
    resolution_.emplace(ResolutionWatch::Limits{.space = context.deck().real("grid.tolerance"),
                                                .angle = settings_.angle_tolerance,
                                                .angle_key = settings_.angles ? "angle.angles" : "angle.moments",
                                                .once = true});
    if (context.deck().integer("trajectory.iterations") > 0)
      trajectory_.emplace(context.deck(), settings_, context.communicator());
    if (network_.of_fields()) frames_.emplace(settings_, context.communicator());
    if (context.restart()) load(context.deck(), *context.restart());
    if (!simulate(context)) return;
    while (!active_.complete())
      if (!choose(context) || !simulate(context)) return;
    samples_.write(context.directory() / "samples.h5", context.communicator());
    if (!fit(context)) return;
    if (trajectory_ && !follow(context)) return;
    on_root(context.communicator(), [&] { network_.write(context.directory() / "closure.h5"); });
    context.metric("samples", static_cast<double>(samples_.count()));
    context.metric("weights", static_cast<double>(network_.weights.size()));
    context.metric("fit_error", frames_ ? frame_error(network_, *frames_) : closure_error(network_, samples_));
    try_out(context);
    context.metric("space_tail", resolution_->largest().space);
    context.metric("angle_tail", resolution_->largest().angle);
  }

 private:
  SimulationSettings settings_for(const ClosureRun& run) const { return at_pair(settings_, run.pair); }
  Start start_for(const ClosureRun& run) const { return start_.with_seed(static_cast<std::uint64_t>(run.seed)); }

  long frames_of_a_run() const { return 1 + std::lround(std::floor(end_ / every_ + 1e-9)); }

  /// What a warning of a run begins with.
  static std::string told(const ClosureRun& run) {
    return fmt::format("alpha = {}, zeta = {}, seed {}: ", run.pair.alpha, run.pair.zeta, run.seed);
  }

  /// The kinetic runs of the data that are not done; false when the run has to stop.
  bool simulate(RunContext& context) {
    const Timer timer;
    for (; run_ < data_.size(); ++run_, frame_ = 0) {
      if (frame_ == 0) resolution_->begin_run();
      Simulation simulation(settings_for(data_[run_]), context.communicator());
      if (resumed_)
        simulation.load(*std::exchange(resumed_, {}));
      else
        simulation.begin(start_for(data_[run_]));
      while (frame_ < frames_of_a_run()) {
        const bool reached = simulation.advance(static_cast<double>(frame_) * every_, [&] {
          const double share =
              (static_cast<double>(run_) + simulation.time() / end_) / static_cast<double>(data_.size());
          context.progress({.iteration = simulation.steps(),
                            .done = share,
                            .note = fmt::format("kinetic run {} of {}", run_ + 1, data_.size())});
          return save_or_stop(context, [&](State& state) { state = simulation.save(); });
        });
        if (!reached) return false;
        resolution_->look(simulation.time(), tails_of(simulation.system(), simulation.state()), told(data_[run_]));
        samples_.draw(simulation, cells_,
                      subseed(seed_, cells_stream, run_ * 65536 + static_cast<std::uint64_t>(frame_)));
        if (frames_) frames_->record(simulation);
        if (trajectory_) trajectory_->record(run_, frame_, simulation);
        ++frame_;
      }
    }
    context.timing("data", timer.seconds());
    return true;
  }

  /// Adds the runs of the next pair to the data; false when the run has to stop, and the choice begins again then.
  bool choose(RunContext& context) {
    const Timer timer;
    resumed_.reset();
    const TrainerSettings settings = fit_settings(context.deck());
    const auto go_on = [&](const ProgressRow& row) {
      context.progress(row);
      return save_or_stop(context, [](State&) {});
    };
    const bool chosen = active_.choose(
        context, settings_, start_for(data_[0]),
        [&](std::uint64_t seed) -> std::optional<ClosureNetwork> {
          ClosureNetwork network = begin_closure(network_, samples_, seed);
          fit_of(context, network, settings).run(network, [&](const Iterate& at) {
            const bool on = go_on({.iteration = at.iteration,
                                   .total = settings.max_iterations,
                                   .loss = at.objective,
                                   .note = "ensemble"});
            return on ? Control::go_on : Control::stop;
          });
          if (context.stop_requested()) return {};
          return network;
        },
        [&](Simulation& simulation) { return go_on({.iteration = simulation.steps(), .note = "ensemble's spread"}); });
    if (!chosen) return false;
    data_ = runs_of(context.deck(), "data", active_.pairs());
    context.timing("choice", timer.seconds());
    return true;
  }

  bool fit(RunContext& context) {
    const Timer timer;
    network_ = begin_closure(network_, samples_, seed_);
    if (!weights_.empty()) {  // a restart after the fit
      network_.weights = weights_;
      return true;
    }
    const TrainerSettings settings = fit_settings(context.deck());
    ClosureFit fit = fit_of(context, network_, settings);
    if (resumed_) fit.resume(*std::exchange(resumed_, {}));
    const DataSplit split = this->split(context.deck());
    const bool watched = !split.held_back.empty();
    if (watched) context.log().info("held back from the fit: {}", split.told);
    const Outcome outcome = fit.run(network_, [&](const Iterate& at) {
      record(context, at, 0);
      context.progress({.iteration = at.iteration,
                        .total = settings.max_iterations,
                        .loss = at.objective,
                        .note = watched ? fmt::format("fit, held back {:.3e}", at.held_back) : "fit"});
      return save_or_stop(context, [&](State& state) { fit.save(state); }) ? Control::go_on : Control::stop;
    });
    if (context.stop_requested()) return false;
    weights_ = network_.weights;
    context.metric("iterations", static_cast<double>(outcome.iterations));
    if (watched) context.metric("best_iteration", static_cast<double>(outcome.best));
    context.timing("fit", timer.seconds());
    return true;
  }

  DataSplit split(const Deck& deck) const {
    return split_data(data_, frames_of_a_run(), deck.real("fit.held_back"), seed_);
  }

  ClosureFit fit_of(const RunContext& context, const ClosureNetwork& network, const TrainerSettings& settings) const {
    const Deck& deck = context.deck();
    const Reductions reductions = context.reproducible() ? Reductions::reproducible : Reductions::fast;
    const DataSplit split = this->split(deck);
    const auto of_cells = [&](const std::vector<long>& frames, double weight) {
      return sample_residual(network, samples_.of_frames(frames, cells_), reductions, context.communicator(), weight);
    };
    const auto of_fields = [&](const std::vector<long>& frames) {
      return std::make_unique<FrameResidual>(network, *frames_, frames, reductions);
    };
    HeldBackSamples held_back{nullptr, deck.integer("fit.patience")};
    if (!split.held_back.empty() && frames_) {
      held_back.residual = of_fields(split.held_back);
    } else if (!split.held_back.empty()) {  // as many times as large as the rows that are fitted are more
      const double weight = static_cast<double>(split.fitted.size()) / static_cast<double>(split.held_back.size());
      held_back.residual = of_cells(split.held_back, weight);
    }
    if (!frames_) return {of_cells(split.fitted, 1), settings, {}, std::move(held_back)};
    std::unique_ptr<FrameResidual> seen = of_fields(split.fitted);
    ClosureFit::NextBatch next;
    if (deck.has("fit.batch"))
      next = [&fields = *seen, size = deck.integer("fit.batch"), seed = seed_](long iteration) {
        fields.take_batch(size, subseed(seed, batch_stream, static_cast<std::uint64_t>(iteration)));
      };
    return {std::move(seen), settings, next, std::move(held_back)};
  }

  /// A row of the history; on a restart the iteration that was saved is seen again.
  void record(RunContext& context, const Iterate& at, double horizon) {
    const long row = first_row_ + at.iteration;
    if (row < next_row_) return;
    std::vector<std::pair<std::string, double>> values = {{"loss", at.objective}, {"gradient", at.gradient_norm}};
    if (context.deck().real("fit.held_back") > 0 && horizon == 0) values.emplace_back("held_back", at.held_back);
    if (trajectory_) values.emplace_back("horizon", horizon);
    context.record(row, values);
    next_row_ = row + 1;
  }

  /// Trains through the closed runs; false when the run has to stop.
  bool follow(RunContext& context) {
    const Timer timer;
    std::vector<Model> models;
    for (const ClosureRun& run : data_) models.push_back(settings_for(run).model);
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

  void try_out(RunContext& context) {
    if (trials_.empty()) return;
    Scores scores;
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
      resolution_->begin_run();
      for (std::size_t i = 0; i < times_.size(); ++i)
        resolution_->look(times_[i], reference.tails[i], told(trials_[k]));
      scores["kinetic"].seconds += reference.seconds;
      scores["kinetic"].time += times_.back();
      std::map<int, Frames> twins;  ///< of closures, by their level
      for (const auto& [name, closure, angles, resolution] :
           candidates(context.deck(), network_, trajectory_ ? fitted_ : std::vector<double>())) {
        settings.closure = closure;
        settings.angles = angles;
        settings.resolution = resolution;
        const Frames found = run_frames(settings, start_for(trials_[k]), times_, context.communicator(), watch);
        if (context.stop_requested()) return;
        if (!found.failure.empty()) context.log().warn("{}{}: {}", told(trials_[k]), name, found.failure);
        Score& score = scores[name];
        score.runs.push_back(frame_errors(found, reference, settings, context.communicator()));
        if (closure) {
          if (!twins.contains(closure->level))
            twins[closure->level] =
                run_frames(twin_settings(settings), start_for(trials_[k]), times_, context.communicator(), watch);
          if (context.stop_requested()) return;
          const auto apart = frame_errors(twins[closure->level], found, settings, context.communicator());
          for (std::size_t i = 0; i < std::min(apart.size(), score.runs.back().size()); ++i)
            score.runs.back()[i].estimate = apart[i].z;
        }
        score.unrealizable = std::max(score.unrealizable, found.unrealizable);
        score.turn_defect = std::max(score.turn_defect, found.turn_defect);
        score.seconds += found.seconds;
        score.time += found.failure.empty() ? times_.back() : 0;
      }
    }
    report_trial(context, times_, scores);
    on_root(context.communicator(), [&] { write_trial(context.directory() / "trial.csv", trials_, times_, scores); });
  }

  /// Saves what is due, with what `add` adds to it; false when the run has to stop. A trial begins again on a restart.
  bool save_or_stop(RunContext& context, const std::function<void(State&)>& add) {
    if (!context.checkpoint_due()) return true;
    State state;
    add(state);
    samples_.save(state);
    if (frames_) frames_->save(state);
    state.arrays["closure_case"] = {static_cast<double>(run_), static_cast<double>(frame_),
                                    static_cast<double>(next_row_), static_cast<double>(first_row_),
                                    static_cast<double>(stage_)};
    state.arrays["resolution"] = resolution_->pack();
    state.arrays["weights"] = weights_;
    state.arrays["fitted"] = fitted_;
    active_.save(state);
    if (trajectory_) trajectory_->save(state);
    context.save(std::move(state));
    return !context.stop_requested();
  }

  void load(const Deck& deck, const State& state) {
    samples_.load(state);
    if (frames_) frames_->load(state);
    active_.load(state);
    data_ = runs_of(deck, "data", active_.pairs());
    const std::vector<double>& at = state.arrays.at("closure_case");
    run_ = static_cast<std::size_t>(at[0]);
    frame_ = static_cast<long>(at[1]);
    next_row_ = static_cast<long>(at[2]);
    first_row_ = static_cast<long>(at[3]);
    stage_ = static_cast<std::size_t>(at[4]);
    resolution_->unpack(state.arrays.at("resolution"));
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
  std::optional<ResolutionWatch> resolution_;  ///< of the kinetic runs
  std::optional<FrameSamples> frames_;         ///< of a closure of whole fields
  ActiveChoice active_;
  std::vector<ClosureRun> data_, trials_;
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
  fit_settings(deck);
  const std::vector<double> times = deck.list_of_real("trial.times");
  if (std::ranges::adjacent_find(times, std::greater_equal<>()) != times.end())
    throw deck.error("trial.times", "the times do not increase");
  const std::vector<std::int64_t> angles = deck.list_of_integer("trial.angles");
  for (std::size_t k = 0; k < angles.size(); ++k)
    if (angles[k] % 2 != 0) throw deck.error(fmt::format("trial.angles.{}", k), "the number of angles has to be even");
  if (deck.real("data.every") > deck.real("time.end"))
    throw deck.error("data.every", "there is no frame but the start", "at most time.end");
  check_active(deck);
  check_trajectory(deck, runs_of(deck, "data", ActiveChoice(deck).pairs()).size());
}

}  // namespace

void register_closure_case() {
  residua::register_case(
      {"closure", "A learned closure of an active suspension's moments: fitted to kinetic runs, and tried out",
       declare_closure, check,
       [](const Deck& deck) -> std::unique_ptr<Case> { return std::make_unique<ClosureCase>(deck); }});
}

}  // namespace residua::kinetic
