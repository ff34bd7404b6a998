// Residuals of networks: derivatives in the parameters, rows, features, batch splits, and the figures of other
// programs.
#include "map/point_map.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numeric>

#include "base/error.hpp"
#include "map/network_cases.hpp"
#include "peer_problems.hpp"

namespace residua {
namespace {

using Array = std::vector<double>;

Array random_numbers(std::uint64_t stream, std::size_t count) {
  Array x(count);
  for (std::size_t k = 0; k < count; ++k) x[k] = normal(21, stream, k);
  return x;
}

double dot(const Array& a, const Array& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }
double norm(const Array& a) { return std::sqrt(dot(a, a)); }

/// A map, its points (one data channel) and its parameters.
struct Fixture {
  Fixture(const NetworkSpec& spec, const ResidualProgram& residual, std::ptrdiff_t count)
      : map(Network(spec), residual.channels, residual.program),
        theta(testing::random_parameters(spec, 0.9)),
        coordinates(random_numbers(1, spec.coordinates.size() * count)),
        data(random_numbers(2, count)),
        points{count, {coordinates.data(), count}, {data.data(), count}} {
    for (double& x : coordinates) x = std::tanh(x);
    map.set_parameters(theta);
  }

  PointArray<double> rows(Array& a) const { return {a.data(), points.count}; }
  Array residual() {
    Array r(map.residuals() * points.count);
    map.apply(points, rows(r));
    return r;
  }

