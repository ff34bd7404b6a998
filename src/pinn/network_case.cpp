#include "pinn/network_case.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "base/random.hpp"
#include "base/timer.hpp"
#include "deck/deck.hpp"
#include "pinn/lagrangian.hpp"
#include "pinn/measure.hpp"
#include "pinn/network_points.hpp"
#include "pinn/network_settings.hpp"
#include "pinn/windows.hpp"
#include "run/context.hpp"
#include "solve/trainer.hpp"

namespace residua::pinn {
namespace {

constexpr long default_points = 4096;
constexpr std::uint64_t window_stream = 0x3140;

class NetworkCase final : public Case {
 public:
  explicit NetworkCase(const Deck& deck)
      : stated_(make_problem(deck)),
        problem_(in_formulation(deck, stated_)),
        stages_(stages_of(deck, problem_)),
        network_(spec_of(deck, problem_)),
        windows_(deck, problem_),
        solution_(problem_),
        seed_(static_cast<std::uint64_t>(deck.integer("training.seed"))) {
    points_.count = deck.has("points.count") ? deck.integer("points.count") : default_points;
    const std::string& kind = deck.text("points.kind");
    points_.kind = kind == "gauss" ? PointKind::gauss : kind == "uniform" ? PointKind::uniform : PointKind::sobol;
  }

  void run(RunContext& context) override {
    measure_.emplace(context, stated_);
    theta_ = network_.glorot(seed_);
    if (context.deck().text("network.start") == "zero")
      std::fill(theta_.begin() + static_cast<std::ptrdiff_t>(network_.hidden_parameters()), theta_.end(), 0.0);
    if (context.restart()) load(*context.restart());
    while (!windows_.done()) {
      train_window(context);
      if (context.stop_requested()) return;
    }
    context.metric("windows", solution_.windows());
    context.metric("unknowns", static_cast<double>(network_.parameters()));
    context.metric("iterations", static_cast<double>(total_));
    context.metric("loss", objective_);
    const Timer timer;
    measure_->finish(context, solution_);
    context.timing("measure", timer.seconds());
  }

 private:
  void train_window(RunContext& context) {
    const Timer timer;
    const TimeWindow window = windows_.next();
    network_ = in_window(network_.spec(), problem_, window.begin, window.end);
    auto ansatz = std::make_shared<const Ansatz>(problem_, window);
    NetworkPoints::Settings settings = points_;
    settings.seed = subseed(seed_, window_stream, static_cast<std::uint64_t>(solution_.windows()));
    NetworkPoints points(solution_, *ansatz, network_, settings, context.communicator());
    points.residual().set_reductions(context.reproducible() ? Reductions::reproducible : Reductions::fast);
    for (; stage_ < stages_.size(); ++stage_) {
      train_stage(context, ansatz, points);
      if (context.stop_requested()) return;
    }
    stage_ = 0;
    solution_.add(ansatz, network_, theta_);
    windows_.judge(0);
    context.timing("training", timer.seconds());
  }

