#include "pinn/feature_fit.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.hpp"
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
constexpr long chunk = 128;          // points whose rows are made together

/// The channels of a network at the points of one block: at its own, then at those that are subtracted.
using Channels = std::vector<std::vector<double>>;

/// The field of the unknowns and the coefficients, as the residual sees them.
struct Field {
  std::vector<Channels> channels;  ///< by block
  std::vector<double> coefficients;
};

/// One block with its linearisation at the present channels V and coefficients.
class Rows {
 public:
  Rows(const FitBlock& block, const Network& network)
      : part_(*block.part),
        is_observation_(block.is_observation),
        features_(network, block.part->channels),
        n_(block.at.points.range.count),
        channels_(network.outputs() * block.part->channels.size()),
        coefficients_(block.part->program.shape().parameters),
        residuals_(block.part->program.outputs() / (1 + channels_ + coefficients_)) {
    terms_.push_back({&block.at, 1, {}, {}});
    if (block.less) terms_.push_back({&*block.less, -1, {}, {}});
  }

  int residuals() const { return residuals_; }
  long count() const { return residuals_ * n_; }
  const PointSet& set() const { return terms_.front().at->points; }
  double weight(long p) const { return set().weight[p]; }
  double emphasis() const { return emphasis_; }
  /// Multiplies the rows from now on.
  void emphasise(double factor) { emphasis_ = factor; }
  bool is_observation() const { return is_observation_; }

  double r(int i, long p) const {
    double sum = 0;
    for (const Term& term : terms_) sum += term.sign * term.outputs[i * n_ + p];
    return sum;
  }

  Channels channels_of(const Network& network, std::span<const double> theta) const {
    PointMap map(network, part_.channels);
    map.set_parameters(theta);
    Channels v;
    for (const Term& term : terms_) {
      v.emplace_back(static_cast<std::size_t>(channels_ * n_));
      map.channels(points(term), {v.back().data(), n_});
    }
    return v;
  }

  /// r, dr/dV and dr/dc at V and c.
  void evaluate(const Channels& v, const std::vector<double>& coefficients) {
    at_ = coefficients;
    for (std::size_t k = 0; k < terms_.size(); ++k) {
      Term& term = terms_[k];
      std::vector<double> inputs = term.at->points.coordinate;
      inputs.insert(inputs.end(), term.at->data.begin(), term.at->data.end());
      inputs.insert(inputs.end(), v[k].begin(), v[k].end());
      term.outputs.resize(static_cast<std::size_t>(part_.program.outputs() * n_));
      part_.program.evaluate(inputs, static_cast<std::size_t>(n_), term.outputs, coefficients);
      term.v = v[k];
    }
  }

  /// Rows [J | J (V, c) - r] of all residuals into the factorisation, J = [dr/dV Phi | dr/dc]. `first` is the first
  /// local row.
  void add_to(Tsqr& qr, const Network& network, std::span<const double> hidden, long first) {
    features_.set_parameters(hidden);
    const int width = network.last_width(), columns = qr.columns();
    weights_ = columns - coefficients_;
    std::vector<std::vector<double>> phi(terms_.size());
    for (auto& f : phi) f.resize(static_cast<std::size_t>(part_.channels.size() * width * chunk));
    std::vector<double> rows(static_cast<std::size_t>((columns + 1) * chunk));
    for (long p = 0; p < n_; p += chunk) {
      const long n = std::min(chunk, n_ - p);
      for (std::size_t k = 0; k < terms_.size(); ++k)
        features_.features(points(terms_[k]).slice(p, n), {phi[k].data(), chunk});
      for (int i = 0; i < residuals_; ++i) {
        std::fill(rows.begin(), rows.end(), 0.0);
        for (std::size_t k = 0; k < terms_.size(); ++k) add_term(terms_[k], phi[k], i, p, n, network, rows);
        double* right = rows.data() + static_cast<long>(columns) * chunk;
        for (long q = 0; q < n; ++q) right[q] -= factor(p + q) * r(i, p + q);
        qr.add(first + i * n_ + p, rows.data(), static_cast<int>(chunk), static_cast<int>(n));
      }
    }
  }

