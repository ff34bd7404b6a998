// Collocation points for a network in training: the residual's blocks, drawn anew when the deck asks for it, a share of
// them where the residual is large.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "pinn/collocation.hpp"
#include "solve/point_residual.hpp"

namespace residua::pinn {

class NetworkPoints {
 public:
  struct Settings {
    PointKind kind = PointKind::sobol;
    long count = 0;
    std::uint64_t seed = 0;
  };

  /// All are kept by reference. Collective.
  NetworkPoints(const Solution& solution, const Ansatz& ansatz, const Network& network, Settings settings,
                const Communicator& comm);

  PointResidual& residual() { return *residual_; }

  /// Draw number `number` of the interior points. A share `adaptive` of them follows |r| of the network with parameters
  /// theta, as it is over the window; their rows have the weights of importance sampling, so that the loss stays the
  /// mean square. Collective; the same set for the same arguments.
  void draw(long number, double adaptive, std::span<const double> theta);

 private:
  DensityTree density(double adaptive, std::span<const double> theta) const;

  const Solution& solution_;
  const Ansatz& ansatz_;
  const Network& network_;
  Settings settings_;
  const Communicator& comm_;
  std::unique_ptr<PointResidual> residual_;
};

}  // namespace residua::pinn
