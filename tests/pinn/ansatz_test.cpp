#include "pinn/ansatz.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "deck_of.hpp"
#include "pinn/solution.hpp"

namespace residua::pinn {
namespace {

Network small_network(const Problem& problem) {
  NetworkSpec spec;
  for (int i = 0; i < problem.dimension(); ++i)
    spec.coordinates.push_back({problem.box.lo[i], problem.box.hi[i], problem.periodic[i] ? 2 : 0});
  spec.hidden = {7, 5};
  spec.outputs = problem.fields();
  return Network(spec);
}

/// Windows with networks that are as good as random: whatever they are, exact conditions hold.
void add_windows(Solution& solution, const Problem& problem, std::vector<double> edges,
                 std::span<const Expression> wanted) {
  for (std::size_t k = 0; k + 1 < edges.size(); ++k) {
    const Network network = small_network(problem);
    std::vector<double> theta = network.glorot(11 + k);
    for (std::size_t i = 0; i < theta.size(); ++i) theta[i] += 0.3 * std::sin(static_cast<double>(i));
    solution.add(std::make_shared<const Ansatz>(problem, TimeWindow{edges[k], edges[k + 1]}, wanted), network, theta);
  }
}

std::vector<double> at(const Solution& solution, int window, const Expression& e, std::vector<double> point) {
  return solution.evaluate(window, std::span(&e, 1), point, 1);
}

TEST(Ansatz, MeetsInitialAndBoundaryValuesWhateverTheNetwork) {
  const Problem problem = make_problem(deck_of("boundary_values"));
  Solution solution(problem);
  const Expression u = Expression::unknown(0), u_x = Expression::unknown(0, MultiIndex::unit(1));
  add_windows(solution, problem, {0, 0.5, 2}, std::vector{u_x});
  for (double x : {-0.9, 0.1, 0.6}) {
    EXPECT_NEAR(at(solution, 0, u, {0, x})[0], std::sin(3 * x) + x * x, 1e-14);
    EXPECT_NEAR(at(solution, 0, u_x, {0, x})[0], 3 * std::cos(3 * x) + 2 * x, 1e-13);
    EXPECT_NEAR(at(solution, 0, u, {0.5, x})[0], at(solution, 1, u, {0.5, x})[0], 1e-14);
    EXPECT_NEAR(at(solution, 0, u_x, {0.5, x})[0], at(solution, 1, u_x, {0.5, x})[0], 1e-13);
    EXPECT_GT(std::abs(at(solution, 0, u, {0.4, x})[0] - at(solution, 0, u, {0, x})[0]), 1e-3);
  }
  for (double t : {0.0, 0.2, 0.5, 1.3, 2.0}) {
    EXPECT_NEAR(at(solution, t > 0.5, u, {t, -1})[0], std::sin(-3) + 1 + t * t, 1e-13);
    EXPECT_NEAR(at(solution, t > 0.5, u, {t, 1})[0], (std::sin(3) + 1) * std::cos(t), 1e-13);
  }
}

TEST(Ansatz, CarriesValueAndVelocityOfASecondOrderEquationThroughWindows) {
  const Problem problem = make_problem(deck_of("second_order"));
  Solution solution(problem);
  const Expression u = Expression::unknown(0), u_t = Expression::unknown(0, MultiIndex::unit(0));
  add_windows(solution, problem, {0, 0.3, 1}, std::vector{u_t});
  for (double x : {0.2, 0.7}) {
    EXPECT_NEAR(at(solution, 0, u, {0, x})[0], x * x * x, 1e-14);
    EXPECT_NEAR(at(solution, 0, u_t, {0, x})[0], std::cos(x), 1e-14);
    EXPECT_NEAR(at(solution, 0, u, {0.3, x})[0], at(solution, 1, u, {0.3, x})[0], 1e-13);
    EXPECT_NEAR(at(solution, 0, u_t, {0.3, x})[0], at(solution, 1, u_t, {0.3, x})[0], 1e-13);
  }
}

TEST(Ansatz, InterpolatesBoundaryValuesOnAllFacesOfASquare) {
  // On the faces the values are those of f = x^2 y - y^3 + x, which is compatible at the corners.
  const Problem problem = make_problem(deck_of("square"));
  Solution solution(problem);
  add_windows(solution, problem, {0, 0}, {});
  const auto f = [](double x, double y) { return x * x * y - y * y * y + x; };
  const Expression u = Expression::unknown(0);
  for (double s : {0.0, 0.3, 0.8, 1.0}) {
    EXPECT_NEAR(at(solution, 0, u, {0, 2 * s - 1})[0], f(0, 2 * s - 1), 1e-14);
    EXPECT_NEAR(at(solution, 0, u, {2, 2 * s - 1})[0], f(2, 2 * s - 1), 1e-14);
    EXPECT_NEAR(at(solution, 0, u, {2 * s, -1})[0], f(2 * s, -1), 1e-14);
    EXPECT_NEAR(at(solution, 0, u, {2 * s, 1})[0], f(2 * s, 1), 1e-14);
  }
  EXPECT_GT(std::abs(at(solution, 0, u, {1, 0.2})[0] - f(1, 0.2)), 1e-3);
}

TEST(Ansatz, MeetsSlopesWhateverTheNetwork) {
  // The conditions are those of f = cos(t) (x^2 y - y^3) + x + t x y^2: a slope against a value along x, two slopes
  // along y.
  const Problem problem = make_problem(deck_of("slopes"));
  Solution solution(problem);
  const auto slope = [](int i) { return Expression::unknown(0, MultiIndex::unit(i)); };
  const Expression u = Expression::unknown(0), u_x = slope(1), u_y = slope(2);
  add_windows(solution, problem, {0, 0.5, 2}, std::vector{u_x, u_y});
  const auto f = [](double t, double x, double y) { return std::cos(t) * (x * x * y - y * y * y) + x + t * x * y * y; };
  for (double s : {0.0, 0.3, 0.8, 1.0}) {
    const double x = 2 * s, y = 2 * s - 1;
    EXPECT_NEAR(at(solution, 0, u, {0, x, y})[0], f(0, x, y), 1e-13);
    for (double t : {0.3, 1.1, 2.0}) {
      const int window = t > 0.5;
      EXPECT_NEAR(at(solution, window, u_x, {t, 0, y})[0], 1 + t * y * y, 1e-13);
      EXPECT_NEAR(at(solution, window, u, {t, 2, y})[0], f(t, 2, y), 1e-13);
      for (double face : {-1.0, 1.0})
        EXPECT_NEAR(at(solution, window, u_y, {t, x, face})[0], std::cos(t) * (x * x - 3) + 2 * t * x * face, 1e-12);
    }
  }
  EXPECT_GT(std::abs(at(solution, 1, u, {1.4, 1, 0.2})[0] - f(1.4, 1, 0.2)), 1e-3);
}

TEST(Ansatz, ResidualProgramGivesItsDerivativesInTheNetwork) {
  const Problem problem = make_problem(deck_of("system"));
  const Ansatz ansatz(problem, {0.2, 0.7});
  const Program& program = ansatz.residual().program;
  const int inputs = 3 + program.shape().inputs, channels = 2 * ansatz.residual().channels.size();
  ASSERT_EQ(program.outputs(), 2 * (1 + channels));
  std::vector<double> x(inputs), out(program.outputs());
  for (int k = 0; k < inputs; ++k) x[k] = 0.4 + 0.1 * std::sin(k);
  program.evaluate(x, 1, out);
  for (int k = 0; k < channels; ++k) {
    const double h = 1e-6;
    std::vector<double> up = x, down = x, a(out.size()), b(out.size());
    up[inputs - channels + k] += h;
    down[inputs - channels + k] -= h;
    program.evaluate(up, 1, a);
    program.evaluate(down, 1, b);
    for (int i = 0; i < 2; ++i)
      EXPECT_NEAR(out[2 + i * channels + k], (a[i] - b[i]) / (2 * h), 1e-8) << "equation " << i << ", channel " << k;
  }
}

}  // namespace
}  // namespace residua::pinn
