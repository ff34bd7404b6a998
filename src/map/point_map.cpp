#include "map/point_map.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

#include "base/error.hpp"
#include "map/factorisation.hpp"
#include "map/kernels/block_scratch.hpp"
#include "map/kernels/rows_kernel.hpp"
#include "map/program.hpp"

namespace residua {
namespace {

using V = NativePack;
constexpr int points_per_block = block_points<V>;

/// A Jacobian of more numbers than this is written past the caches.
constexpr std::size_t streaming_size = std::size_t{1} << 21;

bool is_aligned(const double* p) { return reinterpret_cast<std::uintptr_t>(p) % sizeof(V) == 0; }

/// Rows of an array over points to rows of a block. The last point is repeated where the block is longer.
void copy_in(PointArray<const double> from, int rows, std::ptrdiff_t first, int valid, double* to) {
  for (int k = 0; k < rows; ++k, to += points_per_block) {
    const double* row = from.row(k) + first;
    std::copy_n(row, valid, to);
    std::fill(to + valid, to + points_per_block, row[valid - 1]);
  }
}

void copy_out(const double* from, int rows, std::ptrdiff_t first, int valid, PointArray<double> to) {
  for (int k = 0; k < rows; ++k, from += points_per_block) std::copy_n(from, valid, to.row(k) + first);
}

}  // namespace

struct PointMap::Implementation {
  Implementation(const Network& network_, const ChannelSet& set_, std::shared_ptr<const Program> program_);

  Network network;
  ChannelSet set;
  std::shared_ptr<const Program> program;
  JetTable jets;
  EmbeddingTables embedding;
  PackedNetwork packed;
  PackedNetwork direction;
  PaddedGradient gradient;
  std::vector<double*> gradient_weights, gradient_biases;
  std::vector<double> theta, coefficients;
  MapView map;
  std::vector<BlockScratch> scratch;
  AlignedVector row_values;  ///< [residuals][points]: weights, tangents

  std::size_t parameters() const { return network.parameters() + coefficients.size(); }
  /// d r_i / d q_k at the points of a block.
  const double* slope(const BlockMemory& memory, int i, int k) const {
    const int at = map.residuals * (1 + map.network_channels()) + i * static_cast<int>(coefficients.size()) + k;
    return memory.outputs + at * points_per_block;
  }

  void set_parameters(std::span<const double> values);
  std::vector<double> all_parameters() const;
  void require_parameters(std::size_t count) const;
  void add_scratch(int count);
  GradientView gradient_view() { return {gradient_weights.data(), gradient_biases.data(), gradient.blends()}; }
  /// sum += what the kernels have summed.
  void add_gradient(std::span<double> gradient_of_all);
  /// The coefficients' part of the gradient when the adjoint of r_i is w[i][point].
  void add_coefficient_gradient(const BlockMemory& memory, const double* w, int valid, std::span<double> sum) const;

  /// Fills the program's inputs of one block; returns the number of its points.
  int load(const Points& points, std::ptrdiff_t first, const BlockMemory& memory) const;
  /// The same for rows of weights, 0 behind the last point.
  void load_weights(PointArray<const double> w, std::ptrdiff_t first, int valid);

  template <class Body>
  void for_blocks(const Points& points, const Body& body) {
    const BlockMemory memory = scratch[0].memory();
    const BlockKernel<V, SerialTeam> kernel{team, map, memory};
    for (std::ptrdiff_t first = 0; first < points.count; first += points_per_block)
      body(kernel, memory, first, load(points, first, memory));
  }

  void rows(const Points& points, int last_layers, bool with_coefficients, double* jacobian, std::ptrdiff_t ld);
  /// The columns of the coefficients, at the points in `scratch`.
  void coefficient_rows(std::ptrdiff_t count, std::ptrdiff_t first, std::ptrdiff_t valid, double* columns,
                        std::ptrdiff_t ld);
  void rows_of_blocks(int i, std::ptrdiff_t valid, int last_layers, bool past_caches, std::ptrdiff_t ld,
                      double* columns);

