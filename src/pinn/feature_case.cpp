#include "pinn/feature_case.hpp"

#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "base/timer.hpp"
#include "deck/deck.hpp"
#include "pinn/coefficient_search.hpp"
#include "pinn/error_estimate.hpp"
#include "pinn/feature_growth.hpp"
#include "pinn/lagrangian.hpp"
#include "pinn/measure.hpp"
#include "pinn/random_features.hpp"
#include "pinn/waves.hpp"
#include "pinn/windows.hpp"
#include "run/context.hpp"

namespace residua::pinn {
namespace {

class FeatureCase final : public Case {
 public:
  explicit FeatureCase(const Deck& deck)
      : stated_(make_problem(deck)),
        problem_(in_formulation(deck, stated_)),
        first_windows_(deck, problem_),
        windows_(first_windows_),
        at_window_start_(windows_),
        growth_(deck, problem_, feature_settings(deck, problem_), first_windows_.adaptive()),
        settings_(growth_.settings()),
        solution_(problem_),
        scale_(problem_.scale) {
    if (search_in_windows(deck, problem_)) {
      search_.emplace(problem_.coefficients_start);
      problem_ = with_coefficients(stated_, search_->next());
    }
  }

  void run(RunContext& context) override {
    measure_.emplace(context, stated_);
    if (context.restart()) load(*context.restart());
    while (solve_windows(context)) {
      if (!search_ || search_->done()) {
        finish(context);
        return;
      }
      search_->tell(misfit());
      context.log().info("solve {}: misfit {:.6g} of {} measurements; next {}", search_->solves(),
                         search_->residual_norm(), stated_.measurements(), coefficients_text(search_->next()));
      begin_again();
    }
  }

 private:
  struct Try {
    TrainedWindow window;
    FeatureSettings settings;
  };

  /// All windows that are left; false when the run has to stop.
  bool solve_windows(RunContext& context) {
    const Reductions reductions = context.reproducible() ? Reductions::reproducible : Reductions::fast;
    while (!windows_.done()) {
      const Timer timer;
      const TimeWindow window = windows_.next();
      if (windows_.attempt() == 0) at_window_start_ = windows_;
      const FeatureSettings settings = growth_.settings();
      const int attempt = windows_.attempt() + growth_.doublings();
      TrainedWindow trained =
          settings.features == FeatureKind::waves
              ? train_waves(problem_, solution_, window, settings, context.communicator(), reductions)
              : train_features(problem_, solution_, window, settings, scale_, attempt, context.communicator(),
                               reductions);
      const TrainedWindow tried = trained;
      const int found = solution_.windows();
      std::string remark;
      if (growth_.grow(trained.unseen_residual)) {
        remark = fmt::format("; tried again, with {} features", growth_.settings().count);
        fewer_ = {std::move(trained), settings};
      } else {
        remark = judge({std::move(trained), settings});
      }
      report(context, window, tried, solution_.windows() > found, remark, timer.seconds());
      if (context.checkpoint_due()) context.save(state());
      if (context.stop_requested()) return false;
    }
    return true;
  }

  /// The last try at the present window, or the one before it, is taken, or it is tried again; says so.
  std::string judge(Try trained) {
    if (fewer_ && fewer_->window.unseen_residual < trained.window.unseen_residual) trained = std::move(*fewer_);
    fewer_.reset();
    growth_.begin(trained.settings.count);
    switch (windows_.judge(trained.window.window_residual)) {
      case Windows::Verdict::try_shorter:
        longer_ = std::move(trained);
        return "; tried again, shorter";
      case Windows::Verdict::take_longer:
        take(std::move(*longer_));
        return "; no better: the longer one stands";
      case Windows::Verdict::take:
        take(std::move(trained));
    }
    return "";
  }

  void finish(RunContext& context) {
    context.metric("windows", solution_.windows());
    const Network& network = solution_.network(solution_.windows() - 1);
    context.metric("unknowns", static_cast<double>(network.parameters() - network.hidden_parameters()));
    context.metric("residual_unseen_integral", estimate_);
    report_coefficients(context);
    report_error_estimate(context);
    report_deviations(context);
    const Timer timer;
    measure_->finish(context, solution_);
    context.timing("measure", timer.seconds());
  }

