#include "solve/posterior.hpp"

#include <algorithm>

namespace residua {
namespace {

constexpr double tikhonov = 1e-12;

}  // namespace

Posterior::Posterior(Residual& residual, Vec u)
    : qr_(residual.communicator(), static_cast<int>(residual.unknowns()), residual.segments(), residual.reductions()) {
  residual.stream_rows(u, [&](const RowChunk& chunk) { qr_.add(chunk.first, chunk.data, chunk.ld, chunk.count); });
  qr_.finish();
  scale_ = qr_.column_norms();
  // A column of zeros, as that of a neuron without influence, must not be left without damping.
  const double floor = tikhonov * *std::ranges::max_element(scale_);
  for (double& s : scale_) s = std::max(s, floor);
}

Damping Posterior::damping() const { return {tikhonov, scale_, 0}; }

std::vector<double> Posterior::covariance(int count) const { return qr_.covariance(count, damping()); }

std::vector<double> Posterior::deviations(std::span<const double> gradients, long count) const {
  return qr_.deviations(gradients, count, damping());
}

}  // namespace residua
