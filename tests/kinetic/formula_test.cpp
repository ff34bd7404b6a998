// The complex form of the model (kinetic/model.hpp) against quadrature over the angle of what it stands for.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>

#include "kinetic/angular.hpp"
#include "kinetic/model.hpp"

namespace residua::kinetic {
namespace {

constexpr int nodes = 256;
constexpr double pi = std::numbers::pi;

/// A density with even modes only or with odd ones too.
double psi(double theta, bool polar) {
  return std::exp(0.7 * std::cos(2 * (theta - 0.4)) + 0.3 * std::sin(4 * theta) +
                  (polar ? 0.5 * std::cos(theta - 1) : 0));
}

double integral(const std::function<double(double)>& f) {
  double sum = 0;
  for (int j = 0; j < nodes; ++j) sum += f(2 * pi * j / nodes);
  return sum * 2 * pi / nodes;
}

Complex moment(int n, bool polar) {
  return {integral([&](double t) { return std::cos(n * t) * psi(t, polar); }),
          integral([&](double t) { return std::sin(n * t) * psi(t, polar); })};
}

double p(int i, double theta) { return i == 0 ? std::cos(theta) : std::sin(theta); }

TEST(ComplexForm, StressIsThatOfTheTensors) {
  const Model model{.alpha = -1.3, .beta = 0.8, .zeta = 2.1};
  const double strain[2][2] = {{0.3, -0.7}, {-0.7, -0.3}};
  double d[2][2], s[2][2][2][2], sigma[2][2] = {};
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 2; ++j) {
      d[i][j] = integral([&](double t) { return p(i, t) * p(j, t) * psi(t, false); });
      for (int k = 0; k < 2; ++k)
        for (int l = 0; l < 2; ++l)
          s[i][j][k][l] = integral([&](double t) { return p(i, t) * p(j, t) * p(k, t) * p(l, t) * psi(t, false); });
    }
  const double c = d[0][0] + d[1][1];
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 2; ++j) {
      sigma[i][j] = model.alpha * (d[i][j] - (i == j ? c / 2 : 0));
      for (int k = 0; k < 2; ++k) {
        sigma[i][j] -= 2 * model.zeta * model.beta * d[i][k] * d[k][j];
        for (int l = 0; l < 2; ++l)
          sigma[i][j] +=
              model.beta * s[i][j][k][l] * strain[k][l] + 2 * model.zeta * model.beta * s[i][j][k][l] * d[k][l];
      }
    }
  const Complex z = moment(2, false), w = moment(4, false), e(0.3, -0.7);
  EXPECT_NEAR(moment(0, false).real(), c, 1e-13);
  EXPECT_NEAR(std::abs(z - Complex(d[0][0] - d[1][1], 2 * d[0][1])), 0, 1e-13);
  const Complex found = active_stress(model, c, z, w) + strain_stress(model, c, w, e);
  EXPECT_NEAR(found.real(), (sigma[0][0] - sigma[1][1]) / 2, 1e-12);
  EXPECT_NEAR(found.imag(), sigma[0][1], 1e-12);
}

/// int e^{i n theta} (-d_theta(thetadot Psi)) = int i n e^{i n theta} thetadot Psi, with thetadot from p-dot.
Complex rotation(int n, double zeta, const double (&gradient)[2][2], bool polar) {
  double d[2][2];
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 2; ++j) d[i][j] = integral([&](double t) { return p(i, t) * p(j, t) * psi(t, polar); });
  const auto speed = [&](double t) {
    const double across[] = {-std::sin(t), std::cos(t)};
    double sum = 0;
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 2; ++j) sum += across[i] * (gradient[i][j] + 2 * zeta * d[i][j]) * p(j, t);
    return sum;
  };
  return Complex(0, n) * Complex(integral([&](double t) { return std::cos(n * t) * speed(t) * psi(t, polar); }),
                                 integral([&](double t) { return std::sin(n * t) * speed(t) * psi(t, polar); }));
}

TEST(ComplexForm, SourceIsTheRotationOfEachRepresentation) {
  const double gradient[2][2] = {{0.3, -1.1}, {-0.3, -0.3}};  // e = 0.3 - 0.7 i, vorticity 0.8
  const double zeta = 1.7;
  for (const bool polar : {false, true}) {
    const auto angular = polar ? make_angle_grid(96) : make_hierarchy(make_closure("truncation", 14));
    const int fields = angular->fields();
    std::vector<Complex> g(fields), s(fields);
    for (int j = 0; j < fields; ++j) g[j] = moment(j * angular->stride(), polar);
    const Complex turn = Complex(0.3, -0.7) + zeta * g[angular->field_of(2)], vorticity = 0.8;
    Complex fourth;
    fourth = *angular->fourth({g.data(), 1}, 1, &fourth);
    EXPECT_EQ(fourth, g[angular->field_of(4)]);
    const FlowCells in{{g.data(), 1}, 1, &fourth, &turn, &vorticity};
    angular->begin(in);
    for (int j = 0; j < fields; ++j) angular->source(in, j, 0, 1, &s[j]);
    EXPECT_EQ(s[0], 0.0);
    for (int j = 0; j + 2 < fields; ++j)
      EXPECT_NEAR(std::abs(s[j] - rotation(j * angular->stride(), zeta, gradient, polar)), 0, 1e-11) << j;
  }
}

}  // namespace
}  // namespace residua::kinetic