  /// The solution is put away, and its windows are begun anew with the coefficients to try next.
  void begin_again() {
    problem_ = with_coefficients(stated_, search_->next());
    solution_.clear();
    windows_ = first_windows_;
    at_window_start_ = windows_;
    longer_.reset();
    counts_.clear();
    scale_ = problem_.scale;
    estimate_ = 0;
  }

  /// (predicted - measured) / std of all measurements.
  std::vector<double> misfit() const {
    std::vector<double> r;
    for (const Observations& o : stated_.observations) {
      const Expression quantity[] = {at_coefficients(o.quantity, search_->next())};
      const std::vector<double> predicted = solution_.evaluate(quantity, o.points, o.count());
      for (long p = 0; p < o.count(); ++p) r.push_back((predicted[p] - o.value[p]) / o.std[p]);
    }
    return r;
  }

  std::string coefficients_text(const std::vector<double>& values) const {
    std::string text;
    for (std::size_t k = 0; k < values.size(); ++k)
      text += fmt::format("{}{} = {:.8g}", k > 0 ? ", " : "", stated_.coefficients[k], values[k]);
    return text;
  }

  void take(Try taken) {
    longer_.reset();
    at_window_start_ = windows_;
    settings_ = taken.settings;
    counts_.push_back(settings_.count);
    TrainedWindow& trained = taken.window;
    const TimeWindow& window = trained.ansatz->window();
    // The defect of each window moves the solution by at most its integral over time, to first order.
    estimate_ += trained.unseen_residual * (problem_.time < 0 ? 1 : window.end - window.begin);
    scale_ = std::move(trained.scale);
    coefficients_ = std::move(trained.coefficients);
    covariance_ = std::move(trained.covariance);
    model_std_ = trained.model_std;
    solution_.add(trained.ansatz, std::move(trained.network), std::move(trained.theta));
  }

  void report_coefficients(RunContext& context) const {
    const std::vector<double>& values = search_ ? search_->next() : coefficients_;
    const std::vector<double>& covariance = search_ ? search_->covariance() : covariance_;
    const std::size_t n = values.size();
    for (std::size_t k = 0; k < n; ++k) {
      const std::string& name = stated_.coefficients[k];
      context.metric(name, values[k]);
      if (!covariance.empty()) context.metric(name + "_std", std::sqrt(covariance[k * n + k]));
    }
    if (search_) context.metric("solves", search_->solves() + 1);
  }

  void report_error_estimate(RunContext& context) const {
    const Timer timer;
    const std::optional<ErrorEstimate> estimate =
        estimate_error(problem_, solution_, coefficients_, settings_, context.communicator(),
                       context.reproducible() ? Reductions::reproducible : Reductions::fast);
    if (!estimate) return;
    context.metric("error_estimate", estimate->fields);
    for (std::size_t k = 0; k < estimate->coefficients.size(); ++k)
      context.metric("error_estimate_" + stated_.coefficients[k], estimate->coefficients[k]);
    context.timing("estimate", timer.seconds());
  }

  void report_deviations(RunContext& context) {
    if (!problem_.has_inferred() || problem_.observations.empty()) return;
    const Timer timer;
    measure_->add_deviations(
        context, deviations_of_inferred(problem_, solution_, coefficients_, model_std_, settings_, measure_->points(),
                                        context.communicator(),
                                        context.reproducible() ? Reductions::reproducible : Reductions::fast));
    context.metric("model_std", model_std_);
    context.timing("posterior", timer.seconds());
  }

