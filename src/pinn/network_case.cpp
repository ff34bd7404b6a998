#include "pinn/network_case.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "base/random.hpp"
#include "base/timer.hpp"
#include "deck/deck.hpp"
#include "io/file.hpp"
#include "pinn/coefficient_search.hpp"
#include "pinn/lagrangian.hpp"
#include "pinn/measure.hpp"
#include "pinn/network_file.hpp"
#include "pinn/network_points.hpp"
#include "pinn/network_settings.hpp"
#include "pinn/windows.hpp"
#include "run/context.hpp"
#include "solve/posterior.hpp"
#include "solve/trainer.hpp"

namespace residua::pinn {
namespace {

constexpr long default_points = 4096;
constexpr std::uint64_t window_stream = 0x3140;
constexpr double own_share = 0.3;  // residual of the equations over their standard deviation
constexpr double stricter_by = 10;
constexpr double most_misfit = 2;  // root mean square, in standard deviations

class NetworkCase final : public Case {
 public:
  explicit NetworkCase(const Deck& deck)
      : stated_(make_problem(deck)),
        units_(coefficient_units(stated_)),
        problem_(in_units(in_formulation(deck, stated_), units_)),
        stages_(stages_of(deck, problem_)),
        curriculum_(curriculum_of(deck, problem_, stages_)),
        network_(spec_of(deck, problem_)),
        windows_(deck, problem_),
        solution_(problem_),
        asked_std_(deck.real("training.tolerance")),
        seed_(static_cast<std::uint64_t>(deck.integer("training.seed"))) {
    check_coefficients(deck, problem_);
    points_.count = deck.has("points.count") ? deck.integer("points.count") : default_points;
    check_rows(deck, problem_, points_.count, network_.parameters() + problem_.coefficients.size());
    const std::string& kind = deck.text("points.kind");
    if (deck.has("network.from")) trained_ = read_network(deck, network_.spec());
    if (!trained_.empty() && deck.text("network.start") == "zero")
      throw deck.error("network.start", "weights are 0 or from a file, not both");
    points_.kind = kind == "gauss" ? PointKind::gauss : kind == "uniform" ? PointKind::uniform : PointKind::sobol;
  }

  void run(RunContext& context) override {
    measure_.emplace(context, stated_);
    u_ = trained_.empty() ? network_.glorot(seed_) : trained_;
    if (context.deck().text("network.start") == "zero")
      std::fill(u_.begin() + static_cast<std::ptrdiff_t>(network_.hidden_parameters()), u_.end(), 0.0);
    u_.insert(u_.end(), problem_.coefficients_start.begin(), problem_.coefficients_start.end());
    if (context.restart()) load(*context.restart());
    while (!windows_.done()) {
      train_window(context);
      if (context.stop_requested()) return;
    }
    context.metric("windows", solution_.windows());
    context.metric("unknowns", static_cast<double>(u_.size()));
    context.metric("iterations", static_cast<double>(total_));
    context.metric("loss", objective_);
    report_coefficients(context);
    on_root(context.communicator(),
            [&] { write_network(context.directory() / "network.h5", network_.spec(), theta()); });
    const Timer timer;
    measure_->finish(context, solution_);
    context.timing("measure", timer.seconds());
  }

 private:
  /// Of rows, that change in a stage.
  struct Weights {
    CausalWeights causal;
    GroupWeights groups;
  };

  void train_window(RunContext& context) {
    const Timer timer;
    const TimeWindow window = windows_.next();
    network_ = in_window(network_.spec(), problem_, window.begin, window.end);
    auto ansatz = std::make_shared<const Ansatz>(problem_, window);
    NetworkPoints::Settings settings = points_;
    settings.seed = subseed(seed_, window_stream, static_cast<std::uint64_t>(solution_.windows()));
    NetworkPoints points(solution_, *ansatz, network_, settings, context.communicator());
    for (; stage_ < stages_.size(); ++stage_) {
      if (const std::optional<Problem>& other = curriculum_[stage_]) {
        const Ansatz easier(*other, window);
        NetworkPoints there(solution_, easier, network_, settings, context.communicator());
        train_stage(context, nullptr, there);
      } else {
        train_stage(context, ansatz, points);
      }
      if (context.stop_requested()) return;
    }
    stage_ = 0;
    if (measured()) judge_measurements(context, *ansatz, points);
    solution_.add(ansatz, network_, theta());
    windows_.judge(0);
    context.timing("training", timer.seconds());
  }

