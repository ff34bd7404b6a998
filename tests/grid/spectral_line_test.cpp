#include "grid/spectral_line.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace residua {
namespace {

struct Named {
  const char* name;
  SpectralLine line;
  double noise;  // of the first derivative
};

double f(double x) { return std::exp(std::sin(std::numbers::pi * x)); }
double df(double x) { return std::numbers::pi * std::cos(std::numbers::pi * x) * f(x); }
double ddf(double x) {
  const double s = std::sin(std::numbers::pi * x), c = std::cos(std::numbers::pi * x);
  return std::numbers::pi * std::numbers::pi * (c * c - s) * f(x);
}

std::vector<Named> lines() {
  return {{"fourier", SpectralLine::fourier(-1, 1, 40), 1e-12},
          {"one element", SpectralLine::chebyshev({-1, 1}, 48), 1e-11},
          {"elements", SpectralLine::chebyshev({-1, -0.3, 0.1, 1}, 30), 1e-10},
          {"elements on a circle", SpectralLine::chebyshev({-1, -0.5, 0, 0.2, 1}, 30, true), 1e-10}};
}

std::vector<double> values_of(const SpectralLine& line) {
  std::vector<double> values;
  for (const double x : line.nodes()) values.push_back(f(x));
  return values;
}

double dot(const Stencil& stencil, const std::vector<double>& values) {
  double sum = 0;
  for (std::size_t k = 0; k < stencil.weights.size(); ++k) sum += stencil.weights[k] * values[stencil.first + k];
  return sum;
}

TEST(SpectralLine, DifferentiatesToRounding) {
  for (const auto& [name, line, noise] : lines()) {
    SCOPED_TRACE(name);
    const std::vector<double> values = values_of(line);
    const std::vector<double> first = line.differentiate(values, 1), second = line.differentiate(values, 2);
    for (int i = 0; i < line.size(); ++i) {
      const double x = line.nodes()[i];
      EXPECT_NEAR(first[i], df(x), noise);
      EXPECT_NEAR(second[i], ddf(x), 1000 * noise);
      EXPECT_NEAR(dot(line.derivative(i, 1), values), df(x), noise);
      EXPECT_NEAR(dot(line.derivative(i, 2), values), ddf(x), 1000 * noise);
    }
  }
}

TEST(SpectralLine, HighDerivativesOfAPolynomialAndOfAWave) {
  const SpectralLine line = SpectralLine::chebyshev({0, 2}, 10), circle = SpectralLine::fourier(0, 2, 16);
  std::vector<double> power, wave;
  for (const double x : line.nodes()) power.push_back(std::pow(x, 5));
  for (const double x : circle.nodes()) wave.push_back(std::sin(std::numbers::pi * x));
  for (int i = 0; i < line.size(); ++i) EXPECT_NEAR(line.differentiate(power, 4)[i], 120 * line.nodes()[i], 1e-8) << i;
  for (int i = 0; i < circle.size(); ++i) {
    const double x = circle.nodes()[i], pi = std::numbers::pi;
    EXPECT_NEAR(circle.differentiate(wave, 3)[i], -std::pow(pi, 3) * std::cos(pi * x), 1e-11) << i;
    EXPECT_NEAR(dot(circle.derivative(i, 3), wave), -std::pow(pi, 3) * std::cos(pi * x), 1e-10) << i;
    EXPECT_NEAR(dot(circle.derivative(i, 4), wave), std::pow(pi, 4) * std::sin(pi * x), 1e-8) << i;
  }
}

TEST(SpectralLine, InterpolatesBetweenAndAtTheNodes) {
  for (const auto& [name, line, noise] : lines()) {
    SCOPED_TRACE(name);
    const std::vector<double> values = values_of(line);
    for (const double x : {-1.0, -0.77, -0.3, 0.0, 0.1, 0.123, 0.2, 0.999, 1.0})
      EXPECT_NEAR(dot(line.interpolation(x), values), f(x), 1e-12) << x;
  }
}

TEST(SpectralLine, TailsShowWhichElementIsTooCoarse) {
  const SpectralLine line = SpectralLine::chebyshev({-1, 0, 1, 2, 3}, 16, true);
  std::vector<double> values;
  for (const double x : line.nodes()) values.push_back(std::tanh((x - 1.5) / 0.05));
  const std::vector<double> tails = line.tails(values);
  EXPECT_GT(tails[2], 1e-3);
  for (const int e : {0, 1, 3}) EXPECT_LT(tails[e], 1e-6) << e;
}

TEST(SpectralLine, NeighboursOnACircleAreNear) {
  const SpectralLine line = SpectralLine::chebyshev({0, 1, 2, 3, 4, 5}, 4, true);
  for (int e = 0; e < 5; ++e) {
    EXPECT_LE(std::abs(line.first_node(e) - line.first_node((e + 1) % 5)), 2 * line.block());
    EXPECT_EQ(line.nodes()[line.first_node(e)], e);
  }
}

}  // namespace
}  // namespace residua
