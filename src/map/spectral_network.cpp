#include "map/spectral_network.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/random.hpp"
#include "map/activate.hpp"
#include "map/blas.hpp"

namespace residua {

long SpectralSpec::parameters() const {
  const long dense = static_cast<long>(channels) * (channels + 1);
  return static_cast<long>(channels) * (inputs + 1) + layers * (dense + spectral()) +
         static_cast<long>(outputs) * (channels + 1);
}

std::vector<double> SpectralSpec::first(std::uint64_t seed) const {
  std::vector<double> p;
  const auto draw = [&](long count, double limit) {
    for (long k = 0; k < count; ++k) p.push_back(limit * (2 * uniform(seed, 0, p.size()) - 1));
  };
  const auto dense = [&](int in, int out) {
    draw(static_cast<long>(in) * out, std::sqrt(6.0 / (in + out)));
    p.insert(p.end(), out, 0.0);
  };
  dense(inputs, channels);
  for (int l = 0; l < layers; ++l) {
    dense(channels, channels);
    draw(spectral(), 1.0 / channels);
  }
  dense(channels, outputs);
  return p;
}

SpectralNetwork::SpectralNetwork(const SpectralSpec& spec, const FourierGrid& grid)
    : spec_(spec), grid_(grid), p_(std::max(0L, spec.parameters())) {
  if (spec.layers < 1 || spec.channels < 1 || spec.inputs < 1 || spec.outputs < 1)
    throw Error("a spectral network without layers or channels");
  if (spec.modes < 0 || spec.modes > std::min(grid.most_p(), grid.most_q()))
    throw Error(fmt::format("a spectral network of {} modes on a grid that keeps {} and {}", spec.modes, grid.most_p(),
                            grid.most_q()));
  if (!grid.in_slabs()) throw Error("a spectral network needs whole rows of cells");
  if (grid.communicator().any(grid.rows() == 0)) throw Error("a rank has no row of cells for a spectral network");
  lift_ = {spec.inputs, spec.channels, 0};
  long next = lift_.end();
  for (int l = 0; l < spec.layers; ++l) {
    Layer& layer = layers_.emplace_back();
    layer.dense = {spec.channels, spec.channels, next};
    layer.spectral = layer.dense.end();
    layer.slope.resize(spec.channels * grid.cells());
    next = layer.spectral + spec.spectral();
  }
  project_ = {spec.channels, spec.outputs, next};
  const int m = spec.modes;
  for (int p = 0; p <= m; ++p)
    for (int q = p == 0 ? 0 : -m; q <= m; ++q) {
      const long mode = grid.find(p, q);
      if (mode >= 0) kept_.push_back({mode, grid.partner(mode), p == 0 ? q : 1L + m + (p - 1L) * (2 * m + 1) + q + m});
    }
}

void SpectralNetwork::set_parameters(std::span<const double> p) { std::ranges::copy(p, p_.begin()); }

void SpectralNetwork::multiply(const Dense& dense, const double* p, const std::vector<double>& v, bool bias,
                               std::vector<double>& z) const {
  const int nx = grid_.shape().nx, cells = static_cast<int>(grid_.cells());
  if (bias)
    for (int o = 0; o < dense.out; ++o)
      for (long i = 0; i < cells; ++i) z[o * cells + i] += p[dense.biases() + o];
  for (int row = 0; row < grid_.rows(); ++row)
    blas::gemm('N', 'N', nx, dense.out, dense.in, 1, v.data() + row * nx, cells, p + dense.weights, dense.in, 1,
               z.data() + row * nx, cells);
}

void SpectralNetwork::multiply_transposed(const Dense& dense, const std::vector<double>& z,
                                          std::vector<double>& v) const {
  const int nx = grid_.shape().nx, cells = static_cast<int>(grid_.cells());
  for (int row = 0; row < grid_.rows(); ++row)
    blas::gemm('N', 'T', nx, dense.in, dense.out, 1, z.data() + row * nx, cells, p_.data() + dense.weights, dense.in, 1,
               v.data() + row * nx, cells);
}

void SpectralNetwork::add_gradient(const Dense& dense, const std::vector<double>& v, const std::vector<double>& z_bar,
                                   const RowSum& p_bar) const {
  const int nx = grid_.shape().nx, cells = static_cast<int>(grid_.cells());
  for (int row = 0; row < grid_.rows(); ++row) {
    const std::span<double> sum = p_bar(row);
    const double* const bar = z_bar.data() + row * nx;
    blas::gemm('T', 'N', dense.in, dense.out, nx, 1, v.data() + row * nx, cells, bar, cells, 1,
               sum.data() + dense.weights, dense.in);
    for (int o = 0; o < dense.out; ++o)
      for (int i = 0; i < nx; ++i) sum[dense.biases() + o] += bar[static_cast<long>(o) * cells + i];
  }
}

std::vector<Complex> SpectralNetwork::to_waves(const std::vector<double>& fields) const {
  const long cells = grid_.cells(), modes = grid_.modes();
  const int channels = spec_.channels, pairs = (channels + 1) / 2;
  std::vector<Complex> packed(pairs * cells), spectra(pairs * modes);
  for (int c = 0; c < channels; ++c)
    for (long i = 0; i < cells; ++i) {
      Complex& at = packed[c / 2 * cells + i];
      const double value = fields[c * cells + i];
      at = c % 2 == 0 ? Complex(value, 0) : Complex(at.real(), value);
    }
  grid_.to_modes(packed, pairs, spectra);
  std::vector<Complex> waves(channels * kept_.size());
  for (int c = 0; c < channels; ++c)
    for (std::size_t k = 0; k < kept_.size(); ++k) {
      const Complex here = spectra[c / 2 * modes + kept_[k].mode],
                    other = std::conj(spectra[c / 2 * modes + kept_[k].partner]);
      const Complex twice = c % 2 == 0 ? here + other : times({0, -1}, here - other);
      waves[c * kept_.size() + k] = 0.5 * twice;
    }
  return waves;
}

void SpectralNetwork::add_fields(const std::vector<Complex>& waves, std::vector<double>& fields) const {
  const long cells = grid_.cells(), modes = grid_.modes();
  const int channels = spec_.channels, pairs = (channels + 1) / 2;
  std::vector<Complex> packed(pairs * cells), spectra(pairs * modes);
  for (int c = 0; c < channels; ++c)
    for (std::size_t k = 0; k < kept_.size(); ++k) {
      const Complex factor = c % 2 == 0 ? Complex(1, 0) : Complex(0, 1), wave = waves[c * kept_.size() + k];
      Complex* const spectrum = spectra.data() + c / 2 * modes;
      spectrum[kept_[k].mode] += times(factor, wave);
      if (kept_[k].number > 0) spectrum[kept_[k].partner] += times(factor, std::conj(wave));
    }
  grid_.to_cells(spectra, pairs, packed);
  for (int c = 0; c < channels; ++c)
    for (long i = 0; i < cells; ++i) {
      const Complex at = packed[c / 2 * cells + i];
      fields[c * cells + i] += c % 2 == 0 ? at.real() : at.imag();
    }
}

std::vector<Complex> SpectralNetwork::turned(const double* r, const std::vector<Complex>& waves,
                                             bool transposed) const {
  const int channels = spec_.channels, square = channels * channels;
  std::vector<Complex> result(waves.size());
  for (std::size_t k = 0; k < kept_.size(); ++k) {
    const long number = kept_[k].number;
    const double* const real = r + (number == 0 ? 0 : (2 * number - 1) * square);
    for (int o = 0; o < channels; ++o)
      for (int i = 0; i < channels; ++i) {
        const Complex entry(real[o * channels + i], number == 0 ? 0 : real[square + o * channels + i]);
        if (transposed)
          result[i * kept_.size() + k] += times(std::conj(entry), waves[o * kept_.size() + k]);
        else
          result[o * kept_.size() + k] += times(entry, waves[i * kept_.size() + k]);
      }
  }
  return result;
}

void SpectralNetwork::add_spectral_gradient(const Layer& layer, const std::vector<Complex>& bar,
                                            std::span<double> p_bar) const {
  const int channels = spec_.channels, square = channels * channels;
  const double cells = static_cast<double>(grid_.shape().nx) * grid_.shape().ny;
  for (std::size_t k = 0; k < kept_.size(); ++k) {
    const long number = kept_[k].number;
    double* const real = p_bar.data() + layer.spectral + (number == 0 ? 0 : (2 * number - 1) * square);
    const double weight = number == 0 ? cells : 2 * cells;  // of k and -k; sums over cells, not means
    for (int o = 0; o < channels; ++o)
      for (int i = 0; i < channels; ++i) {
        const Complex product = times(std::conj(bar[o * kept_.size() + k]), layer.waves[i * kept_.size() + k]);
        real[o * channels + i] += weight * product.real();
        if (number > 0) real[square + o * channels + i] -= weight * product.imag();
      }
  }
}

void SpectralNetwork::apply(std::span<const double> x, std::span<double> y) {
  const long cells = grid_.cells();
  v_.assign(1, {x.begin(), x.end()});
  std::vector<double> v(spec_.channels * cells);
  multiply(lift_, p_.data(), v_.back(), true, v);
  for (Layer& layer : layers_) {
    v_.push_back(v);
    layer.waves = to_waves(v);
    std::ranges::fill(v, 0.0);
    multiply(layer.dense, p_.data(), v_.back(), true, v);
    add_fields(turned(p_.data() + layer.spectral, layer.waves, false), v);
    activate(spec_.activation, v, v, layer.slope);
  }
  v_.push_back(std::move(v));
  std::vector<double> result(spec_.outputs * cells);
  multiply(project_, p_.data(), v_.back(), true, result);
  std::ranges::copy(result, y.begin());
}

void SpectralNetwork::jvp(std::span<const double> dx, std::span<const double> dp, std::span<double> dy) {
  const long cells = grid_.cells();
  std::vector<double> before(dx.begin(), dx.end()), after(spec_.channels * cells);
  const auto dense = [&](const Dense& layer, const std::vector<double>& v) {
    if (!before.empty()) multiply(layer, p_.data(), before, false, after);
    if (!dp.empty()) multiply(layer, dp.data(), v, true, after);
  };
  dense(lift_, v_[0]);
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    before = after;
    std::ranges::fill(after, 0.0);
    dense(layer.dense, v_[l + 1]);
    std::vector<Complex> waves = turned(p_.data() + layer.spectral, to_waves(before), false);
    if (!dp.empty()) {
      const std::vector<Complex> more = turned(dp.data() + layer.spectral, layer.waves, false);
      for (std::size_t k = 0; k < waves.size(); ++k) waves[k] += more[k];
    }
    add_fields(waves, after);
    for (std::size_t i = 0; i < after.size(); ++i) after[i] *= layer.slope[i];
  }
  before = std::move(after);
  after.assign(spec_.outputs * cells, 0.0);
  dense(project_, v_.back());
  std::ranges::copy(after, dy.begin());
}

void SpectralNetwork::vjp(std::span<const double> y_bar, std::span<double> x_bar, const RowSum& p_bar) {
  const long cells = grid_.cells();
  std::vector<double> bar(y_bar.begin(), y_bar.end());
  const auto dense = [&](const Dense& layer, const std::vector<double>& v) {
    if (p_bar) add_gradient(layer, v, bar, p_bar);
    std::vector<double> before(layer.in * cells);
    multiply_transposed(layer, bar, before);
    return before;
  };
  bar = dense(project_, v_.back());
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const Layer& layer = layers_[l];
    for (std::size_t i = 0; i < bar.size(); ++i) bar[i] *= layer.slope[i];
    const std::vector<Complex> waves = to_waves(bar);
    if (p_bar) add_spectral_gradient(layer, waves, p_bar(0));
    bar = dense(layer.dense, v_[l + 1]);
    add_fields(turned(p_.data() + layer.spectral, waves, true), bar);
  }
  bar = dense(lift_, v_[0]);
  if (!x_bar.empty()) std::ranges::copy(bar, x_bar.begin());
}

}  // namespace residua
