#include "solve/point_residual.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "base/error.hpp"

namespace residua {
namespace {

constexpr long rows_per_chunk = 512;

long divide_up(long a, long b) { return (a + b - 1) / b; }

long unknowns_of(const std::vector<PointBlock>& blocks) {
  if (blocks.empty()) throw Error("a point residual needs at least one block");
  return static_cast<long>(blocks.front().map.parameters());
}

void subtract(const std::vector<double>& other, double* values) {
  for (std::size_t i = 0; i < other.size(); ++i) values[i] -= other[i];
}

}  // namespace

PointResidual::PointResidual(const Communicator& comm, std::vector<PointBlock> blocks, int leaf)
    : ReplicatedResidual(comm, unknowns_of(blocks)), blocks_(std::move(blocks)), leaf_(leaf) {
  for (const PointBlock& block : blocks_) check(block);
  number_rows();
}

void PointResidual::check(const PointBlock& block) const {
  const auto fail = [&](const std::string& what) { throw Error("block '" + block.name + "': " + what); };
  const auto count = static_cast<std::size_t>(block.count);
  const auto rows = static_cast<std::size_t>(block.map.residuals()) * count;
  if (static_cast<long>(block.map.parameters()) != unknowns()) fail("its parameters are not those of the others");
  if (block.map.residuals() == 0) fail("its map has no residuals");
  if (block.coordinates.size() != static_cast<std::size_t>(block.map.network().coordinates()) * count) {
    fail("the coordinates do not fit the number of points");
  }
  if (block.data.size() != static_cast<std::size_t>(block.map.data_channels()) * count) {
    fail("the data channels do not fit the number of points");
  }
  const bool paired = !block.opposite.empty();
  if (paired &&
      (block.opposite.size() != block.coordinates.size() || block.opposite_data.size() != block.data.size())) {
    fail("the opposite points are not as many as the points");
  }
  if (!block.weights.empty() && block.weights.size() != rows) fail("the weights do not fit the number of rows");
  for (const double w : block.weights) {
    if (!(w >= 0)) fail("a weight is negative or not a number");
  }
  const bool whole = block.first % leaf_ == 0 && (block.count % leaf_ == 0 || block.first + block.count == block.total);
  if (block.count > 0 && !whole) fail("a rank's points are not whole leaves of " + std::to_string(leaf_));
}

void PointResidual::number_rows() {
  std::vector<RowLeaf> leaves;
  long local = 0, number = 0, global = 0;
  block_leaf_.clear();
  for (const PointBlock& block : blocks_) {
    block_leaf_.push_back(static_cast<long>(leaves.size()));
    const long residuals = block.map.residuals();
    for (long p = 0; p < block.count; p += leaf_) {
      const long rows = residuals * std::min<long>(leaf_, block.count - p);
      leaves.push_back({number + (block.first + p) / leaf_, local, rows, global + residuals * (block.first + p)});
      local += rows;
    }
    number += divide_up(block.total, leaf_);
    global += residuals * block.total;
  }
  block_leaf_.push_back(static_cast<long>(leaves.size()));
  set_leaves(std::move(leaves), number);
}

void PointResidual::set_points(std::size_t block, long first, long count, long total, std::vector<double> coordinates,
                               std::vector<double> data, std::vector<double> weights) {
  PointBlock& b = blocks_.at(block);
  b.first = first;
  b.count = count;
  b.total = total;
  b.coordinates = std::move(coordinates);
  b.data = std::move(data);
  b.weights = std::move(weights);
  check(b);
  number_rows();
}

void PointResidual::set_weights(std::size_t block, std::vector<double> weights) {
  blocks_.at(block).weights = std::move(weights);
  check(blocks_.at(block));
}

std::vector<PointResidual::Run> PointResidual::runs(LeafRange range, long longest) {
  std::vector<Run> found;
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    PointBlock& block = blocks_[b];
    const long begin = std::max(range.first, block_leaf_[b]), end = std::min(range.last, block_leaf_[b + 1]);
    const long step = block.map.residuals() == 1 ? std::max(1L, longest / leaf_) : 1;
    for (long l = begin; l < end; l += step) {
      const long first = (l - block_leaf_[b]) * leaf_;
      const long last = std::min((std::min(l + step, end) - block_leaf_[b]) * leaf_, block.count);
      found.push_back({block, first, last - first, leaves()[static_cast<std::size_t>(l)].local});
    }
  }
  return found;
}