  void train_stage(RunContext& context, const std::shared_ptr<const Ansatz>& ansatz, NetworkPoints& points) {
    const Stage& stage = stages_[stage_];
    TrainerSettings settings{stage.method, "", stage.iterations, {}};
    CausalWeights causal(stage.causal);
    if (!stage.step.empty()) settings.options.emplace_back("tao_residua_lm_step", stage.step);
    Trainer trainer(points.residual(), settings);
    if (!resumed_) {
      if (stage_ > 0) ++draw_;
      drawn_at_ = theta_;
      next_look_ = 0;
    }
    if (resumed_) causal.load(*resumed_);
    points.weigh_slabs(causal.slabs());
    points.draw(draw_, draw_ == 0 ? 0 : stage.adaptive, drawn_at_);
    if (resumed_) trainer.resume(*std::exchange(resumed_, {}));
    const Timer timer;
    trainer.on_iteration([&](const Iterate& at) {
      theta_ = gather(context.communicator(), at.u);
      objective_ = at.objective;
      report(context, ansatz, stage, causal, at);
      if (context.checkpoint_due()) context.save(state(trainer, causal));
      if (context.stop_requested()) return Control::stop;
      if (stage.seconds > 0 && context.communicator().broadcast_flag(timer.seconds() > stage.seconds))
        return Control::stop;
      return at.iteration < stage.iterations ? change(stage, at.iteration, causal, points) : Control::go_on;
    });
    const VecHandle u = points.residual().make_unknowns();
    scatter(theta_, u);
    const Outcome outcome = trainer.solve(u);
    if (context.stop_requested()) return;
    theta_ = gather(context.communicator(), u);
    total_ += outcome.iterations;
    context.log().info("stage {} ({}): {} iterations, loss {:.3e}, {}", stage_ + 1, stage.method, outcome.iterations,
                       outcome.objective, outcome.iterations >= stage.iterations ? "all done" : outcome.reason);
    if (outcome.failed) throw Error(fmt::format("training by {} failed: {}", stage.method, outcome.reason));
  }

  /// New points and weights, where they are due.
  Control change(const Stage& stage, long iteration, CausalWeights& causal, NetworkPoints& points) {
    const bool draw = stage.resample > 0 && iteration > 0 && iteration % stage.resample == 0;
    const bool weigh = stage.causal.active() && iteration % stage.causal.every == 0;
    if (draw) {
      ++draw_;
      drawn_at_ = theta_;
      points.draw(draw_, stage.adaptive, drawn_at_);
    }
    if (weigh) {
      if (causal.update(points.slab_losses(theta_, stage.causal.slabs), iteration, stage.iterations))
        return Control::stop;
      points.weigh_slabs(causal.slabs());
    }
    return draw || weigh ? Control::changed : Control::go_on;
  }

  void report(RunContext& context, const std::shared_ptr<const Ansatz>& ansatz, const Stage& stage,
              const CausalWeights& causal, const Iterate& at) {
    // The error costs as much as some iterations: it is taken ever more rarely.
    const bool look = at.iteration >= next_look_;
    if (look) {
      next_look_ = at.iteration + std::max(10L, at.iteration / 10);
      solution_.add(ansatz, network_, theta_);
      error_ = measure_->error_in_last_window(solution_);
      solution_.remove_last();
      std::vector<std::pair<std::string, double>> row{{"loss", at.objective}, {"gradient", at.gradient_norm}};
      if (measure_->has_reference()) row.emplace_back("error", error_.value_or(std::nan("")));
      if (any_causal()) row.emplace_back("least_weight", causal.least());
      context.record(total_ + at.iteration, row);
    }
    ProgressRow row;
    row.iteration = at.iteration;
    row.total = stage.iterations;
    row.loss = at.objective;
    row.error = error_;
    if (stages_.size() > 1) row.note = fmt::format("stage {} of {}", stage_ + 1, stages_.size());
    if (stage.causal.active())
      row.note += fmt::format("{}epsilon {}, least weight {:.2g}", row.note.empty() ? "" : ", ", causal.epsilon(),
                              causal.least());
    context.progress(row);
  }

  bool any_causal() const {
    return std::ranges::any_of(stages_, [](const Stage& stage) { return stage.causal.active(); });
  }

  State state(const Trainer& trainer, const CausalWeights& causal) const {
    State state;
    trainer.save(state);
    causal.save(state);
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
    resumed_ = state;
  }

  Problem stated_;   ///< in the deck
  Problem problem_;  ///< that is solved
  std::vector<Stage> stages_;
  Network network_;  ///< of the present window
  Windows windows_;
  Solution solution_;
  NetworkPoints::Settings points_;
  std::uint64_t seed_;
  std::optional<Measure> measure_;

  std::vector<double> theta_;     ///< the best so far, where the next stage or window starts
  std::vector<double> drawn_at_;  ///< the parameters when the present points were drawn
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
