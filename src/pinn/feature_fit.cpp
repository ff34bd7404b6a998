#include "pinn/feature_fit.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.hpp"
#include "solve/tsqr.hpp"

namespace residua::pinn {
namespace {

constexpr double tikhonov = 1e-14;
constexpr int most_iterations = 12;
constexpr double as_predicted = 1.1;  // residual over that of the linear problem, when it has converged
constexpr long chunk = 128;           // points whose rows are made together

/// The channels of a network at the points of one block: at its own, then at those that are subtracted.
using Channels = std::vector<std::vector<double>>;

/// One block with its linearisation at the present channels V.
class Rows {
 public:
  Rows(const FitBlock& block, const Network& network)
      : part_(*block.part),
        features_(network, block.part->channels),
        n_(block.at.points.range.count),
        channels_(network.outputs() * block.part->channels.size()),
        residuals_(block.part->program.outputs() / (1 + channels_)) {
    terms_.push_back({&block.at, 1, {}, {}});
    if (block.less) terms_.push_back({&*block.less, -1, {}, {}});
  }

  int residuals() const { return residuals_; }
  long count() const { return residuals_ * n_; }
  const PointSet& set() const { return terms_.front().at->points; }
  double weight(long p) const { return set().weight[p]; }

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

  /// r(V) and dr/dV.
  void evaluate(const Channels& v) {
    for (std::size_t k = 0; k < terms_.size(); ++k) {
      Term& term = terms_[k];
      std::vector<double> inputs = term.at->points.coordinate;
      inputs.insert(inputs.end(), term.at->data.begin(), term.at->data.end());
      inputs.insert(inputs.end(), v[k].begin(), v[k].end());
      term.outputs.resize(static_cast<std::size_t>(part_.program.outputs() * n_));
      part_.program.evaluate(inputs, static_cast<std::size_t>(n_), term.outputs);
      term.v = v[k];
    }
  }