std::vector<PointResidual::Run> PointResidual::stretches(LeafRange range) {
  std::vector<Run> found;
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    PointBlock& block = blocks_[b];
    const long begin = std::max(range.first, block_leaf_[b]), end = std::min(range.last, block_leaf_[b + 1]);
    if (begin >= end) continue;
    const long first = (begin - block_leaf_[b]) * leaf_;
    found.push_back({block, first, std::min((end - block_leaf_[b]) * leaf_, block.count) - first, 0});
  }
  return found;
}

void PointResidual::prepare(std::span<const double> u) {
  for (PointBlock& block : blocks_) block.map.set_parameters(u);
}

Points PointResidual::points(const Run& run) {
  const PointBlock& b = run.block;
  return Points{b.count, {b.coordinates.data(), b.count}, {b.data.data(), b.count}}.slice(run.first, run.count);
}

Points PointResidual::opposite_points(const Run& run) {
  const PointBlock& b = run.block;
  return Points{b.count, {b.opposite.data(), b.count}, {b.opposite_data.data(), b.count}}.slice(run.first, run.count);
}

void PointResidual::run_residual(const Run& run, double* values) {
  PointMap& map = run.block.map;
  map.apply(points(run), {values, run.count});
  if (run.block.opposite.empty()) return;
  std::vector<double> other(static_cast<std::size_t>(map.residuals() * run.count));
  map.apply(opposite_points(run), {other.data(), run.count});
  subtract(other, values);
}

void PointResidual::run_jvp(const Run& run, std::span<const double> v, double* values) {
  PointMap& map = run.block.map;
  map.jvp(points(run), v, {values, run.count});
  if (run.block.opposite.empty()) return;
  std::vector<double> other(static_cast<std::size_t>(map.residuals() * run.count));
  map.jvp(opposite_points(run), v, {other.data(), run.count});
  subtract(other, values);
}

void PointResidual::run_vjp(const Run& run, const double* w, std::span<double> g) {
  PointMap& map = run.block.map;
  map.vjp(points(run), PointArray<const double>{w, run.count}, g);
  if (run.block.opposite.empty()) return;
  std::vector<double> negative(w, w + map.residuals() * run.count);
  for (double& x : negative) x = -x;
  map.vjp(opposite_points(run), PointArray<const double>{negative.data(), run.count}, g);
}

void PointResidual::run_rows(const Run& run, double* jacobian, long columns) {
  PointMap& map = run.block.map;
  const long rows = map.residuals() * run.count;
  map.rows(points(run), jacobian, rows);
  if (run.block.opposite.empty()) return;
  std::vector<double> other(static_cast<std::size_t>(rows * columns));
  map.rows(opposite_points(run), other.data(), rows);
  subtract(other, jacobian);
}

void PointResidual::weigh(const Run& run, double* values) {
  if (run.block.weights.empty()) return;
  for (long i = 0; i < run.block.map.residuals(); ++i) {
    const double* w = run.block.weights.data() + i * run.block.count + run.first;
    for (long p = 0; p < run.count; ++p) values[i * run.count + p] *= std::sqrt(w[p]);
  }
}

std::vector<double> PointResidual::block_residual(std::size_t block, std::span<const double> u) {
  PointBlock& b = blocks_.at(block);
  b.map.set_parameters(u);
  std::vector<double> r(static_cast<std::size_t>(b.map.residuals() * b.count));
  run_residual({b, 0, b.count, 0}, r.data());
  return r;
}

