// Networks: layout and initialisation of the parameters, embeddings, errors.
#include "map/network.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "base/error.hpp"
#include "map/network_cases.hpp"

namespace residua {
namespace {

using testing::channels_at;
using testing::derivative;

TEST(Network, LayoutOfTheParameters) {
  const Network network(testing::spec(2, {3, 4}, 2, Activation::tanh));
  ASSERT_EQ(network.layers().size(), 3u);
  EXPECT_EQ(network.layers()[1].weights, 9u);
  EXPECT_EQ(network.layers()[1].biases, 21u);
  EXPECT_EQ(network.hidden_parameters(), 25u);
  EXPECT_EQ(network.parameters(), 35u);
  EXPECT_EQ(network.weights(), 26u);

  // By hand: W as (in, out) row by row, then b.
  std::vector<double> theta(network.parameters());
  for (std::size_t k = 0; k < theta.size(); ++k) theta[k] = std::sin(1.0 + static_cast<double>(k));
  std::vector<double> y{0.3, -0.8};
  for (const LayerShape& layer : network.layers()) {
    std::vector<double> z(static_cast<std::size_t>(layer.out));
    for (int o = 0; o < layer.out; ++o) {
      z[o] = theta[layer.biases + o];
      for (int i = 0; i < layer.in; ++i) z[o] += y[i] * theta[layer.weights + i * layer.out + o];
      if (layer.weights != network.hidden_parameters()) z[o] = std::tanh(z[o]);
    }
    y = z;
  }
  const auto values = channels_at(network.spec(), theta, ChannelSet(), {0.3, -0.8});
  for (int o = 0; o < 2; ++o) EXPECT_NEAR(values[o], y[o], 1e-15);
}

TEST(Network, GlorotIsAFunctionOfSeedAndStream) {
  const Network network(testing::spec(2, {40}, 1, Activation::tanh));
  const auto theta = network.glorot(5);
  EXPECT_EQ(theta, network.glorot(5));
  EXPECT_NE(theta, network.glorot(6));
  EXPECT_NE(theta, network.glorot(5, 1));
  double largest = 0;
  for (std::size_t k = 0; k < 80; ++k) largest = std::max(largest, std::abs(theta[k]));
  EXPECT_LE(largest, std::sqrt(6.0 / 42));
  EXPECT_GT(largest, 0.9 * std::sqrt(6.0 / 42));
  for (std::size_t k = 80; k < 120; ++k) EXPECT_EQ(theta[k], 0) << "biases";
  EXPECT_THROW(network.glorot_from({0.5}), Error);
}

TEST(Network, AffineEmbeddingMapsToMinusOneAndOne) {
  NetworkSpec spec = testing::spec(1, {}, 1, Activation::tanh);
  spec.coordinates[0] = {2.0, 6.0, 0};
  const ChannelSet set({derivative({0})});
  const std::vector<double> theta{1.0, 0.0};
  EXPECT_EQ(channels_at(spec, theta, set, {2.0}), (std::vector<double>{-1, 0.5}));
  EXPECT_EQ(channels_at(spec, theta, set, {6.0}), (std::vector<double>{1, 0.5}));
}

TEST(Network, PeriodicEmbeddingIsPeriodicInAllDerivatives) {
  NetworkSpec spec = testing::spec(2, {8, 8}, 1, Activation::tanh);
  spec.coordinates[1] = {-1.0, 1.5, 2};
  const auto theta = testing::random_parameters(spec, 1.0);
  const ChannelSet set({derivative({0, 1, 1}), derivative({1, 1, 1, 1})});
  const auto a = channels_at(spec, theta, set, {0.2, -0.7}), b = channels_at(spec, theta, set, {0.2, 1.8});
  for (std::size_t c = 0; c < a.size(); ++c) EXPECT_NEAR(a[c], b[c], 1e-11 * (1 + std::abs(a[c])));

  // Its features and their derivatives.
  NetworkSpec wave = testing::spec(1, {}, 4, Activation::tanh);
  wave.coordinates[0] = {-1.0, 1.5, 2};
  std::vector<double> identity(Network(wave).parameters(), 0.0);
  for (int k = 0; k < 4; ++k) identity[5 * k] = 1;
  const ChannelSet third({derivative({0, 0, 0})});
  const auto features = channels_at(wave, identity, third, {0.4});
  for (int k = 1; k <= 2; ++k) {
    const double w = 2 * std::numbers::pi * k / 2.5, angle = w * 1.4;
    const double expected[2][4] = {
        {std::cos(angle), -w * std::sin(angle), -w * w * std::cos(angle), w * w * w * std::sin(angle)},
        {std::sin(angle), w * std::cos(angle), -w * w * std::sin(angle), -w * w * w * std::cos(angle)}};
    for (int f = 0; f < 2; ++f)
      for (int c = 0; c < 4; ++c)
        EXPECT_NEAR(features[(2 * (k - 1) + f) * 4 + c], expected[f][c], 1e-12) << k << f << c;
  }
}

TEST(Network, FourierFeatures) {
  NetworkSpec spec = testing::spec(2, {}, 4, Activation::gelu);
  spec.fourier_features = 2;
  spec.frequencies = {1.5, -0.4, 0.7, 2.0};
  std::vector<double> identity(Network(spec).parameters(), 0.0);
  for (int k = 0; k < 4; ++k) identity[5 * k] = 1;
  const ChannelSet set({derivative({0, 1})});
  const auto values = channels_at(spec, identity, set, {0.3, 0.9});
  const int c = set.find(derivative({0, 1}));
  for (int m = 0; m < 2; ++m) {
    const double f0 = spec.frequencies[m], f1 = spec.frequencies[2 + m], angle = 0.3 * f0 + 0.9 * f1;
    EXPECT_NEAR(values[m * set.size()], std::cos(angle), 1e-15);
    EXPECT_NEAR(values[(2 + m) * set.size()], std::sin(angle), 1e-15);
    EXPECT_NEAR(values[m * set.size() + c], -f0 * f1 * std::cos(angle), 1e-14);
    EXPECT_NEAR(values[(2 + m) * set.size() + c], -f0 * f1 * std::sin(angle), 1e-14);
  }
}

using Values = std::vector<double>;

/// tanh(W' y + b).
Values dense_tanh(const LayerShape& layer, const Values& theta, const Values& y) {
  Values a(static_cast<std::size_t>(layer.out));
  for (int o = 0; o < layer.out; ++o) {
    a[o] = theta[layer.biases + o];
    for (int i = 0; i < layer.in; ++i) a[o] += y[i] * theta[layer.weights + i * layer.out + o];
    a[o] = std::tanh(a[o]);
  }
  return a;
}

/// from + share (to - from).
Values between(const Values& from, const Values& to, const Values& share) {
  Values y(from.size());
  for (std::size_t k = 0; k < y.size(); ++k) y[k] = from[k] + share[k] * (to[k] - from[k]);
  return y;
}

TEST(Network, GatesByHand) {
  NetworkSpec spec = testing::spec(2, {4, 4}, 1, Activation::tanh);
  spec.architecture = Architecture::modified_mlp;
  const Network network(spec);
  const auto& layers = network.layers();
  ASSERT_EQ(layers.size(), 5u);
  const Values theta = testing::random_parameters(spec, 2), x{0.3, -0.8};
  const Values u = dense_tanh(layers[0], theta, x), v = dense_tanh(layers[1], theta, x);
  Values y = between(v, u, dense_tanh(layers[2], theta, x));
  y = between(v, u, dense_tanh(layers[3], theta, y));
  double value = theta[layers[4].biases];
  for (int i = 0; i < 4; ++i) value += y[i] * theta[layers[4].weights + i];
  EXPECT_NEAR(channels_at(spec, theta, ChannelSet(), x)[0], value, 1e-14);
}

TEST(Network, ResidualBlocksByHand) {
  NetworkSpec spec = testing::spec(2, {5, 5}, 1, Activation::tanh);
  spec.architecture = Architecture::pirate;
  const Network network(spec);
  const auto& layers = network.layers();
  ASSERT_EQ(layers.size(), 9u);
  Values theta = testing::random_parameters(spec, 2), x{0.3, -0.8};
  const Values u = dense_tanh(layers[0], theta, x), v = dense_tanh(layers[1], theta, x);
  const Values at = x;
  for (int block = 0; block < 2; ++block) {
    const LayerShape* layer = &layers[2 + 3 * block];
    const Values f = between(v, u, dense_tanh(layer[0], theta, x));
    const Values g = between(v, u, dense_tanh(layer[1], theta, f));
    theta[layer[2].blend] = 0.3 + block;
    x = between(x, dense_tanh(layer[2], theta, g), Values(2, theta[layer[2].blend]));
  }
  const auto output = [&](const Values& y) {
    return theta[layers[8].biases] + y[0] * theta[layers[8].weights] + y[1] * theta[layers[8].weights + 1];
  };
  EXPECT_NEAR(channels_at(spec, theta, ChannelSet(), at)[0], output(x), 1e-14);

  theta = network.glorot(3);
  EXPECT_NEAR(channels_at(spec, theta, ChannelSet(), at)[0], output(at), 1e-15) << "the identity to begin with";
}

TEST(Network, FactorisedWeightsBeginAsTheSameNetwork) {
  NetworkSpec plain = testing::spec(2, {6, 5}, 2, Activation::tanh), factorised = plain;
  factorised.factorised = true;
  const Network network(factorised);
  const Values theta = network.glorot(7);
  const LayerShape& layer = network.layers()[1];
  ASSERT_EQ(layer.scales, layer.biases + 5);
  for (int o = 0; o < 5; ++o) EXPECT_NEAR(theta[layer.scales + o], 1, 0.5);
  EXPECT_NE(theta[layer.scales], theta[layer.scales + 1]);
  const ChannelSet set({derivative({0, 1, 1})});
  const Values a = channels_at(plain, Network(plain).glorot(7), set, {0.2, 0.4}),
               b = channels_at(factorised, theta, set, {0.2, 0.4});
  for (std::size_t c = 0; c < a.size(); ++c) EXPECT_NEAR(a[c], b[c], 1e-13 * (1 + std::abs(a[c])));
}

/// The parameters of part p alone, as a network of its own has them.
Values parameters_of(const Network& network, std::size_t p, const Values& theta) {
  Values own;
  const auto copy = [&](std::size_t first, int n) { own.insert(own.end(), &theta[first], &theta[first] + n); };
  for (const LayerShape& layer : network.layers()) {
    const LayerBlock& block = layer.blocks[p];
    copy(block.weights, block.in * block.out);
    copy(layer.biases + block.first_out, block.out);
  }
  return own;
}

TEST(Network, PartsAreNetworksOfTheirOwn) {
  NetworkSpec spec = testing::spec(3, {}, 4, Activation::tanh);
  spec.coordinates[1] = {-1.0, 1.5, 2};
  spec.parts = {{{0, 1, 2}, {5, 17}, 2}, {{1}, {3, 4}, 1}, {{0, 2}, {6, 2}, 1}};
  for (const Architecture architecture : {Architecture::mlp, Architecture::modified_mlp}) {
    if (architecture == Architecture::modified_mlp)
      for (NetworkPart& part : spec.parts) part.hidden[1] = part.hidden[0];
    spec.architecture = architecture;
    const Network network(spec);
    const Values theta = testing::random_parameters(spec, 1), x{0.3, -0.8, 0.5};
    const ChannelSet set({derivative({0, 1}), derivative({2, 2, 1})});
    const Values all = channels_at(spec, theta, set, x);
    std::size_t first = 0, parameters = 0;  // first channel of the part
    for (std::size_t p = 0; p < spec.parts.size(); ++p) {
      const NetworkPart& part = spec.parts[p];
      NetworkSpec alone = testing::spec(3, part.hidden, part.outputs, Activation::tanh);
      alone.architecture = architecture;
      alone.coordinates = spec.coordinates;
      const Values own = parameters_of(network, p, theta);
      alone.parts = {{part.coordinates, part.hidden, part.outputs}};
      alone.hidden.clear();
      parameters += Network(alone).parameters();
      const Values values = channels_at(alone, own, set, x);
      for (std::size_t k = 0; k < values.size(); ++k) EXPECT_EQ(values[k], all[first + k]) << "part " << p;
      first += values.size();
    }
    EXPECT_EQ(parameters, network.parameters());
    const auto c = static_cast<std::size_t>(set.find(derivative({0, 1})));
    EXPECT_EQ(all[2 * static_cast<std::size_t>(set.size()) + c], 0) << "no derivative in what is not seen";
  }
}

TEST(Network, InconsistentDescriptionsAreRefused) {
  const auto refused = [](auto change) {
    NetworkSpec spec = testing::spec(2, {3}, 1, Activation::tanh);
    change(spec);
    EXPECT_THROW(Network{spec}, Error);
  };
  refused([](NetworkSpec& s) { s.coordinates.clear(); });
  refused([](NetworkSpec& s) { s.hidden = {0}; });
  refused([](NetworkSpec& s) { s.outputs = 0; });
  refused([](NetworkSpec& s) { s.coordinates[1].upper = s.coordinates[1].lower - 1; });
  refused([](NetworkSpec& s) { s.coordinates[1].harmonics = -1; });
  refused([](NetworkSpec& s) { s.fourier_features = 2; });
  refused([](NetworkSpec& s) { s.frequencies = {1.0}; });
  refused([](NetworkSpec& s) { s.architecture = Architecture::modified_mlp, s.hidden = {3, 4}; });
  refused([](NetworkSpec& s) { s.architecture = Architecture::pirate, s.hidden.clear(); });
  refused([](NetworkSpec& s) { s.parts = {{{0, 1}, {3}, 1}}; });
  const auto refused_parts = [&](const std::vector<NetworkPart>& parts) {
    refused([&](NetworkSpec& s) { s.hidden.clear(), s.outputs = 2, s.parts = parts; });
  };
  refused_parts({{{0, 1}, {3}, 1}});
  refused_parts({{{0, 1}, {3}, 1}, {{}, {3}, 1}});
  refused_parts({{{0, 1}, {3}, 1}, {{2}, {3}, 1}});
  refused_parts({{{0, 1}, {3}, 1}, {{1}, {3, 3}, 1}});
}

}  // namespace
}  // namespace residua