  SerialTeam team;
};

PointMap::Implementation::Implementation(const Network& network_, const ChannelSet& set_,
                                         std::shared_ptr<const Program> program_)
    : network(network_),
      set(set_),
      program(std::move(program_)),
      jets(set),
      embedding(network, set),
      packed(network),
      direction(network),
      gradient(packed) {
  map.layers = packed.layers().data();
  map.count = static_cast<int>(packed.layers().size());
  map.first = packed.first();
  if (network.spec().architecture != Architecture::mlp) map.gates = map.first;
  map.jets = {jets.channels,
              jets.order,
              static_cast<int>(jets.products.size()),
              static_cast<int>(jets.terms.size()),
              jets.products.data(),
              jets.terms.data(),
              static_cast<int>(jets.leibniz.size()),
              jets.leibniz.data()};
  map.embedding = embedding.view();
  map.coordinates = network.coordinates();
  const int channels = map.network_channels();
  if (program) {
    const ProgramShape& shape = program->shape();
    const int outputs = 1 + channels + shape.parameters;  // for each residual
    if (shape.coordinates != map.coordinates || shape.inputs < channels || program->outputs() % outputs != 0)
      throw Error(fmt::format(
          "a program of {} coordinates, {} inputs, {} parameters and {} outputs does not fit a network of "
          "{} coordinates and {} channels",
          shape.coordinates, shape.inputs, shape.parameters, program->outputs(), map.coordinates, channels));
    map.program = program->view();
    map.data_channels = shape.inputs - channels;
    map.residuals = program->outputs() / outputs;
    coefficients.assign(shape.parameters, 0.0);
    map.program_parameters = coefficients.data();
  }
  for (int l = 0; l < map.count - map.first; ++l) {
    gradient_weights.push_back(gradient.weights(l));
    gradient_biases.push_back(gradient.biases(l));
  }
  row_values = AlignedVector(static_cast<std::size_t>(map.residuals) * points_per_block);
  add_scratch(1);
}

void PointMap::Implementation::add_scratch(int count) {
  while (static_cast<int>(scratch.size()) < count) scratch.emplace_back(map);
}

void PointMap::Implementation::set_parameters(std::span<const double> values) {
  const bool all = values.size() == parameters();
  if (!all && values.size() != network.hidden_parameters())
    throw Error(fmt::format("{} parameters are given; there are {}, of which {} in hidden layers", values.size(),
                            parameters(), network.hidden_parameters()));
  const std::span<const double> weights = all ? values.first(network.parameters()) : values;
  theta.assign(weights.begin(), weights.end());
  std::ranges::copy(values.subspan(weights.size()), coefficients.begin());
  packed.pack(network, dense_parameters(network, theta));
}

std::vector<double> PointMap::Implementation::all_parameters() const {
  std::vector<double> all = theta;
  if (all.size() == network.parameters()) all.insert(all.end(), coefficients.begin(), coefficients.end());
  return all;
}

void PointMap::Implementation::add_gradient(std::span<double> gradient_of_all) {
  const std::span<double> sum = gradient_of_all.first(network.parameters());
  if (!network.spec().factorised) return gradient.add_to(network, sum);
  std::vector<double> dense(sum.size());
  gradient.add_to(network, dense);
  add_pulled_back(network, theta, dense, sum);
}

void PointMap::Implementation::add_coefficient_gradient(const BlockMemory& memory, const double* w, int valid,
                                                        std::span<double> sum) const {
  for (std::size_t k = 0; k < coefficients.size(); ++k)
    for (int i = 0; i < map.residuals; ++i) {
      const double* derivative = slope(memory, i, static_cast<int>(k));
      for (int p = 0; p < valid; ++p) sum[network.parameters() + k] += w[i * points_per_block + p] * derivative[p];
    }
}

void PointMap::Implementation::require_parameters(std::size_t count) const {
  if (theta.size() < count) throw Error("the network's parameters have not been set");
}

int PointMap::Implementation::load(const Points& points, std::ptrdiff_t first, const BlockMemory& memory) const {
  const int valid = static_cast<int>(std::min<std::ptrdiff_t>(points.count - first, points_per_block));
  copy_in(points.coordinates, map.coordinates, first, valid, memory.inputs);
  copy_in(points.data, map.data_channels, first, valid, memory.inputs + map.coordinates * points_per_block);
  return valid;
}

void PointMap::Implementation::load_weights(PointArray<const double> w, std::ptrdiff_t first, int valid) {
  double* to = row_values.data();
  for (int i = 0; i < map.residuals; ++i, to += points_per_block) {
    if (w.data)
      std::copy_n(w.row(i) + first, valid, to);
    else
      std::fill_n(to, valid, 1.0);
    std::fill(to + valid, to + points_per_block, 0.0);
  }
}

/// The columns of the last `last_layers` layers, then those of the coefficients.
void PointMap::Implementation::rows(const Points& points, int last_layers, bool with_coefficients, double* jacobian,
                                    std::ptrdiff_t ld) {
  require_parameters(network.parameters());
  if (ld < map.residuals * points.count) throw Error("the rows of a Jacobian overlap");
  add_scratch(row_blocks);
  const std::size_t columns = network.parameters() - network.layers()[network.layers().size() - last_layers].weights;
  const bool past_caches = columns * map.residuals * points.count > streaming_size && is_aligned(jacobian) &&
                           is_aligned(jacobian + ld) && is_aligned(jacobian + points.count);
  for (std::ptrdiff_t first = 0; first < points.count; first += row_blocks * points_per_block) {
    const std::ptrdiff_t valid = std::min<std::ptrdiff_t>(points.count - first, row_blocks * points_per_block);
    for (int g = 0; g * points_per_block < valid; ++g) {
      const BlockMemory memory = scratch[g].memory();
      load(points, first + g * points_per_block, memory);
      BlockKernel<V, SerialTeam>{team, map, memory}.residual();
    }
    for (int i = 0; i < map.residuals; ++i)
      rows_of_blocks(i, valid, last_layers, past_caches, ld, jacobian + i * points.count + first);
    if (with_coefficients) coefficient_rows(points.count, first, valid, jacobian + columns * ld, ld);
  }
  if (past_caches) finish_streaming();
  if (network.spec().factorised && last_layers > 1)
    pull_back_rows(network, theta, jacobian, map.residuals * points.count, ld);
}

void PointMap::Implementation::coefficient_rows(std::ptrdiff_t count, std::ptrdiff_t first, std::ptrdiff_t valid,
                                                double* columns, std::ptrdiff_t ld) {
  for (std::size_t k = 0; k < coefficients.size(); ++k)
    for (int i = 0; i < map.residuals; ++i)
      for (std::ptrdiff_t p = 0; p < valid; ++p)
        columns[static_cast<std::ptrdiff_t>(k) * ld + i * count + first + p] =
            slope(scratch[p / points_per_block].memory(), i, static_cast<int>(k))[p % points_per_block];
}

void PointMap::Implementation::rows_of_blocks(int i, std::ptrdiff_t valid, int last_layers, bool past_caches,
                                              std::ptrdiff_t ld, double* columns) {
  const int blocks = static_cast<int>((valid + points_per_block - 1) / points_per_block);
  std::fill_n(row_values.data() + i * points_per_block, points_per_block, 1.0);
  BlockMemory memory[row_blocks];
  for (int g = 0; g < blocks; ++g) {
    memory[g] = scratch[g].memory();
    const BlockKernel<V, SerialTeam> kernel{team, map, memory[g]};
    kernel.seed(row_values.data(), i, i + 1);
    kernel.begin_reverse();
  }
  const std::size_t first_column = network.layers()[network.layers().size() - last_layers].weights;
  for (int l = map.count - 1; l >= map.count - last_layers; --l) {
    const LayerShape& shape = network.layers()[l - map.first];
    RowOperands operands;
    for (int g = 0; g < row_blocks; ++g) {
      if (g >= blocks) {  // read, but not written
        operands.input[g] = operands.input[0];
        operands.bar[g] = operands.bar[0];
        continue;
      }
      const BlockKernel<V, SerialTeam> kernel{team, map, memory[g]};
      if (l < map.count - 1) kernel.pass_on(l + 1);
      if (shape.merge == Merge::blend) {
        double values[points_per_block];
        kernel.merge_kernel().blend_rows(l, values);
        std::copy_n(values, std::min<std::ptrdiff_t>(points_per_block, valid - g * points_per_block),
                    columns + static_cast<std::ptrdiff_t>(shape.blend - first_column) * ld + g * points_per_block);
      }
      kernel.adjoint(l);
      operands.input[g] = kernel.input(l);
      operands.bar[g] = kernel.bar(l);
    }
    const RowsKernel<V, SerialTeam> kernel{team, map.jets.channels, static_cast<int>(valid), past_caches};
    const auto column = [&](std::size_t k) { return columns + static_cast<std::ptrdiff_t>(k - first_column) * ld; };
    for (const LayerBlock& block : shape.blocks) {
      LayerView view = map.layers[l];
      view.in = block.in;
      view.out = block.out;
      RowOperands part = operands;
      for (int g = 0; g < row_blocks; ++g) {
        part.input[g] += block.first_in * points_per_block;
        part.bar[g] += block.first_out * points_per_block;
      }
      kernel(view, part, column(block.weights), ld);
    }
    kernel.biases(map.layers[l], operands, column(shape.biases), ld);
  }
}

int PointMap::block() { return points_per_block; }

PointMap::PointMap(const Network& network, const ChannelSet& channels, const Program& program)
    : self_(std::make_unique<Implementation>(network, channels, std::make_shared<const Program>(program))) {}

PointMap::PointMap(const Network& network, const ChannelSet& channels)
    : self_(std::make_unique<Implementation>(network, channels, nullptr)) {}

PointMap::PointMap(const PointMap& other)
    : self_(std::make_unique<Implementation>(other.self_->network, other.self_->set, other.self_->program)) {
  if (!other.self_->theta.empty()) self_->set_parameters(other.self_->all_parameters());
}

PointMap& PointMap::operator=(const PointMap& other) { return *this = PointMap(other); }

PointMap::PointMap(PointMap&&) noexcept = default;
PointMap& PointMap::operator=(PointMap&&) noexcept = default;
PointMap::~PointMap() = default;

const Network& PointMap::network() const { return self_->network; }
const ChannelSet& PointMap::channel_set() const { return self_->set; }
int PointMap::residuals() const { return self_->map.residuals; }
int PointMap::data_channels() const { return self_->map.data_channels; }

int PointMap::coefficients() const { return static_cast<int>(self_->coefficients.size()); }
std::size_t PointMap::parameters() const { return self_->parameters(); }

void PointMap::set_parameters(std::span<const double> parameters) { self_->set_parameters(parameters); }

void PointMap::channels(const Points& points, PointArray<double> out) {
  Implementation& s = *self_;
  s.require_parameters(s.network.parameters());
  s.for_blocks(points, [&](const auto& kernel, const BlockMemory&, std::ptrdiff_t first, int valid) {
    kernel.network();
    copy_out(kernel.network_channels(), s.map.network_channels(), first, valid, out);
  });
}

void PointMap::features(const Points& points, PointArray<double> out) {
  Implementation& s = *self_;
  s.require_parameters(s.network.hidden_parameters());
  const int width = s.map.output().in, padded_width = s.map.output().in_padded;
  s.for_blocks(points, [&](const auto& kernel, const BlockMemory&, std::ptrdiff_t first, int valid) {
    kernel.forward(s.map.count - 2);
    for (int c = 0; c < s.map.jets.channels; ++c)
      copy_out(kernel.input(s.map.count - 1) + c * padded_width * points_per_block, width, first, valid,
               {out.row(c * width), out.stride});
  });
}

void PointMap::apply(const Points& points, PointArray<double> r) { linearise(points, r, {}); }

void PointMap::linearise(const Points& points, PointArray<double> r, PointArray<double> dr) {
  Implementation& s = *self_;
  s.require_parameters(s.network.parameters());
  const int residuals = s.map.residuals;
  s.for_blocks(points, [&](const auto& kernel, const BlockMemory& memory, std::ptrdiff_t first, int valid) {
    kernel.residual();
    copy_out(memory.outputs, residuals, first, valid, r);
    if (dr.data)
      copy_out(memory.outputs + residuals * points_per_block, residuals * s.map.network_channels(), first, valid, dr);
  });
}

void PointMap::jvp(const Points& points, std::span<const double> v, PointArray<double> jv) {
  Implementation& s = *self_;
  s.require_parameters(s.network.parameters());
  if (v.size() != s.parameters()) throw Error("a direction has another length than the parameters");
  const std::size_t weights = s.network.parameters();
  s.direction.pack(s.network, dense_direction(s.network, s.theta, v.first(weights)));
  double* tangents = s.row_values.data();
  s.for_blocks(points, [&](const auto& kernel, const BlockMemory& memory, std::ptrdiff_t first, int valid) {
    kernel.residual();
    kernel.tangent(s.direction.layers().data(), tangents);
    for (int i = 0; i < s.map.residuals; ++i)
      for (std::size_t k = 0; k < s.coefficients.size(); ++k)
        for (int p = 0; p < valid; ++p)
          tangents[i * points_per_block + p] += v[weights + k] * s.slope(memory, i, static_cast<int>(k))[p];
    copy_out(tangents, s.map.residuals, first, valid, jv);
  });
}

void PointMap::vjp(const Points& points, PointArray<const double> w, std::span<double> gradient) {
  Implementation& s = *self_;
  s.require_parameters(s.network.parameters());
  if (gradient.size() != s.parameters()) throw Error("a gradient has another length than the parameters");
  s.gradient.clear();
  s.for_blocks(points, [&](const auto& kernel, const BlockMemory& memory, std::ptrdiff_t first, int valid) {
    s.load_weights(w, first, valid);
    kernel.residual();
    s.add_coefficient_gradient(memory, s.row_values.data(), valid, gradient);
    kernel.seed(s.row_values.data(), 0, s.map.residuals);
    kernel.reverse(s.gradient_view());
  });
  s.add_gradient(gradient);
}

double PointMap::loss_gradient(const Points& points, PointArray<const double> w, std::span<double> gradient) {
  Implementation& s = *self_;
  s.require_parameters(s.network.parameters());
  if (!gradient.empty() && gradient.size() != s.parameters())
    throw Error("a gradient has another length than the parameters");
  double loss = 0;
  s.gradient.clear();
  s.for_blocks(points, [&](const auto& kernel, const BlockMemory& memory, std::ptrdiff_t first, int valid) {
    s.load_weights(w, first, valid);
    kernel.residual();
    double* weight = s.row_values.data();
    for (int p = 0; p < valid; ++p) {
      for (int i = 0; i < s.map.residuals; ++i) {
        const double r = memory.outputs[i * points_per_block + p];
        weight[i * points_per_block + p] *= r;
        loss += 0.5 * weight[i * points_per_block + p] * r;
      }
    }
    if (gradient.empty()) return;
    s.add_coefficient_gradient(memory, weight, valid, gradient);
    kernel.seed(weight, 0, s.map.residuals);
    kernel.reverse(s.gradient_view());
  });
  if (!gradient.empty()) s.add_gradient(gradient);
  return loss;
}

void PointMap::rows(const Points& points, double* jacobian, std::ptrdiff_t ld) {
  self_->rows(points, static_cast<int>(self_->network.layers().size()), true, jacobian, ld);
}

void PointMap::output_rows(const Points& points, double* jacobian, std::ptrdiff_t ld) {
  self_->rows(points, 1, false, jacobian, ld);
}

}  // namespace residua
