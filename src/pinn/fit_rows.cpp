#include "pinn/fit_rows.hpp"

#include <algorithm>

namespace residua::pinn {
namespace {

constexpr long chunk = 128;  // points whose rows are made together

}  // namespace

FitRows::FitRows(const FitBlock& block, const Network& network)
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

Channels FitRows::channels_of(const Network& network, std::span<const double> theta) const {
  PointMap map(network, part_.channels);
  map.set_parameters(theta);
  Channels v;
  for (const Term& term : terms_) {
    v.emplace_back(static_cast<std::size_t>(channels_ * n_));
    map.channels(points(term), {v.back().data(), n_});
  }
  return v;
}

void FitRows::evaluate(const Channels& v, const std::vector<double>& coefficients) {
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

void FitRows::add_to(Tsqr& qr, const Network& network, std::span<const double> hidden, long first) {
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

void FitRows::add_term(const Term& term, const std::vector<double>& phi, int i, long p, long n, const Network& network,
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

}  // namespace residua::pinn