 private:
  struct Term {
    const Collocation* at;
    double sign;
    std::vector<double> v, outputs;
  };

  double factor(long p) const { return emphasis_ * std::sqrt(weight(p)); }

  Points points(const Term& term) const {
    const double* data = term.at->data.empty() ? nullptr : term.at->data.data();
    return {n_, {term.at->points.coordinate.data(), n_}, {data, n_}};
  }

  /// Columns of outputs j and the right side, by every channel (j, c) that residual i depends on.
  void add_term(const Term& term, const std::vector<double>& phi, int i, long p, long n, const Network& network,
                std::vector<double>& rows) const {
    const LayerShape& layer = network.layers().back();
    const int width = network.last_width(), nc = part_.channels.size();
    const auto column_of = [&](std::size_t parameter) {
      return rows.data() + static_cast<long>(parameter - layer.weights) * chunk;
    };
    double* right = rows.data() + static_cast<long>(weights_ + coefficients_) * chunk;
    double scaled[chunk];
    for (const LayerBlock& block : layer.blocks)
      for (int out = 0; out < block.out; ++out)
        for (int c = 0; c < nc; ++c) {
          const int j = block.first_out + out, k = j * nc + c, slope = residuals_ + i * channels_ + k;
          if (part_.program.constant_output(slope) == 0.0) continue;
          for (long q = 0; q < n; ++q) {
            scaled[q] = term.sign * factor(p + q) * term.outputs[slope * n_ + p + q];
            right[q] += scaled[q] * term.v[k * n_ + p + q];
          }
          for (int feature = 0; feature < block.in; ++feature) {
            double* column = column_of(block.weights + static_cast<std::size_t>(feature) * block.out + out);
            const double* from = phi.data() + static_cast<long>(c * width + block.first_in + feature) * chunk;
            for (long q = 0; q < n; ++q) column[q] += scaled[q] * from[q];
          }
          if (c > 0) continue;  // the output's bias has a value and no derivative
          double* bias = column_of(layer.biases + j);
          for (long q = 0; q < n; ++q) bias[q] += scaled[q];
        }
    for (int k = 0; k < coefficients_; ++k) {
      const int slope = residuals_ * (1 + channels_) + i * coefficients_ + k;
      double* column = rows.data() + static_cast<long>(weights_ + k) * chunk;
      for (long q = 0; q < n; ++q) {
        const double derivative = term.sign * factor(p + q) * term.outputs[slope * n_ + p + q];
        column[q] += derivative;
        right[q] += derivative * at_[k];
      }
    }
  }

  const Ansatz::Part& part_;
  bool is_observation_;
  double emphasis_ = 1;
  PointMap features_;
  long n_;
  int channels_, coefficients_, residuals_;
  int weights_ = 0;         ///< of the output layer
  std::vector<double> at_;  ///< the present coefficients
  std::vector<Term> terms_;
};

/// What the least squares minimise; the residual of equations and conditions alone.
struct Squares {
  double all = 0, model = 0;
};

