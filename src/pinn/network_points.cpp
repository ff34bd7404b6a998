#include "pinn/network_points.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "base/random.hpp"
#include "base/reduction.hpp"
#include "solve/evaluation.hpp"

namespace residua::pinn {
namespace {

constexpr int tree_cells = 1024;
constexpr std::uint64_t draw_stream = 0xd3a3, batch_stream = 0xba7c;

/// Weights by residual: [residuals][points].
std::vector<double> for_each_residual(const std::vector<double>& weight, int residuals) {
  std::vector<double> all;
  for (int i = 0; i < residuals; ++i) all.insert(all.end(), weight.begin(), weight.end());
  return all;
}

PointBlock block_of(std::string name, const Network& network, const Ansatz::Part& part, Collocation at) {
  PointMap map(network, part.channels, part.program);
  const int residuals = map.residuals();
  return {std::move(name),       std::move(map),
          at.points.range.first, at.points.range.count,
          at.points.total,       std::move(at.points.coordinate),
          std::move(at.data),    for_each_residual(at.points.weight, residuals)};
}

}  // namespace

NetworkPoints::NetworkPoints(const Solution& solution, const Ansatz& ansatz, const Network& network, Settings settings,
                             const Communicator& comm)
    : solution_(solution), ansatz_(ansatz), network_(network), settings_(settings), comm_(comm) {
  std::vector<PointBlock> blocks;
  blocks.push_back(
      block_of("equations", network, ansatz.residual(),
               interior_points(solution, ansatz, settings.kind, settings.count, settings.seed, nullptr, comm)));
  std::vector<PenaltyPoints> faces = penalty_points(solution, ansatz, settings.count, settings.seed, comm);
  for (std::size_t k = 0; k < faces.size(); ++k) {
    blocks.push_back(
        block_of(fmt::format("penalty condition {}", k + 1), network, ansatz.penalties()[k], std::move(faces[k].at)));
    if (!faces[k].opposite) continue;
    blocks.back().opposite = std::move(faces[k].opposite->points.coordinate);
    blocks.back().opposite_data = std::move(faces[k].opposite->data);
  }
  model_blocks_ = blocks.size();
  measured_blocks_ =
      static_cast<std::size_t>(std::ranges::count(ansatz.problem().observations, false, &Observations::is_prior));
  std::vector<Collocation> measured = observation_points(solution, ansatz, comm);
  for (std::size_t k = 0; k < measured.size(); ++k)
    blocks.push_back(
        block_of(fmt::format("observations {}", k + 1), network, ansatz.observations()[k], std::move(measured[k])));
  for (const PointBlock& block : blocks)
    point_weights_.emplace_back(block.weights.begin(), block.weights.begin() + block.count);
  residual_ = std::make_unique<PointResidual>(comm, std::move(blocks));
}

DensityTree NetworkPoints::density(double adaptive, std::span<const double> u) const {
  const Ansatz::Part& part = ansatz_.residual();
  PointMap map(network_, part.channels, part.program);
  map.set_parameters(u);
  const auto size_of_residual = [&](std::span<const double> points, long n) {
    const std::vector<double> data = solution_.start(ansatz_, solution_.windows(), points, n);
    std::vector<double> r(static_cast<std::size_t>(map.residuals() * n)), size(static_cast<std::size_t>(n), 1e-300);
    map.apply({n, {points.data(), n}, {data.empty() ? nullptr : data.data(), n}}, {r.data(), n});
    for (int i = 0; i < map.residuals(); ++i)
      for (long p = 0; p < n; ++p) size[p] += std::abs(r[i * n + p]);
    return size;
  };
  const Box box = window_box(ansatz_.problem(), ansatz_.window());
  std::vector<int> all(box.lo.size());
  std::iota(all.begin(), all.end(), 0);
  const double mean = DensityTree(box, all, size_of_residual, tree_cells).mean();
  return DensityTree(
      box, all,
      [&](std::span<const double> points, long n) {
        std::vector<double> values = size_of_residual(points, n);
        for (double& v : values) v = 1 - adaptive + adaptive * v / mean;
        return values;
      },
      tree_cells);
}

void NetworkPoints::draw(long number, double adaptive, std::span<const double> u) {
  std::optional<DensityTree> tree;
  if (adaptive > 0) tree.emplace(density(adaptive, u));
  Collocation at = interior_points(solution_, ansatz_, settings_.kind, settings_.count,
                                   subseed(settings_.seed, draw_stream, static_cast<std::uint64_t>(number)),
                                   tree ? &*tree : nullptr, comm_);
  draw_ = number;
  if (batch_leaves_ > 0)
    whole_ = std::move(at);
  else
    put(std::move(at));
}

void NetworkPoints::use_batches(long size) {
  const bool had = batch_leaves_ > 0;
  batch_leaves_ = (size + points_per_leaf - 1) / points_per_leaf;
  if (had && batch_leaves_ == 0) put(std::move(whole_));
}

void NetworkPoints::take_batch(long number) {
  if (batch_leaves_ == 0) return;
  const PointSet& all = whole_.points;
  const long leaves = (all.total + points_per_leaf - 1) / points_per_leaf, strata = std::min(batch_leaves_, leaves);
  const std::uint64_t seed =
      subseed(settings_.seed, batch_stream + static_cast<std::uint64_t>(draw_), static_cast<std::uint64_t>(number));
  Collocation batch;
  PointSet& set = batch.points;
  set.dimension = all.dimension;
  std::vector<PointRange> mine;  // of the local points
  for (long s = 0; s < strata; ++s) {
    const long begin = s * leaves / strata, count = (s + 1) * leaves / strata - begin;
    const double u = uniform(seed, batch_stream, static_cast<std::uint64_t>(s));
    const long leaf = begin + std::min(count - 1, static_cast<long>(u * static_cast<double>(count)));
    const long first = leaf * points_per_leaf, n = std::min<long>(points_per_leaf, all.total - first);
    set.total += n;
    if (first < all.range.first) set.range.first += n;
    if (first < all.range.first || first >= all.range.first + all.range.count) continue;
    mine.push_back({first - all.range.first, n});
    for (long p = first - all.range.first; p < first - all.range.first + n; ++p)
      set.weight.push_back(static_cast<double>(count) * all.weight[p]);
    set.range.count += n;
  }
  const auto picked = [&](const std::vector<double>& from, std::vector<double>& to) {
    for (long row = 0; row * all.range.count < static_cast<long>(from.size()); ++row)
      for (const PointRange& part : mine) {
        const auto at = from.begin() + row * all.range.count + part.first;
        to.insert(to.end(), at, at + part.count);
      }
  };
  if (!mine.empty()) {
    picked(all.coordinate, set.coordinate);
    picked(whole_.data, batch.data);
  }
  put(std::move(batch));
}

void NetworkPoints::put(Collocation inside) {
  const PointRange range = inside.points.range;
  point_weights_[0] = std::move(inside.points.weight);
  residual_->set_points(0, range.first, range.count, inside.points.total, std::move(inside.points.coordinate),
                        std::move(inside.data), {});
  residual_->set_weights(0, row_weights(0));
}

int NetworkPoints::slab_of(double time, std::size_t slabs) const {
  const TimeWindow& window = ansatz_.window();
  const double share = (time - window.begin) / (window.end - window.begin);
  return static_cast<int>(std::clamp(share, 0.0, 1 - 1e-12) * static_cast<double>(slabs));
}

std::vector<double> NetworkPoints::row_weights(std::size_t block) const {
  const PointBlock& b = residual_->blocks()[block];
  std::vector<double> weights = point_weights_[block];
  if (block >= model_blocks_) return for_each_residual(weights, b.map.residuals());
  for (double& w : weights) w /= model_std_ * model_std_;
  if (!slabs_.empty()) {
    const double* time = b.coordinates.data() + ansatz_.problem().time * b.count;
    for (long p = 0; p < b.count; ++p) weights[p] *= slabs_[slab_of(time[p], slabs_.size())];
  }
  std::vector<double> rows = for_each_residual(weights, b.map.residuals());
  for (int i = 0; i < b.map.residuals(); ++i)
    for (long p = 0; p < b.count; ++p) rows[i * b.count + p] *= lambda(group_of(block, i));
  return rows;
}

std::size_t NetworkPoints::groups() const {
  return static_cast<std::size_t>(residual_->blocks()[0].map.residuals()) + model_blocks_ - 1;
}

std::size_t NetworkPoints::group_of(std::size_t block, int i) const {
  if (block == 0) return static_cast<std::size_t>(i);
  return block < model_blocks_ ? groups() - model_blocks_ + block : groups();
}

void NetworkPoints::weigh_groups(std::vector<double> lambda) {
  lambda_ = std::move(lambda);
  weigh_blocks();
}

std::vector<double> NetworkPoints::group_gradients(std::span<const double> u) {
  const VecHandle at = residual_->make_unknowns(), gradient = residual_->make_unknowns();
  const VecHandle r = residual_->make_rows(), part = residual_->make_rows();
  scatter(u, at);
  residual_->evaluate(at, r);
  const std::vector<RowGroup> rows = row_groups();
  std::vector<double> norms;
  for (std::size_t g = 0; g < groups(); ++g) {
    {
      const VecReader from(r);
      const VecWriter to(part);
      for (const RowGroup& row : rows)
        for (long k = row.first; k < row.first + row.count; ++k) to.span()[k] = row.group == g ? from.span()[k] : 0;
    }
    residual_->vjp(at, part, gradient);
    norms.push_back(norm(gather(comm_, gradient)) / lambda(g));
  }
  return norms;
}

std::vector<double> NetworkPoints::group_traces(std::span<const double> u) {
  const VecHandle at = residual_->make_unknowns();
  scatter(u, at);
  std::vector<double> squares(static_cast<std::size_t>(residual_->local_rows()));
  residual_->stream_rows(at, [&](const RowChunk& chunk) {
    for (long k = 0; k < residual_->unknowns(); ++k)
      for (int row = 0; row < chunk.count; ++row) {
        const double derivative = chunk.data[k * chunk.ld + row];
        squares[chunk.first + row] += derivative * derivative;
      }
  });
  const std::vector<RowGroup> rows = row_groups();
  long leaves = 0;
  for (const PointBlock& b : residual_->blocks()) leaves += (b.total + points_per_leaf - 1) / points_per_leaf;
  TreeReduction tree(leaves);
  for (std::size_t k = 0; k < rows.size();) {
    std::vector<double> sums(groups() + 1);
    const long leaf = rows[k].leaf;
    for (; k < rows.size() && rows[k].leaf == leaf; ++k)
      for (long row = rows[k].first; row < rows[k].first + rows[k].count; ++row)
        sums[rows[k].group] += squares[row] / lambda(rows[k].group);
    tree.put(leaf, std::move(sums));
  }
  std::vector<double> traces = tree.finish(comm_);
  traces.resize(groups());
  return traces;
}

std::vector<NetworkPoints::RowGroup> NetworkPoints::row_groups() const {
  std::vector<RowGroup> rows;
  long row = 0, leaves = 0;
  for (std::size_t block = 0; block < point_weights_.size(); ++block) {
    const PointBlock& b = residual_->blocks()[block];
    for (long p = 0; p < b.count; p += points_per_leaf) {
      const long n = std::min<long>(points_per_leaf, b.count - p);
      for (int i = 0; i < b.map.residuals(); ++i, row += n)
        rows.push_back({leaves + (b.first + p) / points_per_leaf, row, n, group_of(block, i)});
    }
    leaves += (b.total + points_per_leaf - 1) / points_per_leaf;
  }
  return rows;
}

void NetworkPoints::weigh_blocks() {
  for (std::size_t b = 0; b < point_weights_.size(); ++b) residual_->set_weights(b, row_weights(b));
}

void NetworkPoints::weigh_slabs(std::vector<double> slabs) {
  slabs_ = std::move(slabs);
  weigh_blocks();
}

void NetworkPoints::set_model_std(double std) {
  model_std_ = std;
  weigh_blocks();
}

double NetworkPoints::squares(std::size_t begin, std::size_t end, std::span<const double> u) {
  double total = 0;
  for (std::size_t k = begin; k < end; ++k) {
    const PointBlock& b = residual_->blocks()[k];
    const std::vector<double> r = residual_->block_residual(k, u);
    TreeReduction tree((b.total + points_per_leaf - 1) / points_per_leaf);
    for (long first = 0; first < b.count; first += points_per_leaf) {
      double sum = 0;
      for (int i = 0; i < b.map.residuals(); ++i)
        for (long p = first; p < std::min(first + points_per_leaf, b.count); ++p)
          sum += point_weights_[k][p] * r[i * b.count + p] * r[i * b.count + p];
      tree.put((b.first + first) / points_per_leaf, {sum});
    }
    total += tree.finish(comm_)[0];
  }
  return total;
}

double NetworkPoints::model_residual(std::span<const double> u) { return std::sqrt(squares(0, model_blocks_, u)); }

double NetworkPoints::misfit(std::span<const double> u) {
  return std::sqrt(squares(model_blocks_, model_blocks_ + measured_blocks_, u) /
                   static_cast<double>(ansatz_.problem().measurements()));
}

std::vector<double> NetworkPoints::slab_losses(std::span<const double> u, int slabs) {
  const PointBlock& b = residual_->blocks()[0];
  const std::vector<double> r = residual_->block_residual(0, u);
  const double* time = b.coordinates.data() + ansatz_.problem().time * b.count;
  TreeReduction tree((b.total + points_per_leaf - 1) / points_per_leaf);
  for (long first = 0; first < b.count; first += points_per_leaf) {
    std::vector<double> sums(2 * static_cast<std::size_t>(slabs));  // of weight * r^2, of weight
    for (long p = first; p < std::min(first + points_per_leaf, b.count); ++p) {
      const int slab = slab_of(time[p], static_cast<std::size_t>(slabs));
      const double weight = point_weights_[0][p];
      for (int i = 0; i < b.map.residuals(); ++i) sums[slab] += weight * r[i * b.count + p] * r[i * b.count + p];
      sums[slabs + slab] += weight;
    }
    tree.put((b.first + first) / points_per_leaf, std::move(sums));
  }
  std::vector<double> sums = tree.finish(comm_);
  for (int k = 0; k < slabs; ++k) sums[k] = sums[slabs + k] > 0 ? sums[k] / sums[slabs + k] : 0;
  sums.resize(static_cast<std::size_t>(slabs));
  return sums;
}

}  // namespace residua::pinn
