#include "pinn/feature_case.hpp"

#include <optional>

#include "base/timer.hpp"
#include "deck/deck.hpp"
#include "pinn/measure.hpp"
#include "pinn/random_features.hpp"
#include "pinn/windows.hpp"
#include "run/context.hpp"

namespace residua::pinn {
namespace {

class FeatureCase final : public Case {
 public:
  explicit FeatureCase(const Deck& deck)
      : problem_(make_problem(deck)),
        settings_(feature_settings(deck, problem_)),
        windows_(deck, problem_),
        solution_(problem_) {}

  void run(RunContext& context) override {
    if (context.restart()) load(*context.restart());
    const Reductions reductions = context.reproducible() ? Reductions::reproducible : Reductions::fast;
    while (!windows_.done()) {
      const Timer timer;
      const TimeWindow window = windows_.next();
      const int attempt = windows_.attempt();
      TrainedWindow trained =
          train_features(problem_, solution_, window, settings_, attempt, context.communicator(), reductions);
      const Windows::Verdict verdict = windows_.judge(trained.unseen_residual);
      report(context, window, trained, verdict, timer.seconds());
      if (verdict == Windows::Verdict::try_shorter) {
        longer_ = std::move(trained);
        continue;
      }
      take(verdict == Windows::Verdict::take ? std::move(trained) : std::move(*longer_));
      longer_.reset();
      if (context.checkpoint_due()) context.save(state());
      if (context.stop_requested()) return;
    }
    context.metric("windows", solution_.windows());
    context.metric("unknowns", static_cast<double>(settings_.count + 1) * problem_.fields());
    context.metric("residual_unseen_integral", estimate_);
    const Timer timer;
    Measure(context.deck(), problem_, context.communicator()).finish(context, solution_);
    context.timing("measure", timer.seconds());
  }

 private:
  void take(TrainedWindow trained) {
    const TimeWindow& window = trained.ansatz->window();
    // The defect of each window moves the solution by at most its integral over time, to first order.
    estimate_ += trained.unseen_residual * (problem_.time < 0 ? 1 : window.end - window.begin);
    solution_.add(trained.ansatz, std::move(trained.network), std::move(trained.theta));
  }

  void report(RunContext& context, const TimeWindow& window, const TrainedWindow& trained, Windows::Verdict verdict,
              double seconds) {
    const bool accepted = verdict == Windows::Verdict::take;
    ++tries_;
    context.timing("training", seconds);
    context.record(tries_, {{"begin", window.begin},
                            {"end", window.end},
                            {"residual", trained.residual},
                            {"unseen_residual", trained.unseen_residual},
                            {"condition", trained.condition},
                            {"accepted", accepted ? 1.0 : 0.0}});
    context.log().info(
        "window [{:.6g}, {:.6g}]: residual {:.2e}, at unseen points {:.2e}; {} iterations, finest length {:.2e}, "
        "{:.1f} s{}",
        window.begin, window.end, trained.residual, trained.unseen_residual, trained.iterations, 1 / trained.finest,
        seconds,
        accepted                                   ? ""
        : verdict == Windows::Verdict::try_shorter ? "; tried again, shorter"
                                                   : "; no better: the longer one stands");
    ProgressRow row;
    row.iteration = tries_;
    row.loss = trained.unseen_residual;
    if (problem_.time >= 0) {
      const double begin = problem_.box.lo[problem_.time], end = problem_.box.hi[problem_.time];
      row.done = ((accepted ? window.end : window.begin) - begin) / (end - begin);
    }
    context.progress(row);
  }

  State state() const {
    State state;
    windows_.save(state);
    solution_.save(state);
    state.arrays["features"] = {static_cast<double>(tries_), estimate_};
    return state;
  }

  void load(const State& state) {
    windows_.load(state);
    const std::vector<double>& a = state.arrays.at("features");
    tries_ = static_cast<long>(a.at(0));
    estimate_ = a.at(1);
    solution_.load(state, Monitor::expressions(problem_), [&](const TimeWindow& window) {
      return feature_network(problem_, window, settings_.count, settings_.distribution.activation);
    });
  }

  Problem problem_;
  FeatureSettings settings_;
  Windows windows_;
  Solution solution_;
  std::optional<TrainedWindow> longer_;  ///< the last try at the present window
  long tries_ = 0;
  double estimate_ = 0;
};

}  // namespace

std::unique_ptr<Case> make_feature_case(const Deck& deck) { return std::make_unique<FeatureCase>(deck); }

}  // namespace residua::pinn
