// The problems on which other programs were measured, with weights and points by their recipe, so that losses and
// gradients can be compared digit by digit: numbers u_0, u_1, ... of splitmix64; weights sqrt(6 / (in + out)) (2 u - 1)
// from seed 1, biases 0; coordinates lower + (upper - lower) u from seed 2, point by point.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "map/point_map.hpp"
#include "map/program.hpp"

namespace residua {

/// `count` numbers in [0, 1) of splitmix64.
std::vector<double> splitmix_uniforms(std::uint64_t seed, std::size_t count);

/// The program r_i | d r_i / d network channel of residuals given as text, and the channels that it needs.
struct ResidualProgram {
  ChannelSet channels;
  Program program;
};
ResidualProgram residual_program(const std::vector<std::string>& coordinates, const std::vector<std::string>& unknowns,
                                 const std::vector<std::string>& residuals, int data_channels = 0,
                                 bool allow_collapse = true);

struct PeerProblem {
  NetworkSpec network;
  ResidualProgram residual;
  std::vector<double> theta;
  std::vector<double> coordinates;  ///< [coordinates][count]
  std::ptrdiff_t count = 0;

  Points points() const { return {count, {coordinates.data(), count}, {}}; }
  /// With the weights set.
  PointMap map() const;
};

/// "burgers", "ks", "ns" and "jacobian" (burgers on a small network). Throws Error for another name.
PeerProblem peer_problem(const std::string& name);

}  // namespace residua