  /// `ansatz`: none where the stage has an equation of its own, of which no error is known.
  void train_stage(RunContext& context, const std::shared_ptr<const Ansatz>& ansatz, NetworkPoints& points) {
    const Stage& stage = stages_[stage_];
    points.residual().set_reductions(context.reproducible() ? Reductions::reproducible : Reductions::fast);
    if (measured() && model_std_ == 0) model_std_ = std::max(asked_std_, balanced_std(points));
    if (measured()) points.set_model_std(model_std_);
    TrainerSettings settings{stage.method, "", stage.iterations, {}};
    Weights weights{CausalWeights(stage.causal), GroupWeights(stage.balance, points.groups())};
    if (!stage.step.empty()) settings.options.emplace_back("tao_residua_lm_step", stage.step);
    if (!stage.scaling.empty()) settings.options.emplace_back("tao_residua_lm_scaling", stage.scaling);
    Trainer trainer(points.residual(), settings);
    if (!resumed_) {
      if (stage_ > 0) ++draw_;
      drawn_at_ = u_;
      next_look_ = 0;
    }
    if (resumed_) weights.causal.load(*resumed_);
    if (resumed_) weights.groups.load(*resumed_);
    points.weigh_slabs(weights.causal.slabs());
    points.weigh_groups(weights.groups.lambda());
    points.use_batches(stage.batch);
    points.draw(draw_, draw_ == 0 ? 0 : stage.adaptive, drawn_at_);
    points.take_batch(total_ + (resumed_ ? Trainer::iteration_of(*resumed_) : 0));
    if (resumed_) trainer.resume(*std::exchange(resumed_, {}));
    const Timer timer;
    trainer.on_iteration([&](const Iterate& at) {
      u_ = gather(context.communicator(), at.u);
      objective_ = at.objective;
      report(context, ansatz, stage, weights, at);
      if (context.checkpoint_due()) context.save(state(trainer, weights));
      if (context.stop_requested()) return Control::stop;
      if (stage.seconds > 0 && context.communicator().broadcast_flag(timer.seconds() > stage.seconds))
        return Control::stop;
      return at.iteration < stage.iterations ? change(context, stage, at, weights, points) : Control::go_on;
    });
    const VecHandle u = points.residual().make_unknowns();
    scatter(u_, u);
    const Outcome outcome = trainer.solve(u);
    points.use_batches(0);
    if (context.stop_requested()) return;
    u_ = gather(context.communicator(), u);
    total_ += outcome.iterations;
    context.log().info("stage {} ({}): {} iterations, loss {:.3e}, {}", stage_ + 1, stage.method, outcome.iterations,
                       outcome.objective, outcome.iterations >= stage.iterations ? "all done" : outcome.reason);
    if (outcome.failed) throw Error(fmt::format("training by {} failed: {}", stage.method, outcome.reason));
  }

  /// New points and weights, where they are due.
  Control change(RunContext& context, const Stage& stage, const Iterate& at, Weights& weights, NetworkPoints& points) {
    const long iteration = at.iteration;
    const bool draw = stage.resample > 0 && iteration > 0 && iteration % stage.resample == 0;
    const bool due = iteration % stage.reweigh == 0;
    const bool weigh = due && (weights.causal.settings().active() || weights.groups.active());
    const bool stricter = due && iteration > 0 && tighten(context, stage, points);
    if (draw) {
      ++draw_;
      drawn_at_ = u_;
      points.draw(draw_, stage.adaptive, drawn_at_);
    }
    // The step to come evaluates where it ends: there the next batch counts.
    points.take_batch(total_ + iteration + 1);
    if (weigh && weights.causal.settings().active()) {
      if (weights.causal.update(points.slab_losses(u_, stage.causal.slabs), iteration, stage.iterations))
        return Control::stop;
      points.weigh_slabs(weights.causal.slabs());
    }
    if (weigh && weights.groups.active()) {
      weights.groups.update(stage.balance == Balance::ntk ? points.group_traces(u_) : points.group_gradients(u_));
      points.weigh_groups(weights.groups.lambda());
    }
    return draw || weigh || stricter ? Control::changed : Control::go_on;
  }

