#include "pinn/random_features.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/random.hpp"
#include "deck/deck.hpp"
#include "grid/sobol.hpp"

namespace residua::pinn {
namespace {

constexpr int default_count = 600;
constexpr double pilot_share = 0.5;
constexpr int monitor_samples = 1024;
constexpr double rows_per_unknown = 3;
constexpr double unseen_share = 1.0 / 3;  // of the points of the fit

/// Sample points in space that follow a density, all at one time (a share of the window).
std::vector<double> samples_at(const Problem& problem, const TimeWindow& window, const DensityTree& density,
                               std::uint64_t seed, double share) {
  const int d = problem.dimension(), n = monitor_samples;
  std::vector<double> points(static_cast<std::size_t>(d * n)), point(static_cast<std::size_t>(d));
  for (int p = 0; p < n; ++p) {
    sobol_point(seed, p, point);
    density.place(point);
    for (int i = 0; i < d; ++i) points[i * n + p] = point[i];
    if (problem.time >= 0) points[problem.time * n + p] = window.begin + share * (window.end - window.begin);
  }
  return points;
}

/// Values [outputs][n] of a network of this window at points [dimension][n] that all ranks have: each takes a share.
/// Collective; the same bits for any rank count.
std::vector<double> values_at(const Solution& solution, const Ansatz& ansatz, Evaluator evaluate,
                              std::span<const double> points, long n, const Communicator& comm) {
  const long d = ansatz.problem().dimension(), outputs = evaluate.outputs();
  const PointRange mine = share(n, comm.rank(), comm.size());
  std::vector<double> part;
  for (long i = 0; i < d; ++i)
    part.insert(part.end(), points.begin() + i * n + mine.first, points.begin() + i * n + mine.first + mine.count);
  const std::vector<double> data = solution.start(ansatz, solution.windows(), part, mine.count);
  const std::vector<double> all = comm.gather(evaluate(part, data, mine.count));
  std::vector<double> values(static_cast<std::size_t>(outputs * n));
  auto from = all.begin();
  for (int rank = 0; rank < comm.size(); ++rank) {
    const PointRange theirs = share(n, rank, comm.size());
    for (long k = 0; k < outputs; ++k, from += theirs.count)
      std::copy_n(from, theirs.count, values.begin() + k * n + theirs.first);
  }
  return values;
}

/// What is drawn for one attempt at a window, each with a seed of its own.
enum class Draw { features, points, unseen, samples };

std::uint64_t seed_of(std::uint64_t seed, int window, int attempt, int stage, Draw what) {
  const std::uint64_t stream = (static_cast<std::uint64_t>(window) << 16) + static_cast<std::uint64_t>(attempt);
  return subseed(seed, stream, 4 * static_cast<std::uint64_t>(stage) + static_cast<std::uint64_t>(what));
}

}  // namespace

FeatureSettings feature_settings(const Deck& deck, const Problem& problem) {
  FeatureSettings s;
  s.count = deck.has("features.count") ? static_cast<int>(deck.integer("features.count")) : default_count;
  s.model_std = deck.real("training.tolerance");
  if (deck.text("features.kind") == "waves") {
    s.features = FeatureKind::waves;
    s.frequencies = problem.time < 0 ? 1 : static_cast<int>(deck.integer("features.frequencies"));
    if (problem.dimension() == 1 && problem.time == 0)
      throw deck.error("features.kind", "waves need a direction in space", "features.kind = \"placed\"");
    for (int i = 0; i < problem.dimension(); ++i)
      if (i != problem.time && !problem.periodic[i])
        throw deck.error(
            "features.kind",
            fmt::format("waves need every direction to be periodic, and `{}` is not", problem.coordinates[i]),
            "a condition of kind \"periodic\", enforced exactly");
  }
  s.seed = static_cast<std::uint64_t>(deck.integer("training.seed"));
  const std::string& kind = deck.text("points.kind");
  s.kind = kind == "gauss" ? PointKind::gauss : kind == "uniform" ? PointKind::uniform : PointKind::sobol;
  if (s.features == FeatureKind::waves && problem.has_inferred())
    throw deck.error("features.kind", "waves are functions of all coordinates", "features.kind = \"placed\"");
  const std::string& activation = deck.text("features.activation");
  s.distribution.activation = activation == "sin"    ? Activation::sin
                              : activation == "gelu" ? Activation::gelu
                                                     : Activation::tanh;
  s.distribution.slope = deck.real("features.slope");
  // Each point gives a row for every equation, each feature an unknown for every unknown function.
  double features = 0;
  const Network network = feature_network(problem, {0, 1}, s.count, s.distribution.activation);
  for (const LayerBlock& block : network.layers().back().blocks) features += static_cast<double>(block.in) * block.out;
  features /= static_cast<double>(problem.residual.size());
  s.points = deck.has("points.count") ? deck.integer("points.count") : static_cast<long>(rows_per_unknown * features);
  if (s.features == FeatureKind::placed)  // waves have a grid of their own
    check_rows(deck, problem, s.points,
               network.parameters() - network.hidden_parameters() + problem.coefficients.size());
  return s;
}

TrainedWindow train_features(const Problem& problem, const Solution& solution, const TimeWindow& window,
                             const FeatureSettings& settings, std::vector<double> scale, int attempt,
                             const Communicator& comm, Reductions reductions) {
  const std::vector<Expression> watched = Monitor::expressions(problem);
  auto ansatz = std::make_shared<const Ansatz>(problem, window, watched);
  const Ansatz::Part watch = ansatz->evaluate(watched);
  const int k = solution.windows();

  Monitor monitor(problem, std::move(scale));
  DensityTree density = density_of(problem, window, monitor);
  const auto look = [&](const Network& network, const std::vector<double>& theta, std::uint64_t seed, double share) {
    const std::vector<double> points = samples_at(problem, window, density, seed, share);
    monitor.add(points, values_at(solution, *ansatz, Evaluator(watch, network, theta), points, monitor_samples, comm),
                monitor_samples);
  };

  // The start of the window is known: the network plays no part in it where an initial value is built in.
  Network network = feature_network(problem, window, 1, settings.distribution.activation);
  std::vector<double> theta(network.parameters(), 0.0);
  look(network, theta, seed_of(settings.seed, k, attempt, 0, Draw::samples), 0);

  TrainedWindow trained{.ansatz = ansatz,
                        .network = network,
                        .theta = theta,
                        .coefficients = problem.coefficients_start,
                        .covariance = {},
                        .scale = {}};
  for (int stage = 0; stage < 2; ++stage) {
    const double share = stage == 0 ? pilot_share : 1;
    const auto seed = [&](Draw what) { return seed_of(settings.seed, k, attempt, stage, what); };
    density = density_of(problem, window, monitor);
    network = feature_network(problem, window, std::max(1, static_cast<int>(share * settings.count)),
                              settings.distribution.activation);
    theta = draw_features(problem, window, network, monitor, density, settings.distribution, seed(Draw::features));
    const long points = std::max(1L, static_cast<long>(share * static_cast<double>(settings.points)));
    const FitResult fit =
        fit_features(blocks_of(solution, *ansatz, settings.kind, points, seed(Draw::points), &density, comm), network,
                     theta, {&trained.network, &trained.theta, &trained.coefficients, &problem.inferred},
                     settings.model_std, comm, reductions, stage == 0 ? Effort::pilot : Effort::full);
    trained.network = network;
    trained.theta = fit.theta;
    trained.coefficients = fit.coefficients;
    trained.covariance = fit.covariance;
    trained.model_std = fit.model_std;
    trained.residual = fit.residual;
    trained.iterations += fit.iterations;
    trained.converged = fit.converged;
    trained.condition = fit.condition;
    if (stage == 0)
      for (double at : {0.25, 0.5, 1.0})
        look(trained.network, trained.theta, seed(Draw::samples) + static_cast<std::uint64_t>(4 * at), at);
  }
  const long unseen = std::max(64L, static_cast<long>(unseen_share * static_cast<double>(settings.points)));
  trained.unseen_residual = residual_at(blocks_of(solution, *ansatz, PointKind::sobol, unseen,
                                                  seed_of(settings.seed, k, attempt, 1, Draw::unseen), &density, comm),
                                        trained.network, trained.theta, trained.coefficients, comm, reductions);
  trained.window_residual = trained.unseen_residual;
  trained.finest = monitor.finest();
  trained.scale = monitor.scale();
  return trained;
}

}  // namespace residua::pinn