/// Over all blocks and ranks, by leaves of points.
Squares squares(const std::vector<Rows>& blocks, const Communicator& comm, Reductions reductions) {
  Squares sum;
  for (const Rows& rows : blocks) {
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

std::vector<Rows> rows_of(const std::vector<FitBlock>& blocks, const Network& network) {
  std::vector<Rows> rows;
  rows.reserve(blocks.size());
  for (const FitBlock& block : blocks) rows.emplace_back(block, network);
  return rows;
}

/// The rows of equations and conditions in units of `std`.
void set_model_std(std::vector<Rows>& rows, double std) {
  for (Rows& block : rows)
    if (!block.is_observation()) block.emphasise(1 / std);
}

void move(std::vector<double>& from, const std::vector<double>& to, double length) {
  for (std::size_t k = 0; k < from.size(); ++k) from[k] += length * (to[k] - from[k]);
}

Field between(Field from, const Field& to, double length) {
  if (length == 1) return to;
  for (std::size_t b = 0; b < from.channels.size(); ++b)
    for (std::size_t term = 0; term < from.channels[b].size(); ++term)
      move(from.channels[b][term], to.channels[b][term], length);
  move(from.coefficients, to.coefficients, length);
  return from;
}

Field field_of(const std::vector<Rows>& rows, const Network& network, std::span<const double> theta,
               std::vector<double> coefficients) {
  Field field{std::vector<Channels>(rows.size()), std::move(coefficients)};
  std::ranges::transform(rows, field.channels.begin(),
                         [&](const Rows& block) { return block.channels_of(network, theta); });
  return field;
}

Squares evaluate(std::vector<Rows>& rows, const Field& field, const Communicator& comm, Reductions reductions) {
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
std::vector<RowSegment> segments_of(const std::vector<FitBlock>& blocks, const std::vector<Rows>& rows) {
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
  Factorisation(std::vector<Rows>& rows, const std::vector<RowSegment>& segments, const Network& network,
                std::span<const double> hidden, int coefficients, const Communicator& comm, Reductions reductions,
                const std::vector<bool>& held = {})
      : qr(comm, output_weights(network) + coefficients, segments, reductions) {
    long first = 0;
    for (Rows& block : rows) {
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
LinearStep solve_linear(std::vector<Rows>& rows, const std::vector<RowSegment>& segments, const Network& network,
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

/// The standard deviation of equations and conditions beside observations, on its way to the one asked for. Strict from
/// the start, the narrow valley of their solutions would let the steps shrink far from what the observations want. And
/// the way ends where being stricter no longer makes the residual smaller: the network's own error would then count
/// like a measurement.
class Strictness {
 public:
  Strictness(bool measured, double asked, double residual)
      : least_(measured ? asked : 1), std_(measured ? std::max(asked, residual) : 1) {}

  double std() const { return std_; }
  bool is_final() const { return final_ || std_ <= least_; }

  /// The linear problem was as predicted, with this residual of equations and conditions.
  void settled(double residual) {
    if (final_) return;
    if (residual > own_share * std_ && residual > 0.5 * last_residual_) {
      std_ *= step;
      final_ = true;
    } else if (std_ > least_) {
      residual_before_ = std::exchange(last_residual_, residual);
      std_ = std::max(least_, std_ / step);
    }
  }

  void failed() {
    if (final_ || ++failures_ > 3) return;
    std_ *= step;
    last_residual_ = residual_before_;
    final_ = failures_ == 3;
  }

 private:
  static constexpr double step = 10, own_share = 0.3;
  double least_, std_, last_residual_ = HUGE_VAL, residual_before_ = HUGE_VAL;
  int failures_ = 0;
  bool final_ = false;
};

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
  std::vector<Rows> rows = rows_of(blocks, network);
  const std::vector<RowSegment> segments = segments_of(blocks, rows);
  const long hidden = static_cast<long>(network.hidden_parameters());
  const int coefficients = static_cast<int>(start.coefficients->size());
  const bool measured = std::ranges::any_of(rows, &Rows::is_observation);

  FitResult result{.theta = std::move(theta), .coefficients = *start.coefficients, .covariance = {}};
  Field field = field_of(rows, *start.network, *start.theta, *start.coefficients);
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
    const Field next = field_of(rows, network, result.theta, result.coefficients);
    Field moved = next;
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
  const Field found = field_of(rows, network, result.theta, result.coefficients);
  result.residual = std::sqrt(evaluate(rows, found, comm, reductions).model);
  result.model_std = strictness.std();
  return result;
}

std::vector<double> standard_deviations(const std::vector<FitBlock>& blocks, const Network& network,
                                        const std::vector<double>& theta, const std::vector<double>& coefficients,
                                        double model_std, const FitBlock& functions, const Communicator& comm,
                                        Reductions reductions) {
  std::vector<Rows> rows = rows_of(blocks, network);
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
  std::vector<Rows> rows = rows_of(blocks, network);
  const Field field = field_of(rows, network, theta, coefficients);
  return std::sqrt(evaluate(rows, field, comm, reductions).model);
}

}  // namespace residua::pinn
