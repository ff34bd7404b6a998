#include "pinn/feature_fit.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.hpp"
#include "pinn/fit_rows.hpp"
#include "pinn/strictness.hpp"
#include "solve/tsqr.hpp"

namespace residua::pinn {
namespace {

constexpr double tikhonov = 1e-14, stiff = 1e20;  // stiff: of weights that are held
constexpr int most_iterations = 12, most_of_inverse = 100;
constexpr double rounding = 1e-14;  // of the right side, in a residual
constexpr double short_step = 0.2;
constexpr double as_predicted = 1.1;  // residual over that of the linear problem, when it has converged
constexpr double falling = 0.9;       // residual over the one before
constexpr int long_enough = 3;
constexpr double least_gain = 1e-2;  // of the sum of squares beside observations: a tenth of a standard deviation

/// What the least squares minimise; the residual of equations and conditions alone.
struct Squares {
  double all = 0, model = 0;
};

/// Over all blocks and ranks, by leaves of points.
Squares squares(const std::vector<FitRows>& blocks, const Communicator& comm, Reductions reductions) {
  Squares sum;
  for (const FitRows& rows : blocks) {
    const PointSet& set = rows.set();
    TreeReduction tree((set.total + points_per_leaf - 1) / points_per_leaf);
    double here = 0;
    for (long p = 0; p < set.range.count; p += points_per_leaf) {
      double part = 0;
      for (int i = 0; i < rows.residuals(); ++i)
        for (long q = p; q < std::min<long>(p + points_per_leaf, set.range.count); ++q)
          part += rows.weight(q) * rows.r(i, q) * rows.r(i, q);
      here += part;
      if (reductions == Reductions::reproducible) tree.put((set.range.first + p) / points_per_leaf, {part});
    }
    const double square = reductions == Reductions::reproducible ? tree.finish(comm)[0] : comm.sum(here);
    sum.all += square * rows.emphasis() * rows.emphasis();
    if (!rows.is_observation()) sum.model += square;
  }
  return sum;
}

std::vector<FitRows> rows_of(const std::vector<FitBlock>& blocks, const Network& network) {
  std::vector<FitRows> rows;
  rows.reserve(blocks.size());
  for (const FitBlock& block : blocks) rows.emplace_back(block, network);
  return rows;
}

/// The rows of equations and conditions in units of `std`.
void set_model_std(std::vector<FitRows>& rows, double std) {
  for (FitRows& block : rows)
    if (!block.is_observation()) block.emphasise(1 / std);
}

void move(std::vector<double>& from, const std::vector<double>& to, double length) {
  for (std::size_t k = 0; k < from.size(); ++k) from[k] += length * (to[k] - from[k]);
}

FitField between(FitField from, const FitField& to, double length) {
  if (length == 1) return to;
  for (std::size_t b = 0; b < from.channels.size(); ++b)
    for (std::size_t term = 0; term < from.channels[b].size(); ++term)
      move(from.channels[b][term], to.channels[b][term], length);
  move(from.coefficients, to.coefficients, length);
  return from;
}

FitField field_of(const std::vector<FitRows>& rows, const Network& network, std::span<const double> theta,
                  std::vector<double> coefficients) {
  FitField field{std::vector<Channels>(rows.size()), std::move(coefficients)};
  std::ranges::transform(rows, field.channels.begin(),
                         [&](const FitRows& block) { return block.channels_of(network, theta); });
  return field;
}

Squares evaluate(std::vector<FitRows>& rows, const FitField& field, const Communicator& comm, Reductions reductions) {
  for (std::size_t b = 0; b < rows.size(); ++b) rows[b].evaluate(field.channels[b], field.coefficients);
  return squares(rows, comm, reductions);
}

/// Whether each coefficient moves by less than can matter: to its own size, or to its standard deviation where that is
/// known.
bool at_rest(const std::vector<double>& from, const std::vector<double>& to, const std::vector<double>& covariance) {
  const std::size_t n = from.size();
  for (std::size_t k = 0; k < n; ++k) {
    const double std = covariance.empty() ? 0 : std::sqrt(covariance[k * n + k]);
    if (std::abs(to[k] - from[k]) > std::max(1e-7 * std::abs(to[k]), 1e-3 * std)) return false;
  }
  return true;
}

/// The rows of a block are numbered residual by residual, its points within.
std::vector<RowSegment> segments_of(const std::vector<FitBlock>& blocks, const std::vector<FitRows>& rows) {
  std::vector<RowSegment> segments;
  long local = 0, global = 0;
  for (std::size_t b = 0; b < rows.size(); ++b) {
    const PointSet& set = blocks[b].at.points;
    for (int i = 0; i < rows[b].residuals(); ++i) {
      if (set.range.count > 0) segments.push_back({local, set.range.count, global + set.range.first});
      local += set.range.count;
      global += set.total;
    }
  }
  return segments;
}

struct LinearStep {
  std::vector<double> weights, coefficients, covariance;
  double residual = 0;    ///< of the linear problem
  double right_side = 0;  ///< norm of what it has to cancel
  double condition = 0;
};

int output_weights(const Network& network) {
  return static_cast<int>(network.parameters() - network.hidden_parameters());
}

/// R of the rows at their present linearisation, and the norms of its columns, none too small to damp by.
struct Factorisation {
  /// `held`: outputs of the network whose weights are kept at 0; empty: none.
  Factorisation(std::vector<FitRows>& rows, const std::vector<RowSegment>& segments, const Network& network,
                std::span<const double> hidden, int coefficients, const Communicator& comm, Reductions reductions,
                const std::vector<bool>& held = {})
      : qr(comm, output_weights(network) + coefficients, segments, reductions) {
    long first = 0;
    for (FitRows& block : rows) {
      block.add_to(qr, network, hidden, first);
      first += block.count();
    }
    qr.finish();
    scale = qr.column_norms();
    const double floor = tikhonov * *std::ranges::max_element(scale);
    for (double& s : scale) s = std::max(s, floor);
    const LayerShape& layer = network.layers().back();
    for (const LayerBlock& block : layer.blocks)
      for (int out = 0; out < block.out; ++out) {
        if (held.empty() || !held[block.first_out + out]) continue;
        for (int in = 0; in < block.in; ++in)
          scale[block.weights - layer.weights + static_cast<std::size_t>(in) * block.out + out] *= stiff;
        scale[layer.biases - layer.weights + block.first_out + out] *= stiff;
      }
  }

