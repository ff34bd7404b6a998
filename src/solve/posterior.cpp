#include "solve/posterior.hpp"

#include <algorithm>

#include "solve/tsqr.hpp"

namespace residua {
namespace {

constexpr double tikhonov = 1e-12;

}  // namespace

std::vector<double> marginal_covariance(Residual& residual, Vec u, int count) {
  Tsqr qr(residual.communicator(), static_cast<int>(residual.unknowns()), residual.segments(), residual.reductions());
  residual.stream_rows(u, [&](const RowChunk& chunk) { qr.add(chunk.first, chunk.data, chunk.ld, chunk.count); });
  qr.finish();
  std::vector<double> scale = qr.column_norms();
  // A column of zeros, as that of a neuron without influence, must not be left without damping.
  const double floor = tikhonov * *std::ranges::max_element(scale);
  for (double& s : scale) s = std::max(s, floor);
  return qr.covariance(count, {tikhonov, scale, 0});
}

}  // namespace residua
