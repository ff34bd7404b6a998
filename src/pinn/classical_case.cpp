#include "pinn/classical_case.hpp"

#include "base/timer.hpp"
#include "deck/deck.hpp"
#include "pinn/classical.hpp"
#include "pinn/measure.hpp"
#include "run/context.hpp"

namespace residua::pinn {
namespace {

class ClassicalCase final : public Case {
 public:
  explicit ClassicalCase(const Deck& deck)
      : problem_(make_problem(deck)), form_(classical_form(deck, problem_)), settings_(classical_settings(deck)) {}

  void run(RunContext& context) override {
    Measure measure(context, problem_);
    const Timer timer;
    const auto pulse = [&](const ProgressRow& row) {
      context.progress(row);
      context.checkpoint_due();  // asks for signals; there is no state worth keeping
      return !context.stop_requested();
    };
    const std::optional<ClassicalSolution> found =
        solve_classical(problem_, form_, settings_, measure.axes(), context.communicator(), pulse);
    if (!found) return;
    context.progress_done();
    context.timing("solve", timer.seconds());
    context.timing("last_solve", found->seconds);
    if (!found->converged)
      context.log().warn(
          "the error estimate {:.2e} is above classical.tolerance = {:.2e}: no better solution was found "
          "within classical.unknowns and classical.seconds, or rounding allows none",
          found->estimate, settings_.tolerance);
    context.metric("error_estimate", found->estimate);
    context.metric("unknowns", static_cast<double>(found->unknowns));
    if (problem_.time >= 0) context.metric("time_steps", static_cast<double>(found->steps));
    for (int d = 0; d < form_.directions(); ++d)
      context.metric("points_" + problem_.coordinates[form_.space[d]], found->points[d]);
    measure.finish(context, found->values);
  }

 private:
  Problem problem_;
  ClassicalForm form_;
  ClassicalSettings settings_;
};

}  // namespace

std::unique_ptr<Case> make_classical_case(const Deck& deck) { return std::make_unique<ClassicalCase>(deck); }

}  // namespace residua::pinn
