#include "map/convolution_network.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/random.hpp"
#include "map/activate.hpp"
#include "map/blas.hpp"

namespace residua {
namespace {

constexpr int taps = 9;

/// Sends `mine` to the rank `to` and takes what the rank `from` sends.
std::vector<double> passed_on(const std::vector<double>& mine, int to, int from, int tag, MPI_Comm comm) {
  std::vector<double> theirs(mine.size());
  const int count = static_cast<int>(mine.size());
  MPI_Sendrecv(mine.data(), count, MPI_DOUBLE, to, tag, theirs.data(), count, MPI_DOUBLE, from, tag, comm,
               MPI_STATUS_IGNORE);
  return theirs;
}

}  // namespace

std::vector<int> ConvolutionSpec::channels() const {
  std::vector<int> channels{inputs};
  channels.insert(channels.end(), hidden.begin(), hidden.end());
  channels.push_back(outputs);
  return channels;
}

long ConvolutionSpec::parameters() const {
  const std::vector<int> width = channels();
  long count = 0;
  for (std::size_t l = 1; l < width.size(); ++l) count += static_cast<long>(taps * width[l - 1] + 1) * width[l];
  return count;
}

std::vector<double> ConvolutionSpec::glorot(std::uint64_t seed) const {
  const std::vector<int> width = channels();
  std::vector<double> p;
  for (std::size_t l = 1; l < width.size(); ++l) {
    const double limit = std::sqrt(6.0 / (taps * (width[l - 1] + width[l])));
    for (int k = 0; k < taps * width[l - 1] * width[l]; ++k) p.push_back(limit * (2 * uniform(seed, 0, p.size()) - 1));
    p.insert(p.end(), width[l], 0.0);
  }
  return p;
}

ConvolutionNetwork::ConvolutionNetwork(const ConvolutionSpec& spec, const FourierGrid& grid)
    : grid_(grid), activation_(spec.activation), channels_(spec.channels()), p_(spec.parameters()) {
  if (std::ranges::min(channels_) < 1) throw Error("a convolutional network has a layer of no channel");
  if (!grid.in_slabs()) throw Error("a convolutional network needs whole rows of cells");
  if (grid.communicator().any(grid.rows() == 0)) throw Error("a rank has no row of cells for a convolutional network");
  long next = 0;
  for (std::size_t l = 1; l < channels_.size(); ++l) {
    Layer& layer = layers_.emplace_back();
    layer.in = channels_[l - 1];
    layer.out = channels_[l];
    layer.weights = next;
    layer.biases = next + static_cast<long>(taps) * layer.in * layer.out;
    next = layer.biases + layer.out;
    if (l + 1 < channels_.size()) layer.slope.resize(layer.out * grid.cells());
  }
  columns_.resize(static_cast<long>(taps) * std::ranges::max(channels_) * grid.shape().nx);
}

void ConvolutionNetwork::set_parameters(std::span<const double> p) { std::ranges::copy(p, p_.begin()); }

ConvolutionNetwork::Padded ConvolutionNetwork::padded(int channels, std::span<const double> values) const {
  const Communicator& comm = grid_.communicator();
  const long nx = grid_.shape().nx, cells = grid_.cells();
  std::vector<double> first, last;
  for (int c = 0; c < channels; ++c) {
    const auto row = [&](long at) { return values.begin() + c * cells + at; };
    first.insert(first.end(), row(0), row(nx));
    last.insert(last.end(), row(cells - nx), row(cells));
  }
  const int before = (comm.rank() + comm.size() - 1) % comm.size(), after = (comm.rank() + 1) % comm.size();
  return {channels,
          {values.begin(), values.end()},
          passed_on(last, after, before, 0, comm.mpi()),
          passed_on(first, before, after, 1, comm.mpi())};
}

void ConvolutionNetwork::load_row(const Padded& x, int row) {
  const long nx = grid_.shape().nx, cells = grid_.cells();
  double* to = columns_.data();
  for (int s = row - 1; s <= row + 1; ++s)
    for (int t = -1; t <= 1; ++t)
      for (int c = 0; c < x.channels; ++c, to += nx) {
        const double* const from = s < 0               ? x.below.data() + c * nx
                                   : s == grid_.rows() ? x.above.data() + c * nx
                                                       : x.values.data() + c * cells + s * nx;
        std::copy(from + std::max(t, 0), from + nx + std::min(t, 0), to + std::max(-t, 0));
        if (t < 0) to[0] = from[nx - 1];
        if (t > 0) to[nx - 1] = from[0];
      }
}

void ConvolutionNetwork::convolve(const Padded& x, const double* weights, int out, double* y) {
  const int nx = grid_.shape().nx, cells = static_cast<int>(grid_.cells()), depth = taps * x.channels;
  for (int row = 0; row < grid_.rows(); ++row) {
    load_row(x, row);
    blas::gemm('N', 'N', nx, out, depth, 1, columns_.data(), nx, weights, depth, 1, y + row * nx, cells);
  }
}

void ConvolutionNetwork::apply(std::span<const double> x, std::span<double> y) {
  std::vector<double> z(x.begin(), x.end());
  for (Layer& layer : layers_) {
    layer.x = padded(layer.in, z);
    z.resize(layer.out * grid_.cells());
    for (int o = 0; o < layer.out; ++o) std::fill_n(z.begin() + o * grid_.cells(), grid_.cells(), p_[layer.biases + o]);
    convolve(layer.x, p_.data() + layer.weights, layer.out, z.data());
    if (!layer.slope.empty()) activate(activation_, z, z, layer.slope);
  }
  std::ranges::copy(z, y.begin());
}

void ConvolutionNetwork::jvp(std::span<const double> dx, std::span<const double> dp, std::span<double> dy) {
  std::vector<double> change(dx.begin(), dx.end());
  for (const Layer& layer : layers_) {
    const Padded before = change.empty() ? Padded{} : padded(layer.in, change);
    change.assign(layer.out * grid_.cells(), 0.0);
    if (before.channels > 0) convolve(before, p_.data() + layer.weights, layer.out, change.data());
    if (!dp.empty()) {
      convolve(layer.x, dp.data() + layer.weights, layer.out, change.data());
      for (std::size_t i = 0; i < change.size(); ++i)
        change[i] += dp[layer.biases + static_cast<long>(i) / grid_.cells()];
    }
    for (std::size_t i = 0; i < layer.slope.size(); ++i) change[i] *= layer.slope[i];
  }
  std::ranges::copy(change, dy.begin());
}

std::vector<double> ConvolutionNetwork::transposed(const Layer& layer) const {
  std::vector<double> weights(static_cast<long>(taps) * layer.in * layer.out);
  for (int o = 0; o < layer.out; ++o)
    for (int tap = 0; tap < taps; ++tap)
      for (int i = 0; i < layer.in; ++i)
        weights[(static_cast<long>(i) * taps + taps - 1 - tap) * layer.out + o] =
            p_[layer.weights + (static_cast<long>(o) * taps + tap) * layer.in + i];
  return weights;
}

void ConvolutionNetwork::add_gradient(const Layer& layer, const std::vector<double>& z_bar, const RowSum& p_bar) {
  const int nx = grid_.shape().nx, cells = static_cast<int>(grid_.cells()), depth = taps * layer.in;
  for (int row = 0; row < grid_.rows(); ++row) {
    const std::span<double> sum = p_bar(row);
    const double* const bar = z_bar.data() + row * nx;
    load_row(layer.x, row);
    blas::gemm('T', 'N', depth, layer.out, nx, 1, columns_.data(), nx, bar, cells, 1, sum.data() + layer.weights,
               depth);
    for (int o = 0; o < layer.out; ++o)
      for (int i = 0; i < nx; ++i) sum[layer.biases + o] += bar[static_cast<long>(o) * cells + i];
  }
}

void ConvolutionNetwork::vjp(std::span<const double> y_bar, std::span<double> x_bar, const RowSum& p_bar) {
  std::vector<double> bar(y_bar.begin(), y_bar.end());
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const Layer& layer = layers_[l];
    for (std::size_t i = 0; i < layer.slope.size(); ++i) bar[i] *= layer.slope[i];
    if (p_bar) add_gradient(layer, bar, p_bar);
    if (l == 0 && x_bar.empty()) return;
    const Padded after = padded(layer.out, bar);
    bar.assign(layer.in * grid_.cells(), 0.0);
    convolve(after, transposed(layer).data(), layer.in, bar.data());
  }
  std::ranges::copy(bar, x_bar.begin());
}

}  // namespace residua
