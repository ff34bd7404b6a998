// Networks of several depths, activations and embeddings, and their channels at a point: for the tests of this folder.
#pragma once

#include <string>
#include <vector>

#include "base/random.hpp"
#include "map/kernels/activation_kernel.hpp"
#include "map/point_map.hpp"

namespace residua::testing {

/// The derivative in the coordinates listed.
inline MultiIndex derivative(std::initializer_list<int> coordinates) {
  MultiIndex alpha;
  for (const int i : coordinates) ++alpha[i];
  return alpha;
}

inline NetworkSpec spec(int coordinates, const std::vector<int>& hidden, int outputs, Activation activation) {
  NetworkSpec spec;
  spec.coordinates.resize(static_cast<std::size_t>(coordinates));
  spec.hidden = hidden;
  spec.outputs = outputs;
  spec.activation = activation;
  return spec;
}

/// Weights and biases of Glorot's size times `scale`.
inline std::vector<double> random_parameters(const NetworkSpec& spec, double scale) {
  const Network network(spec);
  std::vector<double> theta = network.glorot(11);
  for (std::size_t k = 0; k < theta.size(); ++k) theta[k] = scale * theta[k] + 0.1 * normal(12, 0, k);
  return theta;
}

inline std::vector<NetworkSpec> network_cases(int coordinates) {
  std::vector<NetworkSpec> cases{
      spec(coordinates, {}, 1, Activation::tanh), spec(coordinates, {5}, 2, Activation::tanh),
      spec(coordinates, {17, 30}, 1, Activation::sin), spec(coordinates, {12, 7, 33}, 3, Activation::gelu)};
  NetworkSpec periodic = spec(coordinates, {10, 10}, 1, Activation::tanh);
  periodic.coordinates[0] = {-0.5, 2.0, 0};
  periodic.coordinates[1] = {-1.0, 3.0, 3};
  cases.push_back(periodic);
  NetworkSpec fourier = spec(coordinates, {9, 8}, 2, Activation::tanh);
  fourier.fourier_features = 5;
  for (int k = 0; k < 5 * coordinates; ++k) fourier.frequencies.push_back(normal(3, 0, static_cast<std::uint64_t>(k)));
  cases.push_back(fourier);
  NetworkSpec gated = spec(coordinates, {9, 9, 9}, 2, Activation::tanh);
  gated.architecture = Architecture::modified_mlp;
  cases.push_back(gated);
  gated.factorised = true;
  gated.activation = Activation::gelu;
  gated.coordinates[1] = {-1.0, 3.0, 2};
  cases.push_back(gated);
  NetworkSpec pirate = fourier;
  pirate.architecture = Architecture::pirate;
  pirate.hidden = {7, 7};
  cases.push_back(pirate);
  pirate.fourier_features = 0;
  pirate.frequencies.clear();
  pirate.hidden = {13};
  pirate.factorised = true;
  pirate.activation = Activation::sin;
  cases.push_back(pirate);
  NetworkSpec parts = spec(coordinates, {}, 3, Activation::tanh);
  parts.coordinates[1] = {-1.0, 3.0, 2};
  parts.parts = {{{0, 1}, {9, 5}, 2}, {{1}, {3, 13}, 1}};
  cases.push_back(parts);
  parts.factorised = true;
  parts.architecture = Architecture::modified_mlp;
  parts.parts = {{{0}, {4, 4}, 1}, {{0, 1}, {7, 7}, 2}};
  cases.push_back(parts);
  parts.architecture = Architecture::pirate;
  parts.fourier_features = 3;
  int embedded = 0;
  for (const CoordinateEmbedding& e : parts.coordinates) embedded += e.features();
  for (int k = 0; k < 3 * embedded; ++k) parts.frequencies.push_back(normal(4, 0, static_cast<std::uint64_t>(k)));
  cases.push_back(parts);
  return cases;
}

inline std::string name(const NetworkSpec& spec) {
  std::string text = to_string(spec.activation);
  for (const int width : spec.hidden) text += "-" + std::to_string(width);
  if (!spec.parts.empty()) text += " parts";
  if (spec.architecture == Architecture::modified_mlp) text += " modified";
  if (spec.architecture == Architecture::pirate) text += " pirate";
  return text + (spec.fourier_features > 0 ? " Fourier" : "") + (spec.factorised ? " factorised" : "");
}

/// All channels of output 0, then of output 1, ...
inline std::vector<double> channels_at(const NetworkSpec& spec, const std::vector<double>& theta, const ChannelSet& set,
                                       const std::vector<double>& x) {
  PointMap map(Network(spec), set);
  map.set_parameters(theta);
  std::vector<double> out(static_cast<std::size_t>(spec.outputs * set.size()));
  map.channels({1, {x.data(), 1}, {}}, {out.data(), 1});
  return out;
}

/// sigma^(k)(z), k = 0 .. 9.
inline std::vector<double> sigma_derivatives(Activation kind, double z) {
  std::vector<double> s(max_activation_order + 1);
  const auto evaluate = [&](auto kernel) {
    double keep[3] = {};
    const double y = kernel.evaluate(z, keep);
    kernel.template derivatives<max_activation_order>(z, y, keep, s.data());
  };
  if (kind == Activation::tanh) evaluate(ActivationKernel<Activation::tanh>{});
  if (kind == Activation::sin) evaluate(ActivationKernel<Activation::sin>{});
  if (kind == Activation::gelu) evaluate(ActivationKernel<Activation::gelu>{});
  return s;
}

}  // namespace residua::testing
