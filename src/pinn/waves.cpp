#include "pinn/waves.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "base/random.hpp"

namespace residua::pinn {
namespace {

constexpr double pi = std::numbers::pi;
constexpr double last_share = 1e-7;       // of the highest power of time that the frequencies span, in their sines
constexpr double points_per_wave = 2;     // in each direction, for the shortest wave
constexpr int more_times = 1;             // points in time beyond the number of frequencies
constexpr double unseen_share = 1.0 / 8;  // of the points of the fit
constexpr std::uint64_t unseen_stream = 0x3a7e;

double wave_number(const Problem& problem, int coordinate, int n) {
  return 2 * pi * n / (problem.box.hi[coordinate] - problem.box.lo[coordinate]);
}

/// |k|^2 in units of the smallest wave number.
double square(const Problem& problem, const std::vector<int>& n) {
  double longest = 0, sum = 0;
  for (std::size_t i = 0; i < n.size(); ++i) {
    if (static_cast<int>(i) == problem.time) continue;
    longest = std::max(longest, problem.box.hi[i] - problem.box.lo[i]);
    const double k = n[i] / (problem.box.hi[i] - problem.box.lo[i]);
    sum += k * k;
  }
  return sum * longest * longest;
}

/// The largest of q frequencies about 0. Together their sines and cosines span nearly the polynomials below degree q,
/// the more nearly the slower they are; but the worse they are then told apart.
double fastest(int q) { return q == 1 ? 0 : 2 * std::pow(last_share * std::tgamma(q), 1.0 / (q - 1)); }

/// The first component that is not zero is positive.
bool leads(const std::vector<int>& n) {
  const auto first = std::ranges::find_if(n, [](int c) { return c != 0; });
  return first == n.end() || *first > 0;
}

/// One of each pair of wave vectors up to a length in units of the smallest.
std::vector<std::vector<int>> half_ball(const Problem& problem, double radius) {
  std::vector<int> side(static_cast<std::size_t>(problem.dimension()), 0);
  for (int i = 0; i < problem.dimension(); ++i) {
    std::vector<int> unit(side.size(), 0);
    unit[i] = 1;
    if (i != problem.time) side[i] = static_cast<int>(radius / std::sqrt(square(problem, unit)));
  }
  std::vector<std::vector<int>> vectors;
  std::vector<int> n(side.size());
  std::ranges::transform(side, n.begin(), std::negate<>());
  for (std::size_t i = 0; i < n.size();) {
    if (leads(n) && square(problem, n) <= radius * radius) vectors.push_back(n);
    for (i = 0; i < n.size() && n[i] == side[i]; ++i) n[i] = -side[i];
    if (i < n.size()) ++n[i];
  }
  return vectors;
}

/// The grid for these wave vectors: points in each coordinate.
std::vector<int> grid_counts(const Problem& problem, const std::vector<std::vector<int>>& vectors, int frequencies) {
  std::vector<int> counts(static_cast<std::size_t>(problem.dimension()), 0);
  for (const std::vector<int>& n : vectors)
    for (std::size_t i = 0; i < n.size(); ++i) counts[i] = std::max(counts[i], std::abs(n[i]));
  for (int i = 0; i < problem.dimension(); ++i)
    counts[i] =
        i == problem.time ? frequencies + more_times : static_cast<int>(std::ceil(points_per_wave * (counts[i] + 0.5)));
  return counts;
}

/// The parameters with which the solution goes on as in the window before.
std::vector<double> as_before(const Solution& solution, const TrainedWindow& trained) {
  if (solution.windows() == 0) return trained.theta;
  const auto length = [](const TimeWindow& w) { return w.end - w.begin; };
  const int last = solution.windows() - 1;
  const double ratio = length(trained.ansatz->window()) / length(solution.ansatz(last).window());
  std::vector<double> theta = solution.parameters(last);
  for (std::size_t i = trained.network.hidden_parameters(); i < theta.size(); ++i) theta[i] *= ratio;
  return theta;
}

}  // namespace

std::vector<std::vector<int>> wave_vectors(const Problem& problem, int count, int frequencies) {
  const auto most = static_cast<std::size_t>(std::max(1, count / (2 * frequencies)));
  std::vector<std::vector<int>> vectors;
  for (double radius = 1; vectors.size() <= most; radius *= 1.5) vectors = half_ball(problem, radius);
  std::ranges::stable_sort(vectors, {}, [&](const auto& n) { return square(problem, n); });
  std::size_t kept = most;
  while (kept > 1 && square(problem, vectors[kept]) < square(problem, vectors[kept - 1]) * (1 + 1e-12)) --kept;
  vectors.resize(kept);
  return vectors;
}

WaveNetwork wave_network(const Problem& problem, const TimeWindow& window, const FeatureSettings& settings) {
  const int q = settings.frequencies;
  const std::vector<std::vector<int>> vectors = wave_vectors(problem, settings.count, q);
  NetworkSpec spec;
  spec.coordinates.resize(static_cast<std::size_t>(problem.dimension()));  // as they are
  if (problem.time >= 0) spec.coordinates[problem.time] = {window.begin, window.end, 0};
  spec.hidden = {2 * q * static_cast<int>(vectors.size())};
  spec.outputs = problem.fields();
  spec.activation = Activation::sin;
  Network network(spec);
  std::vector<double> theta(network.parameters());
  const LayerShape& layer = network.layers().front();
  int feature = 0;
  for (const std::vector<int>& n : vectors) {
    const bool constant = square(problem, n) == 0;
    for (int f = 0; f < q; ++f)
      for (const double phase : {0.0, pi / 2}) {
        // Symmetric about 0; where k = 0, beta and -beta would be the same.
        const double share = constant ? (f + 1.0) / q : q == 1 ? 0 : 2.0 * f / (q - 1) - 1;
        for (int i = 0; i < problem.dimension(); ++i)
          theta[layer.weights + static_cast<std::size_t>(i) * layer.out + feature] =
              i == problem.time ? fastest(q) * share : wave_number(problem, i, n[i]);
        theta[layer.biases + static_cast<std::size_t>(feature)] = phase;
        ++feature;
      }
  }
  return {std::move(network), std::move(theta)};
}

TrainedWindow train_waves(const Problem& problem, const Solution& solution, const TimeWindow& window,
                          const FeatureSettings& settings, const Communicator& comm, Reductions reductions) {
  auto [network, theta] = wave_network(problem, window, settings);
  TrainedWindow trained{.ansatz = std::make_shared<const Ansatz>(problem, window),
                        .network = std::move(network),
                        .theta = std::move(theta),
                        .coefficients = problem.coefficients_start,
                        .covariance = {},
                        .scale = {}};
  const Ansatz& ansatz = *trained.ansatz;
  const std::vector<std::vector<int>> vectors = wave_vectors(problem, settings.count, settings.frequencies);
  const std::vector<int> counts = grid_counts(problem, vectors, settings.frequencies);
  const PointSet grid = grid_points(window_box(problem, window), counts, problem.periodic, comm);
  const std::vector<double> start = as_before(solution, trained);
  const FitResult fit =
      fit_features(blocks_at(solution, ansatz, with_data(solution, ansatz, grid), settings.seed, comm), trained.network,
                   trained.theta, {&trained.network, &start, &trained.coefficients, &problem.inferred},
                   settings.model_std, comm, reductions);
  trained.theta = fit.theta;
  trained.coefficients = fit.coefficients;
  trained.covariance = fit.covariance;
  trained.residual = trained.window_residual = fit.residual;  // between the places of the grid it is that of the waves
  trained.iterations = fit.iterations;
  trained.converged = fit.converged;
  trained.condition = fit.condition;
  const long unseen = std::max(64L, static_cast<long>(unseen_share * static_cast<double>(grid.total)));
  trained.unseen_residual = residual_at(
      blocks_of(solution, ansatz, PointKind::sobol, unseen, subseed(settings.seed, unseen_stream, 0), nullptr, comm),
      trained.network, trained.theta, trained.coefficients, comm, reductions);
  for (int i = 0; i < problem.dimension(); ++i)
    if (i != problem.time)
      trained.finest = std::max(trained.finest, wave_number(problem, i, counts[i]) / points_per_wave);
  return trained;
}

}  // namespace residua::pinn