  Damping damping() const { return {tikhonov, scale, 0}; }

  Tsqr qr;
  std::vector<double> scale;
};

/// The linear least-squares problem at the rows' present linearisation. `covariance`: whether it is wanted.
LinearStep solve_linear(std::vector<FitRows>& rows, const std::vector<RowSegment>& segments, const Network& network,
                        std::span<const double> hidden, int coefficients, bool covariance,
                        const std::vector<bool>& held, const Communicator& comm, Reductions reductions) {
  const int weights = output_weights(network);
  const Factorisation f(rows, segments, network, hidden, coefficients, comm, reductions, held);
  const Tsqr& qr = f.qr;
  const Damping damping = f.damping();
  const LeastSquaresSolution solution = qr.solve(damping);
  LinearStep step;
  step.weights.assign(solution.x.begin(), solution.x.begin() + weights);
  step.coefficients.assign(solution.x.begin() + weights, solution.x.end());
  if (covariance) step.covariance = qr.covariance(coefficients, damping);
  step.residual = solution.residual_norm;
  step.right_side = qr.right_side_norm();
  step.condition = solution.condition;
  return step;
}

/// The standard deviation with which equations and conditions count as much as the measurements, but at most their
/// residual: more leniently, functions would learn the noise first.
double balanced_std(const Squares& squares) {
  return std::sqrt(squares.model / std::max(1.0, squares.all - squares.model));
}

}  // namespace

std::vector<FitBlock> blocks_of(const Solution& solution, const Ansatz& ansatz, PointKind kind, long count,
                                std::uint64_t seed, const DensityTree* density, const Communicator& comm) {
  return blocks_at(solution, ansatz, interior_points(solution, ansatz, kind, count, seed, density, comm), seed, comm);
}

std::vector<FitBlock> blocks_at(const Solution& solution, const Ansatz& ansatz, Collocation inside, std::uint64_t seed,
                                const Communicator& comm) {
  std::vector<FitBlock> blocks;
  std::vector<PenaltyPoints> faces = penalty_points(solution, ansatz, inside.points.total, seed, comm);
  blocks.push_back({&ansatz.residual(), std::move(inside), {}});
  for (std::size_t k = 0; k < faces.size(); ++k)
    blocks.push_back({&ansatz.penalties()[k], std::move(faces[k].at), std::move(faces[k].opposite)});
  std::vector<Collocation> measured = observation_points(solution, ansatz, comm);
  for (std::size_t k = 0; k < measured.size(); ++k)
    blocks.push_back({&ansatz.observations()[k], std::move(measured[k]), {}, true});
  return blocks;
}

FitResult fit_features(const std::vector<FitBlock>& blocks, const Network& network, std::vector<double> theta,
                       const FieldStart& start, double model_std, const Communicator& comm, Reductions reductions,
                       Effort effort) {
  std::vector<FitRows> rows = rows_of(blocks, network);
  const std::vector<RowSegment> segments = segments_of(blocks, rows);
  const long hidden = static_cast<long>(network.hidden_parameters());
  const int coefficients = static_cast<int>(start.coefficients->size());
  const bool measured = std::ranges::any_of(rows, &FitRows::is_observation);

  FitResult result{.theta = std::move(theta), .coefficients = *start.coefficients, .covariance = {}};
  FitField field = field_of(rows, *start.network, *start.theta, *start.coefficients);
  Squares now = evaluate(rows, field, comm, reductions);
  if (!std::isfinite(now.all)) throw Error("the residual is not finite at the start of the fit");

  Strictness strictness(measured, model_std, coefficients > 0 ? std::sqrt(now.model) : balanced_std(now));
  const bool inverse = coefficients > 0 || measured;
  const int most = effort == Effort::one_step ? 1 : inverse ? most_of_inverse : most_iterations;
  // From nothing, functions that are inferred stay what is known of them until the others are near.
  std::vector<bool> held = measured && effort == Effort::pilot ? *start.inferred : std::vector<bool>{};
  int slow = 0, standing = 0;  // iterations in succession in which the residual hardly falls; those that also settle
  while (!result.converged && result.iterations < most) {
    ++result.iterations;
    set_model_std(rows, strictness.std());
    now = squares(rows, comm, reductions);
    LinearStep step = solve_linear(rows, segments, network, std::span(result.theta).first(hidden), coefficients,
                                   measured, held, comm, reductions);
    std::ranges::copy(step.weights, result.theta.begin() + hidden);
    result.coefficients = step.coefficients;
    result.covariance = std::move(step.covariance);
    result.condition = step.condition;

    // A full step, but where it makes things worse: then the field moves a part of the way only.
    const FitField next = field_of(rows, network, result.theta, result.coefficients);
    FitField moved = next;
    double length = 1;
    Squares reached = evaluate(rows, moved, comm, reductions);
    const double enough = std::max(now.all, as_predicted * as_predicted * step.residual * step.residual);
    while (!(reached.all <= enough) && length > 1e-3) {
      length /= 2;
      moved = between(field, next, length);
      reached = evaluate(rows, moved, comm, reductions);
    }
    if (!std::isfinite(reached.all)) throw Error("the residual is not finite after a step of Gauss-Newton");
    const bool settled =
        length == 1 && std::sqrt(reached.all) <= std::max(as_predicted * step.residual, rounding * step.right_side);
    slow = reached.all < falling * falling * now.all ? 0 : slow + 1;
    standing = settled && slow > 0 ? standing + 1 : 0;
    // Where the coefficients do not come to rest although nothing falls any more, rounding is what moves them. What the
    // measurements say of functions is at rest where their sum of squares is.
    const bool gained = measured && coefficients == 0 && now.all - step.residual * step.residual > least_gain;
    result.converged = settled && held.empty() && strictness.is_final() &&
                       ((!gained && at_rest(field.coefficients, moved.coefficients, result.covariance)) ||
                        ((!measured || coefficients == 0) && standing == long_enough));
    if (settled && !held.empty())
      held.clear();
    else if (settled)
      strictness.settled(std::sqrt(reached.model));
    else if (measured && length < short_step)
      strictness.failed();
    field = std::move(moved);
    if (effort == Effort::pilot && !measured && coefficients > 0 && slow == long_enough) break;
  }
  // The field may have stopped on its way to what the weights give.
  const FitField found = field_of(rows, network, result.theta, result.coefficients);
  result.residual = std::sqrt(evaluate(rows, found, comm, reductions).model);
  result.model_std = strictness.std();
  return result;
}

std::vector<double> standard_deviations(const std::vector<FitBlock>& blocks, const Network& network,
                                        const std::vector<double>& theta, const std::vector<double>& coefficients,
                                        double model_std, const FitBlock& functions, const Communicator& comm,
                                        Reductions reductions) {
  std::vector<FitRows> rows = rows_of(blocks, network);
  set_model_std(rows, model_std);
  evaluate(rows, field_of(rows, network, theta, coefficients), comm, reductions);
  const Factorisation f(rows, segments_of(blocks, rows), network, std::span(theta).first(network.hidden_parameters()),
                        static_cast<int>(coefficients.size()), comm, reductions);
  const PointSet& set = functions.at.points;
  const long n = set.range.count;
  PointMap map(network, functions.part->channels, functions.part->program);
  std::vector<double> all = theta;
  all.insert(all.end(), coefficients.begin(), coefficients.end());
  map.set_parameters(all);
  const long count = map.residuals() * n;
  // The functions do not depend on the coefficients: their columns, the last, are 0.
  std::vector<double> gradients(static_cast<std::size_t>(f.qr.columns()) * static_cast<std::size_t>(count));
  const double* data = functions.at.data.empty() ? nullptr : functions.at.data.data();
  if (n > 0) map.output_rows({n, {set.coordinate.data(), n}, {data, n}}, gradients.data(), count);
  return f.qr.deviations(gradients, count, f.damping());
}

double residual_at(const std::vector<FitBlock>& blocks, const Network& network, const std::vector<double>& theta,
                   const std::vector<double>& coefficients, const Communicator& comm, Reductions reductions) {
  std::vector<FitRows> rows = rows_of(blocks, network);
  const FitField field = field_of(rows, network, theta, coefficients);
  return std::sqrt(evaluate(rows, field, comm, reductions).model);
}

}  // namespace residua::pinn