  /// Of the last try at a window. `taken`: a window has been added to the solution; `remark`: what else became of it.
  void report(RunContext& context, const TimeWindow& window, const TrainedWindow& trained, bool taken,
              const std::string& remark, double seconds) {
    ++tries_;
    context.timing("training", seconds);
    std::vector<std::pair<std::string, double>> figures{
        {"begin", window.begin},          {"end", window.end},
        {"residual", trained.residual},   {"unseen_residual", trained.unseen_residual},
        {"condition", trained.condition}, {"windows_found", static_cast<double>(solution_.windows())}};
    const std::vector<double>& coefficients = search_ ? search_->next() : trained.coefficients;
    for (std::size_t k = 0; k < coefficients.size(); ++k)
      figures.emplace_back(stated_.coefficients[k], coefficients[k]);
    std::optional<double> error;
    if (taken) error = measure_->error_in_last_window(solution_);
    if (error) figures.emplace_back("error", *error);
    if (tries_ == 1 && !error && measure_->has_reference()) figures.emplace_back("error", std::nan(""));
    context.record(tries_, figures);
    const std::string range =
        problem_.time < 0 ? "" : fmt::format("window [{:.6g}, {:.6g}]: ", window.begin, window.end);
    if (!trained.converged)
      context.log().warn(
          "Gauss-Newton has not converged: the equations may have no solution here, or start too far from it");
    context.log().info("{}residual {:.2e}, at unseen points {:.2e}{}; {} iterations, finest length {:.2e}, {:.1f} s{}",
                       range, trained.residual, trained.unseen_residual,
                       error ? fmt::format(", error {:.2e}", *error) : "", trained.iterations, 1 / trained.finest,
                       seconds, remark);
    ProgressRow row;
    row.iteration = tries_;
    row.loss = trained.unseen_residual;
    row.error = error;
    if (problem_.time >= 0) {
      const double begin = problem_.box.lo[problem_.time], end = problem_.box.hi[problem_.time];
      row.done =
          ((taken ? solution_.ansatz(solution_.windows() - 1).window().end : window.begin) - begin) / (end - begin);
    }
    context.progress(row);
  }

  State state() const {
    State state;
    at_window_start_.save(state);  // a window that had to be tried again is then tried from its beginning
    solution_.save(state);
    if (search_) search_->save(state);
    state.arrays["features"] = {static_cast<double>(tries_), estimate_};
    state.arrays["feature_counts"] = counts_;
    state.arrays["scale"] = scale_;
    state.arrays["coefficients"] = coefficients_;
    state.arrays["covariance"] = covariance_;
    state.arrays["model_std"] = {model_std_};
    return state;
  }

  void load(const State& state) {
    if (search_) {
      search_->load(state);
      problem_ = with_coefficients(stated_, search_->next());
    }
    windows_.load(state);
    at_window_start_ = windows_;
    const std::vector<double>& a = state.arrays.at("features");
    tries_ = static_cast<long>(a.at(0));
    estimate_ = a.at(1);
    scale_ = state.arrays.at("scale");
    coefficients_ = state.arrays.at("coefficients");
    covariance_ = state.arrays.at("covariance");
    counts_ = state.arrays.at("feature_counts");
    if (!counts_.empty()) growth_.begin(static_cast<int>(counts_.back()));
    settings_ = growth_.settings();
    model_std_ = state.arrays.at("model_std").at(0);
    const bool waves = settings_.features == FeatureKind::waves;
    const auto wanted = waves ? std::vector<Expression>{} : Monitor::expressions(problem_);
    auto count = counts_.begin();
    solution_.load(state, wanted, [&](const TimeWindow& window) {
      return waves ? wave_network(problem_, window, settings_).network
                   : feature_network(problem_, window, static_cast<int>(*count++), settings_.distribution.activation);
    });
  }

  Problem stated_;   ///< in the deck
  Problem problem_;  ///< that is solved
  Windows first_windows_, windows_, at_window_start_;
  FeatureGrowth growth_;
  FeatureSettings settings_;                 ///< of the last window that was taken
  std::optional<CoefficientSearch> search_;  ///< where coefficients are found around whole solves
  std::optional<Measure> measure_;
  Solution solution_;
  std::optional<Try> longer_, fewer_;  ///< the last try at the present window
  std::vector<double> counts_;         ///< features of the windows found
  long tries_ = 0;
  double estimate_ = 0;
  std::vector<double> scale_;  ///< the largest half range so far of each unknown
  std::vector<double> coefficients_, covariance_;
  double model_std_ = 0;  ///< of equations and conditions beside observations
};

}  // namespace

std::unique_ptr<Case> make_feature_case(const Deck& deck) { return std::make_unique<FeatureCase>(deck); }

}  // namespace residua::pinn