  PointMap map;
  Array theta, coordinates, data;
  Points points;
};

/// Every network with residuals that use all its outputs, of order 4 and of order 2 with a collapsed channel.
template <class Body>
void for_cases(const Body& body) {
  for (const NetworkSpec& spec : testing::network_cases(2)) {
    std::vector<std::string> unknowns{"u"};
    std::string sum = "u";
    if (spec.outputs > 1) unknowns.push_back("v"), sum += " + v*d(v,t)";
    if (spec.outputs > 2) unknowns.push_back("w"), sum += " - sin(w)*d(v,x)";
    const std::vector<std::string> fourth{"d(u,t,x,x) + u*d(u,x) - 0.1*d(u,x,x,x,x) + data0*" + sum,
                                          "exp(u)*x - d(u,x)*d(u,t,t)"};
    const std::vector<std::string> collapsed{"data0*(d(u,t,t) + d(u,x,x)) - u^3 + " + sum};
    for (const auto& residuals : {fourth, collapsed}) {
      SCOPED_TRACE(testing::name(spec) + ": " + residuals[0]);
      Fixture fixture(spec, residual_program({"t", "x"}, unknowns, residuals, 1), 53);
      body(fixture);
    }
  }
}

TEST(PointMap, TaylorSlopeIsTwo) {
  for_cases([](Fixture& f) {
    const Array r = f.residual(), v = random_numbers(3, f.theta.size());
    Array jv(r.size());
    f.map.jvp(f.points, v, f.rows(jv));
    double error[2];
    for (int k = 0; k < 2; ++k) {
      const double h = k == 0 ? 1e-3 : 5e-4;
      Array moved = f.theta;
      for (std::size_t i = 0; i < v.size(); ++i) moved[i] += h * v[i];
      f.map.set_parameters(moved);
      Array rest = f.residual();
      for (std::size_t i = 0; i < r.size(); ++i) rest[i] -= r[i] + h * jv[i];
      error[k] = norm(rest) / norm(r);
    }
    // A network without hidden layers and a linear residual leave nothing.
    if (error[0] > 1e-12) {
      EXPECT_NEAR(std::log2(error[0] / error[1]), 2, 0.05);
    }
  });
}

TEST(PointMap, AdjointOfTheDerivative) {
  for_cases([](Fixture& f) {
    const Array v = random_numbers(3, f.theta.size()), w = random_numbers(4, f.map.residuals() * f.points.count);
    Array jv(w.size()), gradient(f.theta.size(), 0.0);
    f.map.jvp(f.points, v, f.rows(jv));
    f.map.vjp(f.points, PointArray<const double>{w.data(), f.points.count}, gradient);
    EXPECT_NEAR(dot(w, jv), dot(gradient, v), 1e-12 * norm(w) * norm(jv));
  });
}

TEST(PointMap, RowsAgreeWithBothProducts) {
  for_cases([](Fixture& f) {
    const std::ptrdiff_t count = f.points.count, rows = f.map.residuals() * count, ld = rows + 3;
    const auto parameters = static_cast<std::ptrdiff_t>(f.theta.size());
    const Array v = random_numbers(3, f.theta.size());
    Array jacobian(ld * parameters, 77.0), jv(rows);
    f.map.rows(f.points, jacobian.data(), ld);
    f.map.jvp(f.points, v, f.rows(jv));
    for (std::ptrdiff_t i = 0; i < rows; ++i) {
      double sum = 0, scale = 0;
      for (std::ptrdiff_t k = 0; k < parameters; ++k) {
        sum += jacobian[k * ld + i] * v[k];
        scale += std::abs(jacobian[k * ld + i] * v[k]);
      }
      ASSERT_NEAR(sum, jv[i], 1e-13 * scale + 1e-300) << i;
    }
    for (std::ptrdiff_t k = 0; k < parameters; ++k)
      for (std::ptrdiff_t i = rows; i < ld; ++i) ASSERT_EQ(jacobian[k * ld + i], 77.0) << "written beyond the rows";

    const auto hidden = static_cast<std::ptrdiff_t>(f.map.network().hidden_parameters());
    Array output((parameters - hidden) * rows);
    f.map.output_rows(f.points, output.data(), rows);
    for (std::ptrdiff_t k = hidden; k < parameters; ++k)
      ASSERT_EQ(0, std::memcmp(&output[(k - hidden) * rows], &jacobian[k * ld], rows * sizeof(double)));
  });
}

TEST(PointMap, LargeJacobiansAreTheSameAsSmallOnes) {
  // More than 2^21 numbers: written past the caches.
  const NetworkSpec spec = testing::spec(2, {30, 31}, 1, Activation::tanh);
  Fixture f(spec, residual_program({"t", "x"}, {"u"}, {"d(u,t) + u*d(u,x)", "d(u,x,x)"}, 1), 1036);
  const std::ptrdiff_t rows = 2 * f.points.count, parameters = static_cast<std::ptrdiff_t>(f.theta.size());
  ASSERT_GT(rows * parameters, 1 << 21);
  Array whole(rows * parameters), part(2 * 28 * parameters);
  f.map.rows(f.points, whole.data(), rows);
  for (std::ptrdiff_t first = 0; first < f.points.count; first += 28) {
    f.map.rows(f.points.slice(first, 28), part.data(), 56);
    for (std::ptrdiff_t k = 0; k < parameters; ++k)
      for (int i = 0; i < 2; ++i)
        ASSERT_EQ(0, std::memcmp(&whole[k * rows + i * f.points.count + first], &part[k * 56 + i * 28], 28 * 8));
  }
}

TEST(PointMap, LossAndGradientInOnePass) {
  for_cases([](Fixture& f) {
    const Array r = f.residual();
    Array weight = random_numbers(5, r.size()), product(r.size());
    double loss = 0;
    for (std::size_t i = 0; i < r.size(); ++i) {
      weight[i] = weight[i] * weight[i];
      product[i] = weight[i] * r[i];
      loss += 0.5 * product[i] * r[i];
    }
    Array gradient(f.theta.size(), 1.0), expected(f.theta.size(), 1.0);
    EXPECT_NEAR(f.map.loss_gradient(f.points, f.rows(weight), gradient), loss, 1e-13 * loss);
    EXPECT_NEAR(f.map.loss_gradient(f.points, f.rows(weight), {}), loss, 1e-13 * loss);
    f.map.vjp(f.points, f.rows(product), expected);
    for (std::size_t k = 0; k < gradient.size(); ++k) ASSERT_NEAR(gradient[k], expected[k], 1e-13 * norm(expected));
    EXPECT_NEAR(f.map.loss_gradient(f.points, {}, {}), 0.5 * dot(r, r), 1e-13 * dot(r, r)) << "weights of 1";
  });
}

TEST(PointMap, BitEqualOnAnySplit) {
  for_cases([](Fixture& f) {
    const int residuals = f.map.residuals(),
              derivatives = residuals * f.map.network().outputs() * f.map.channel_set().size();
    const std::ptrdiff_t n = f.points.count;
    const Array v = random_numbers(3, f.theta.size());
    Array r(residuals * n), dr(derivatives * n), jv(residuals * n), r2 = r, dr2 = dr, jv2 = jv;
    f.map.linearise(f.points, f.rows(r), f.rows(dr));
    f.map.jvp(f.points, v, f.rows(jv));
    for (const std::ptrdiff_t step : {1, 5, 12, 29}) {
      for (std::ptrdiff_t first = 0; first < n; first += step) {
        const Points part = f.points.slice(first, std::min(step, n - first));
        f.map.linearise(part, f.rows(r2).from(first), f.rows(dr2).from(first));
        f.map.jvp(part, v, f.rows(jv2).from(first));
      }
      EXPECT_EQ(0, std::memcmp(r.data(), r2.data(), r.size() * sizeof(double))) << step;
      EXPECT_EQ(0, std::memcmp(dr.data(), dr2.data(), dr.size() * sizeof(double))) << step;
      EXPECT_EQ(0, std::memcmp(jv.data(), jv2.data(), jv.size() * sizeof(double))) << step;
    }
  });
}

TEST(PointMap, FeaturesGiveTheChannels) {
  for_cases([](Fixture& f) {
    const Network& network = f.map.network();
    const int channels = f.map.channel_set().size(), outputs = network.outputs(), width = network.last_width();
    const std::ptrdiff_t n = f.points.count;
    Array features(channels * width * n), values(outputs * channels * n);
    f.map.channels(f.points, f.rows(values));
    PointMap hidden(network, f.map.channel_set());
    hidden.set_parameters(std::span(f.theta).first(network.hidden_parameters()));
    hidden.features(f.points, f.rows(features));
    const LayerShape& layer = network.layers().back();
    for (int o = 0; o < outputs; ++o)
      for (int c = 0; c < channels; ++c)
        for (std::ptrdiff_t p = 0; p < n; ++p) {
          double sum = c == 0 ? f.theta[layer.biases + o] : 0.0;
          for (const LayerBlock& block : layer.blocks)
            for (int i = 0; i < block.in && o >= block.first_out && o < block.first_out + block.out; ++i)
              sum += f.theta[block.weights + i * block.out + o - block.first_out] *
                     features[(c * width + block.first_in + i) * n + p];
          ASSERT_NEAR(sum, values[(o * channels + c) * n + p], 1e-12 * (1 + std::abs(sum)));
        }
  });
}

TEST(PointMap, CopiesAreIndependent) {
  Fixture f(testing::spec(2, {6}, 1, Activation::sin), residual_program({"t", "x"}, {"u"}, {"d(u,x,x) - u"}, 1), 7);
  const Array before = f.residual();
  PointMap copy = f.map;
  copy.set_parameters(Array(f.theta.size(), 0.5));
  EXPECT_EQ(before, f.residual());
  Array r(7);
  copy.apply(f.points, {r.data(), 7});
  EXPECT_NE(before, r);
}

TEST(PointMap, MisuseIsAnError) {
  const NetworkSpec spec = testing::spec(2, {6}, 1, Activation::tanh);
  const ResidualProgram residual = residual_program({"t", "x"}, {"u"}, {"d(u,x,x) - u"});
  EXPECT_THROW(PointMap(Network(spec), ChannelSet({testing::derivative({0, 1, 1})}), residual.program), Error)
      << "other channels";
  PointMap map(Network(spec), residual.channels, residual.program);
  Array r(1);
  const double x[2] = {0, 0};
  const Points point{1, {x, 1}, {}};
  EXPECT_THROW(map.apply(point, {r.data(), 1}), Error) << "no parameters";
  EXPECT_THROW(map.set_parameters(r), Error) << "a wrong number of them";
  map.set_parameters(Array(map.network().hidden_parameters(), 0.0));
  EXPECT_THROW(map.apply(point, {r.data(), 1}), Error) << "hidden ones only";
  map.set_parameters(Array(map.network().parameters(), 0.0));
  EXPECT_THROW(map.vjp(point, {}, r), Error) << "a short gradient";
}

void expect_figures(const std::string& name, double loss, double gradient_norm) {
  const PeerProblem problem = peer_problem(name);
  PointMap map = problem.map();
  const auto n = problem.count;
  const Array weight(map.residuals() * n, 2.0 / static_cast<double>(n));
  Array gradient(problem.theta.size(), 0.0);
  const double value = map.loss_gradient(problem.points(), PointArray<const double>{weight.data(), n}, gradient);
  EXPECT_NEAR(value, loss, 1e-12 * loss) << name;
  EXPECT_NEAR(norm(gradient), gradient_norm, 1e-12 * gradient_norm) << name;
}

TEST(Peers, LossesAndGradients) {
  expect_figures("burgers", 0.152952790971806, 2.21026304600493);
  expect_figures("ks", 0.00175684266407819, 0.227242151068125);
  expect_figures("ns", 0.0340911918191324, 1.01600687227257);
}

TEST(Peers, NormOfTheJacobian) {
  const PeerProblem problem = peer_problem("jacobian");
  PointMap map = problem.map();
  Array jacobian(256 * problem.theta.size());
  double sum = 0;
  for (std::ptrdiff_t first = 0; first < problem.count; first += 256) {
    map.rows(problem.points().slice(first, 256), jacobian.data(), 256);
    sum += dot(jacobian, jacobian);
  }
  EXPECT_NEAR(std::sqrt(sum), 177.0153335269, 1e-10);
}

}  // namespace
}  // namespace residua