  bool measured() const { return !problem_.observations.empty(); }

  /// The standard deviation with which equations and conditions count as much as the measurements, but at most their
  /// residual: more leniently, the network would learn the noise first.
  double balanced_std(NetworkPoints& points) const {
    return points.model_residual(u_) /
           std::max(1.0, points.misfit(u_) * std::sqrt(static_cast<double>(problem_.measurements())));
  }

  /// Takes the equations more strictly beside measurements, where the network's own error would then still count less
  /// than one of them.
  bool tighten(RunContext& context, const Stage& stage, NetworkPoints& points) {
    if (!measured() || model_std_ <= asked_std_ || stage.method == "lmvm") return false;
    const double residual = points.model_residual(u_), stricter = std::max(asked_std_, model_std_ / stricter_by);
    if (residual > own_share * stricter) return false;
    model_std_ = stricter;
    points.set_model_std(model_std_);
    context.log().info("the equations' residual is {:.2e}, their standard deviation {:.2e} from here on", residual,
                       model_std_);
    return true;
  }

  std::vector<double> theta() const {
    return {u_.begin(), u_.begin() + static_cast<std::ptrdiff_t>(network_.parameters())};
  }

  double coefficient(std::size_t k) const { return units_[k] * u_[network_.parameters() + k]; }

  void report_coefficients(RunContext& context) const {
    const std::size_t n = units_.size();
    for (std::size_t k = 0; k < n; ++k) {
      context.metric(stated_.coefficients[k], coefficient(k));
      if (measured()) context.metric(stated_.coefficients[k] + "_std", units_[k] * std::sqrt(covariance_[k * n + k]));
    }
  }

  /// What the solution makes of the measurements.
  void judge_measurements(RunContext& context, const Ansatz& ansatz, NetworkPoints& points) {
    const VecHandle u = points.residual().make_unknowns();
    scatter(u_, u);
    const Posterior posterior(points.residual(), u);
    covariance_ = posterior.covariance(static_cast<int>(units_.size()));
    if (problem_.has_inferred()) measure_->add_deviations(context, deviations(ansatz, posterior));
    const double misfit = points.misfit(u_);
    if (misfit > most_misfit)
      context.log().warn(
          "the measurements are missed by {:.2g} standard deviations: those of coefficients are too small", misfit);
    context.metric("misfit", misfit);
    context.metric("model_std", model_std_);
    context.metric("model_residual", points.model_residual(u_));
  }

  /// Of the inferred unknowns, [unknowns][points of the fields here].
  std::vector<double> deviations(const Ansatz& ansatz, const Posterior& posterior) const {
    const Ansatz::Part part = ansatz.linearise(inferred_unknowns(problem_));
    const std::vector<double>& at = measure_->points();
    const long n = static_cast<long>(at.size()) / problem_.dimension();
    const std::vector<double> data = solution_.start(ansatz, solution_.windows(), at, n);
    PointMap map(network_, part.channels, part.program);
    map.set_parameters(u_);
    const long count = map.residuals() * n;
    std::vector<double> gradients(u_.size() * static_cast<std::size_t>(count));
    if (n > 0) map.rows({n, {at.data(), n}, {data.data(), n}}, gradients.data(), count);
    return posterior.deviations(gradients, count);
  }

