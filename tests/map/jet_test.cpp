// Channels of networks: one neuron against closed forms, deep networks against finite differences, collapsed channels
// against sums of single ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "map/jet_table.hpp"
#include "map/network_cases.hpp"

namespace residua {
namespace {

using testing::channels_at;
using testing::derivative;
using testing::random_parameters;

TEST(JetTable, CountsSetPartitions) {
  // With all derivatives equal to 1 the coefficients of one order of sigma count the partitions into that many blocks.
  const ChannelSet set({derivative({0, 0, 0, 0, 0, 0, 0, 0})});
  const JetTable table(set);
  std::vector<double> stirling(9, 0.0);
  for (const JetTerm& term : table.terms)
    if (term.channel == 8) stirling[term.order] += term.coefficient;
  const double expected[] = {0, 0, 127, 966, 1701, 1050, 266, 28, 1};
  for (int k = 2; k <= 8; ++k) EXPECT_EQ(stirling[k], expected[k]) << k;
}

TEST(JetTable, RefusesWhatItCannotDo) {
  MultiIndex ninth;
  ninth[0] = 9;
  EXPECT_THROW(JetTable(ChannelSet({ninth})), Error);
}

TEST(Jets, OneNeuronAgainstClosedForms) {
  // N = w sigma(a . x + b), so D^alpha N = w a^alpha sigma^(|alpha|).
  const std::vector<double> a{0.7, -1.1, 0.4};
  for (const Activation kind : {Activation::tanh, Activation::sin, Activation::gelu}) {
    NetworkSpec spec = testing::spec(3, {1}, 1, kind);
    const std::vector<double> theta{a[0], a[1], a[2], 0.3, 1.9, -0.2};
    const ChannelSet set({derivative({0, 0, 1, 2}), derivative({1, 1, 1, 1, 2}), derivative({0, 1, 1, 2, 2, 2}),
                          derivative({0, 0, 0, 0, 0, 0, 0, 0})});
    const std::vector<double> x{0.2, 0.5, -0.6};
    const double z = a[0] * x[0] + a[1] * x[1] + a[2] * x[2] + 0.3;
    const auto s = testing::sigma_derivatives(kind, z);
    const auto values = channels_at(spec, theta, set, x);
    EXPECT_NEAR(values[0], 1.9 * s[0] - 0.2, 1e-14);
    for (int c = 1; c < set.size(); ++c) {
      double expected = 1.9 * s[set[c].order()];
      for (int i = 0; i < 3; ++i) expected *= std::pow(a[i], set[c].terms[0].first[i]);
      EXPECT_NEAR(values[c], expected, 1e-12 * (1 + std::abs(expected))) << to_string(set[c], {"x", "y", "z"});
    }
  }
}

TEST(Jets, DeepNetworksAgainstFiniteDifferences) {
  const ChannelSet set({derivative({0, 0, 1}), derivative({1, 1, 1, 1, 1})});
  const double h = 4e-3, weight[] = {4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280};
  for (const NetworkSpec& spec : testing::network_cases(2)) {
    const auto theta = random_parameters(spec, 0.8);
    const std::vector<double> x{0.3, -0.4};
    const auto at = channels_at(spec, theta, set, x);
    for (int c = 1; c < set.size(); ++c) {
      for (int i = 0; i < 2; ++i) {
        MultiIndex lower = set[c].terms[0].first;
        if (lower[i] == 0) continue;
        --lower[i];
        double slope = 0;
        for (int j = 1; j <= 4; ++j) {
          auto right = x, left = x;
          right[i] += j * h;
          left[i] -= j * h;
          const int k = set.find(lower);
          slope +=
              weight[j - 1] * (channels_at(spec, theta, set, right)[k] - channels_at(spec, theta, set, left)[k]) / h;
        }
        EXPECT_NEAR(at[c], slope, 1e-6 * (1 + std::abs(slope))) << testing::name(spec) << " channel " << c;
      }
    }
  }
}

Channel sum_of(const std::vector<std::pair<MultiIndex, double>>& terms) {
  Channel channel;
  channel.terms = terms;
  std::ranges::sort(channel.terms);
  return channel;
}

void expect_sum(const NetworkSpec& spec, const Channel& collapsed) {
  std::vector<Channel> singles;
  for (const auto& [alpha, coefficient] : collapsed.terms) singles.push_back(alpha);
  const ChannelSet one({collapsed}), all(singles);
  const auto theta = random_parameters(spec, 0.9);
  std::vector<double> x;
  for (std::size_t i = 0; i < spec.coordinates.size(); ++i) x.push_back(0.1 * static_cast<double>(i) - 0.35);
  const auto value = channels_at(spec, theta, one, x), parts = channels_at(spec, theta, all, x);
  double sum = 0, scale = 0;
  for (const auto& [alpha, coefficient] : collapsed.terms) {
    const double part = coefficient * parts[all.find(alpha)];
    sum += part;
    scale += std::abs(part);
  }
  EXPECT_NEAR(value[one.find(collapsed)], sum, 1e-13 * (1 + scale)) << testing::name(spec);
}

TEST(Jets, CollapsedChannelsAreSumsOfDirections) {
  for (const NetworkSpec& spec : testing::network_cases(3)) {
    expect_sum(spec, sum_of({{derivative({0, 0}), 1.0}, {derivative({1, 1}), -2.5}, {derivative({1, 2}), 0.5}}));
    expect_sum(
        spec,
        sum_of({{derivative({0, 0, 0, 0}), 1.0}, {derivative({0, 0, 1, 1}), 2.0}, {derivative({1, 1, 1, 1}), 1.0}}));
    expect_sum(spec, sum_of({{derivative({0}), 1.0}, {derivative({2}), 3.0}}));
  }
}

TEST(Jets, LaplacianInTenDimensions) {
  std::vector<std::pair<MultiIndex, double>> terms;
  for (int i = 0; i < 10; ++i) terms.push_back({derivative({i, i}), 1.0});
  expect_sum(testing::spec(10, {13, 9}, 1, Activation::tanh), sum_of(terms));
  EXPECT_EQ(ChannelSet({sum_of(terms)}).size(), 12) << "value, ten slopes, the Laplacian";
}

}  // namespace
}  // namespace residua