void PointResidual::evaluate_here(std::span<const double>, std::span<double> r) {
  for (const Run& run : runs(all(), std::numeric_limits<int>::max())) {
    run_residual(run, r.data() + run.row);
    weigh(run, r.data() + run.row);
  }
}

void PointResidual::jvp_here(std::span<const double>, std::span<const double> v, std::span<double> jv) {
  for (const Run& run : runs(all(), std::numeric_limits<int>::max())) {
    run_jvp(run, v, jv.data() + run.row);
    weigh(run, jv.data() + run.row);
  }
}

void PointResidual::vjp_here(std::span<const double>, LeafRange range, std::span<const double> w, std::span<double> g) {
  std::vector<double> weighted;
  for (const Run& run : runs(range, std::numeric_limits<int>::max())) {
    const double* rows = w.data() + run.row;
    weighted.assign(rows, rows + run.block.map.residuals() * run.count);
    weigh(run, weighted.data());
    run_vjp(run, weighted.data(), g);
  }
}

double PointResidual::loss_gradient_of_pairs(const Run& run, std::span<double> g) {
  std::vector<double> r(static_cast<std::size_t>(run.block.map.residuals() * run.count));
  run_residual(run, r.data());
  weigh(run, r.data());
  double loss = 0;
  for (const double x : r) loss += 0.5 * x * x;
  weigh(run, r.data());
  if (!g.empty()) run_vjp(run, r.data(), g);
  return loss;
}

double PointResidual::loss_gradient_here(std::span<const double>, LeafRange range, std::span<double> g) {
  double loss = 0;
  for (const Run& run : stretches(range)) {
    const PointBlock& b = run.block;
    if (!b.opposite.empty()) {
      loss += loss_gradient_of_pairs(run, g);
      continue;
    }
    const PointArray<const double> weights{b.weights.empty() ? nullptr : b.weights.data() + run.first, b.count};
    loss += run.block.map.loss_gradient(points(run), weights, g);
  }
  return loss;
}

void PointResidual::stream_here(std::span<const double>, const RowSink& sink) {
  std::vector<double> chunk;
  for (const Run& run : runs(all(), rows_per_chunk)) {
    const long count = run.block.map.residuals() * run.count;
    chunk.resize(static_cast<std::size_t>(count * (unknowns() + 1)));
    run_rows(run, chunk.data(), unknowns());
    run_residual(run, chunk.data() + count * unknowns());
    for (long k = 0; k <= unknowns(); ++k) weigh(run, chunk.data() + k * count);
    sink({run.row, static_cast<int>(count), chunk.data(), static_cast<int>(count)});
  }
}

std::string PointResidual::describe_row(long local_row) const {
  for (std::size_t l = 0; l < leaves().size(); ++l) {
    const RowLeaf& leaf = leaves()[l];
    if (local_row >= leaf.local + leaf.count) continue;
    const auto b = static_cast<std::size_t>(
        std::upper_bound(block_leaf_.begin(), block_leaf_.end(), static_cast<long>(l)) - block_leaf_.begin() - 1);
    const PointBlock& block = blocks_[b];
    const long first = (static_cast<long>(l) - block_leaf_[b]) * leaf_;
    const long count = std::min<long>(leaf_, block.count - first);
    const long i = (local_row - leaf.local) / count, p = first + (local_row - leaf.local) % count;
    std::ostringstream text;
    text << "residual " << i << " of block '" << block.name << "' at point " << block.first + p << " (";
    const int dimension = block.map.network().coordinates();
    for (int d = 0; d < dimension; ++d) {
      text << (d > 0 ? ", " : "") << block.coordinates[static_cast<std::size_t>(d * block.count + p)];
    }
    text << ")";
    return text.str();
  }
  return ReplicatedResidual::describe_row(local_row);
}

}  // namespace residua