  void report(RunContext& context, const std::shared_ptr<const Ansatz>& ansatz, const Stage& stage,
              const Weights& weights, const Iterate& at) {
    // The error costs as much as some iterations: it is taken ever more rarely.
    const bool look = at.iteration >= next_look_;
    if (look) {
      next_look_ = at.iteration + std::max(10L, at.iteration / 10);
      error_ = ansatz ? error_now(ansatz) : std::nullopt;
      std::vector<std::pair<std::string, double>> row{{"loss", at.objective}, {"gradient", at.gradient_norm}};
      if (measure_->has_reference()) row.emplace_back("error", error_.value_or(std::nan("")));
      for (std::size_t k = 0; k < units_.size(); ++k) row.emplace_back(stated_.coefficients[k], coefficient(k));
      for (std::size_t g = 0; g < balanced_groups(); ++g)
        row.emplace_back(fmt::format("weight_{}", g + 1), weights.groups.active() ? weights.groups.lambda()[g] : 1);
      if (any_causal()) row.emplace_back("least_weight", weights.causal.least());
      context.record(total_ + at.iteration, row);
    }
    ProgressRow row;
    row.iteration = at.iteration;
    row.total = stage.iterations;
    row.loss = at.objective;
    row.error = error_;
    if (stages_.size() > 1) row.note = fmt::format("stage {} of {}", stage_ + 1, stages_.size());
    if (stage.causal.active())
      row.note += fmt::format("{}epsilon {}, least weight {:.2g}", row.note.empty() ? "" : ", ",
                              weights.causal.epsilon(), weights.causal.least());
    context.progress(row);
  }

  std::optional<double> error_now(const std::shared_ptr<const Ansatz>& ansatz) {
    solution_.add(ansatz, network_, theta());
    const std::optional<double> error = measure_->error_in_last_window(solution_);
    solution_.remove_last();
    return error;
  }

  /// How many groups of rows have weights that change, in any stage.
  std::size_t balanced_groups() const {
    if (std::ranges::none_of(stages_, [](const Stage& stage) { return stage.balance != Balance::none; })) return 0;
    return problem_.residual.size() +
           static_cast<std::size_t>(std::ranges::count(problem_.conditions, false, &Condition::exact));
  }

  bool any_causal() const {
    return std::ranges::any_of(stages_, [](const Stage& stage) { return stage.causal.active(); });
  }

  State state(const Trainer& trainer, const Weights& weights) const {
    State state;
    trainer.save(state);
    weights.causal.save(state);
    weights.groups.save(state);
    state.arrays["model_std"] = {model_std_};
    save_network(state, network_.spec(), theta());
    windows_.save(state);
    solution_.save(state);
    state.arrays["network"] = {static_cast<double>(stage_), static_cast<double>(draw_), static_cast<double>(total_),
                               static_cast<double>(next_look_)};
    state.arrays["drawn_at"] = drawn_at_;
    return state;
  }

  void load(const State& state) {
    windows_.load(state);
    solution_.load(state, {}, [&](const TimeWindow& window) {
      return in_window(network_.spec(), problem_, window.begin, window.end);
    });
    const std::vector<double>& a = state.arrays.at("network");
    stage_ = static_cast<std::size_t>(a.at(0));
    draw_ = static_cast<long>(a.at(1));
    total_ = static_cast<long>(a.at(2));
    next_look_ = static_cast<long>(a.at(3));
    drawn_at_ = state.arrays.at("drawn_at");
    model_std_ = state.arrays.at("model_std").at(0);
    resumed_ = state;
  }

  Problem stated_;             ///< in the deck
  std::vector<double> units_;  ///< of the coefficients among the unknowns
  Problem problem_;            ///< that is solved
  std::vector<Stage> stages_;
  std::vector<std::optional<Problem>> curriculum_;  ///< of stages with parameters of their own
  Network network_;                                 ///< of the present window
  Windows windows_;
  Solution solution_;
  NetworkPoints::Settings points_;
  double asked_std_;  ///< of the equations beside measurements
  std::uint64_t seed_;
  std::vector<double> trained_;  ///< weights from a file, or none
  std::optional<Measure> measure_;

  std::vector<double> u_;  ///< weights, then coefficients: the best so far, where the next stage or window starts
  double model_std_ = 0;   ///< of the equations beside measurements; 0: not known yet
  std::vector<double> covariance_;  ///< of the coefficients, in their units
  std::vector<double> drawn_at_;    ///< u when the present points were drawn
  std::size_t stage_ = 0;
  long draw_ = 0;   ///< how often points were drawn
  long total_ = 0;  ///< iterations of earlier stages
  std::optional<State> resumed_;

  double objective_ = 0;
  std::optional<double> error_;
  long next_look_ = 0;  ///< iteration of the stage
};

}  // namespace

std::unique_ptr<Case> make_network_case(const Deck& deck) { return std::make_unique<NetworkCase>(deck); }

}  // namespace residua::pinn