  /// Rows [J | J V - r] of all residuals into the factorisation, J = dr/dV Phi. `first` is the first local row.
  void add_to(Tsqr& qr, const Network& network, std::span<const double> hidden, long first) {
    features_.set_parameters(hidden);
    const int width = network.last_width(), columns = qr.columns();
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
        for (long q = 0; q < n; ++q) right[q] -= std::sqrt(weight(p + q)) * r(i, p + q);
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

  Points points(const Term& term) const {
    const double* data = term.at->data.empty() ? nullptr : term.at->data.data();
    return {n_, {term.at->points.coordinate.data(), n_}, {data, n_}};
  }

  /// Columns of outputs j and the right side, by every channel (j, c) that residual i depends on.
  void add_term(const Term& term, const std::vector<double>& phi, int i, long p, long n, const Network& network,
                std::vector<double>& rows) const {
    const int width = network.last_width(), m = network.outputs(), nc = part_.channels.size();
    double scaled[chunk];
    for (int j = 0; j < m; ++j)
      for (int c = 0; c < nc; ++c) {
        const int k = j * nc + c, slope = residuals_ + i * channels_ + k;
        if (part_.program.constant_output(slope) == 0.0) continue;
        double* right = rows.data() + static_cast<long>((width + 1) * m) * chunk;
        for (long q = 0; q < n; ++q) {
          scaled[q] = term.sign * std::sqrt(weight(p + q)) * term.outputs[slope * n_ + p + q];
          right[q] += scaled[q] * term.v[k * n_ + p + q];
        }
        for (int feature = 0; feature < width; ++feature) {
          double* column = rows.data() + static_cast<long>(feature * m + j) * chunk;
          const double* from = phi.data() + static_cast<long>(c * width + feature) * chunk;
          for (long q = 0; q < n; ++q) column[q] += scaled[q] * from[q];
        }
        if (c > 0) continue;  // the output's bias has a value and no derivative
        double* bias = rows.data() + static_cast<long>(width * m + j) * chunk;
        for (long q = 0; q < n; ++q) bias[q] += scaled[q];
      }
  }

  const Ansatz::Part& part_;
  PointMap features_;
  long n_;
  int channels_, residuals_;
  std::vector<Term> terms_;
};

/// sum weight r^2 over all blocks and ranks, by leaves of points.
double squares(const std::vector<Rows>& blocks, const Communicator& comm, Reductions reductions) {
  double sum = 0;
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
    sum += reductions == Reductions::reproducible ? tree.finish(comm)[0] : comm.sum(here);
  }
  return sum;
}

std::vector<Rows> rows_of(const std::vector<FitBlock>& blocks, const Network& network) {
  std::vector<Rows> rows;
  rows.reserve(blocks.size());
  for (const FitBlock& block : blocks) rows.emplace_back(block, network);
  return rows;
}

Channels between(const Channels& from, const Channels& to, double length) {
  Channels v = from;
  for (std::size_t b = 0; b < v.size(); ++b)
    for (std::size_t k = 0; k < v[b].size(); ++k) v[b][k] += length * (to[b][k] - from[b][k]);
  return v;
}

std::vector<Channels> channels_of(const std::vector<Rows>& rows, const Network& network,
                                  std::span<const double> theta) {
  std::vector<Channels> v(rows.size());
  std::ranges::transform(rows, v.begin(), [&](const Rows& block) { return block.channels_of(network, theta); });
  return v;
}

/// Sets V = from + length (to - from) everywhere; returns the residual.
double evaluate_between(std::vector<Rows>& rows, const std::vector<Channels>& from, const std::vector<Channels>& to,
                        double length, const Communicator& comm, Reductions reductions) {
  for (std::size_t b = 0; b < rows.size(); ++b) rows[b].evaluate(length == 1 ? to[b] : between(from[b], to[b], length));
  return std::sqrt(squares(rows, comm, reductions));
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

}  // namespace

std::vector<FitBlock> blocks_of(const Solution& solution, const Ansatz& ansatz, PointKind kind, long count,
                                std::uint64_t seed, const DensityTree* density, const Communicator& comm) {
  std::vector<FitBlock> blocks;
  blocks.push_back({&ansatz.residual(), interior_points(solution, ansatz, kind, count, seed, density, comm), {}});
  std::vector<PenaltyPoints> faces = penalty_points(solution, ansatz, count, seed, comm);
  for (std::size_t k = 0; k < faces.size(); ++k)
    blocks.push_back({&ansatz.penalties()[k], std::move(faces[k].at), std::move(faces[k].opposite)});
  return blocks;
}

FitResult fit_features(const std::vector<FitBlock>& blocks, const Network& network, std::vector<double> theta,
                       const FieldStart& start, const Communicator& comm, Reductions reductions) {
  std::vector<Rows> rows = rows_of(blocks, network);
  const std::vector<RowSegment> segments = segments_of(blocks, rows);
  const std::size_t hidden = network.hidden_parameters();
  const int columns = static_cast<int>(network.parameters() - hidden);

  std::vector<Channels> v = channels_of(rows, *start.network, *start.theta);
  double residual = evaluate_between(rows, v, v, 1, comm, reductions);
  if (!std::isfinite(residual)) throw Error("the residual is not finite at the start of the fit");

  FitResult result{std::move(theta)};
  bool converged = false;
  while (!converged && result.iterations < most_iterations) {
    ++result.iterations;
    Tsqr qr(comm, columns, segments, reductions);
    long first = 0;
    for (Rows& block : rows) {
      block.add_to(qr, network, std::span(result.theta).first(hidden), first);
      first += block.count();
    }
    qr.finish();
    std::vector<double> scale = qr.column_norms();
    const double floor = tikhonov * *std::ranges::max_element(scale);
    for (double& s : scale) s = std::max(s, floor);
    const LeastSquaresSolution step = qr.solve({tikhonov, scale, 0});
    std::ranges::copy(step.x, result.theta.begin() + static_cast<long>(hidden));
    result.condition = step.condition;

    const std::vector<Channels> next = channels_of(rows, network, result.theta);
    // A full step, but where it makes things much worse: then the field moves a part of the way only.
    double length = 1, reached = evaluate_between(rows, v, next, 1, comm, reductions);
    while ((!std::isfinite(reached) || reached > 2 * residual + step.residual_norm) && length > 1e-3) {
      length /= 2;
      reached = evaluate_between(rows, v, next, length, comm, reductions);
    }
    if (!std::isfinite(reached)) throw Error("the residual is not finite after a step of Gauss-Newton");
    residual = reached;
    converged = length == 1 && reached <= as_predicted * step.residual_norm;
    for (std::size_t b = 0; b < v.size(); ++b) v[b] = between(v[b], next[b], length);
  }
  // The field may have stopped on its way to what the weights give.
  const std::vector<Channels> found = channels_of(rows, network, result.theta);
  result.residual = evaluate_between(rows, found, found, 1, comm, reductions);
  return result;
}

double residual_at(const std::vector<FitBlock>& blocks, const Network& network, const std::vector<double>& theta,
                   const Communicator& comm, Reductions reductions) {
  std::vector<Rows> rows = rows_of(blocks, network);
  for (Rows& block : rows) block.evaluate(block.channels_of(network, theta));
  return std::sqrt(squares(rows, comm, reductions));
}

}  // namespace residua::pinn
