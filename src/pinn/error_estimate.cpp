#include "pinn/error_estimate.hpp"

#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "grid/sobol.hpp"

namespace residua::pinn {
namespace {

constexpr long samples = 4096;
enum class Draw { everywhere, where_fine, features, points };

/// In the box of the problem; where a density is given, following it in space.
std::vector<double> sample_points(const Problem& problem, const DensityTree* density, std::uint64_t seed) {
  const int d = problem.dimension();
  std::vector<double> points(static_cast<std::size_t>(d * samples)), point(static_cast<std::size_t>(d));
  for (long p = 0; p < samples; ++p) {
    sobol_point(seed, static_cast<std::uint64_t>(p), point);
    const double share = problem.time < 0 ? 0 : point[problem.time];
    if (density) density->place(point);
    for (int i = 0; i < d; ++i) {
      const double low = problem.box.lo[i], high = problem.box.hi[i];
      points[i * samples + p] = !density ? low + point[i] * (high - low) : point[i];
      if (i == problem.time) points[i * samples + p] = low + share * (high - low);
    }
  }
  return points;
}

std::uint64_t seed_of(const FeatureSettings& settings, Draw what) {
  return subseed(settings.seed, 0xe57e57, static_cast<std::uint64_t>(what));  // of no window
}

double distance(std::span<const double> a, std::span<const double> b) {
  double difference = 0, size = 0;
  for (std::size_t p = 0; p < a.size(); ++p) {
    difference += (a[p] - b[p]) * (a[p] - b[p]);
    size += a[p] * a[p];
  }
  return size > 0 ? std::sqrt(difference / size) : 0;
}

/// How fine the solution of one window is, and the density of points that follows.
struct Fineness {
  Fineness(const Problem& problem, const Solution& solution, const FeatureSettings& settings)
      : monitor(problem, problem.scale), density(density_of(problem, solution.ansatz(0).window(), monitor)) {
    const std::vector<Expression> watched = Monitor::expressions(problem);
    for (const Draw draw : {Draw::everywhere, Draw::where_fine}) {
      const std::vector<double> points =
          sample_points(problem, draw == Draw::everywhere ? nullptr : &density, seed_of(settings, draw));
      monitor.add(points, solution.evaluate(0, watched, points, samples), samples);
      density = density_of(problem, solution.ansatz(0).window(), monitor);
    }
  }

  Monitor monitor;
  DensityTree density;
};

}  // namespace

std::optional<ErrorEstimate> estimate_error(const Problem& problem, const Solution& solution,
                                            const std::vector<double>& coefficients, const FeatureSettings& settings,
                                            const Communicator& comm, Reductions reductions) {
  if (solution.windows() != 1 || settings.features == FeatureKind::waves || !problem.observations.empty() ||
      problem.in_labels)
    return {};
  const Ansatz& ansatz = solution.ansatz(0);
  const Solution before(problem);  // the window's start is the deck's
  const auto seed = [&](Draw what) { return seed_of(settings, what); };
  const Fineness fineness(problem, solution, settings);
  const Network network = feature_network(problem, ansatz.window(), settings.count, settings.distribution.activation);
  const FitResult again = fit_features(
      blocks_of(before, ansatz, settings.kind, settings.points, seed(Draw::points), &fineness.density, comm), network,
      draw_features(problem, ansatz.window(), network, fineness.monitor, fineness.density, settings.distribution,
                    seed(Draw::features)),
      {&solution.network(0), &solution.parameters(0), &coefficients, &problem.inferred}, settings.model_std, comm,
      reductions, Effort::one_step);

  std::vector<Expression> unknowns;
  for (int j = 0; j < problem.fields(); ++j) unknowns.push_back(Expression::unknown(j));
  const std::vector<double> points = sample_points(problem, nullptr, seed(Draw::everywhere));
  const std::vector<double> data = before.start(ansatz, 0, points, samples);
  const std::vector<double> first =
      Evaluator(ansatz.evaluate(unknowns), solution.network(0), solution.parameters(0))(points, data, samples);
  const std::vector<double> second = Evaluator(ansatz.evaluate(unknowns), network, again.theta)(points, data, samples);
  ErrorEstimate estimate;
  for (int j = 0; j < problem.fields(); ++j)
    estimate.fields = std::max(estimate.fields, distance(std::span(first).subspan(j * samples, samples),
                                                         std::span(second).subspan(j * samples, samples)));
  for (std::size_t k = 0; k < coefficients.size(); ++k)
    estimate.coefficients.push_back(std::abs(again.coefficients[k] - coefficients[k]));
  return estimate;
}

std::vector<double> deviations_of_inferred(const Problem& problem, const Solution& solution,
                                           const std::vector<double>& coefficients, double model_std,
                                           const FeatureSettings& settings, const std::vector<double>& points,
                                           const Communicator& comm, Reductions reductions) {
  const Ansatz& ansatz = solution.ansatz(0);
  const Solution before(problem);  // the window's start is the deck's
  const Fineness fineness(problem, solution, settings);
  const Ansatz::Part part = ansatz.linearise(inferred_unknowns(problem));
  const long n = static_cast<long>(points.size()) / problem.dimension();
  const PointSet set{problem.dimension(), n, {0, n}, points, {}};
  return standard_deviations(blocks_of(before, ansatz, settings.kind, settings.points, seed_of(settings, Draw::points),
                                       &fineness.density, comm),
                             solution.network(0), solution.parameters(0), coefficients, model_std,
                             {&part, with_data(before, ansatz, set)}, comm, reductions);
}

}  // namespace residua::pinn
