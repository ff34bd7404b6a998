#include "peer_problems.hpp"

#include <array>
#include <numbers>

#include "base/error.hpp"
#include "map/collapse.hpp"
#include "map/derivative.hpp"
#include "map/expression_parser.hpp"

namespace residua {

std::vector<double> splitmix_uniforms(std::uint64_t seed, std::size_t count) {
  std::vector<double> u(count);
  for (double& x : u) {
    seed += 0x9E3779B97F4A7C15;
    std::uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    x = static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
  }
  return u;
}

ResidualProgram residual_program(const std::vector<std::string>& coordinates, const std::vector<std::string>& unknowns,
                                 const std::vector<std::string>& residuals, int data_channels, bool allow_collapse) {
  ExpressionParser parser(coordinates, unknowns, coordinates[0] == "t" ? 0 : -1);
  for (int k = 0; k < data_channels; ++k) parser.define_parameter("data" + std::to_string(k), Expression::input(k));
  std::vector<Expression> expressions;
  for (const std::string& text : residuals) expressions.push_back(parser.parse(text));
  const int fields = static_cast<int>(unknowns.size());
  const ChannelForm form = collapse(expressions, 0, fields, data_channels, allow_collapse);
  const int channels = fields * form.channels.size();
  std::vector<Expression> outputs = form.expressions, inputs;
  for (int k = 0; k < channels; ++k) inputs.push_back(Expression::input(data_channels + k));
  const std::vector<Expression> partials = jacobian(form.expressions, inputs);
  outputs.insert(outputs.end(), partials.begin(), partials.end());
  return {form.channels, Program(outputs, {static_cast<int>(coordinates.size()), data_channels + channels, 0})};
}

PointMap PeerProblem::map() const {
  PointMap map(Network(network), residual.channels, residual.program);
  map.set_parameters(theta);
  return map;
}

PeerProblem peer_problem(const std::string& name) {
  PeerProblem problem;
  std::vector<std::array<double, 2>> domain{{0, 1}};
  const std::array<double, 2> circle{0, 2 * std::numbers::pi};
  if (name == "burgers" || name == "jacobian") {
    domain.push_back({-1, 1});
    problem.network.hidden = name == "burgers" ? std::vector<int>(4, 64) : std::vector<int>(3, 30);
    problem.residual = residual_program({"t", "x"}, {"u"}, {"d(u,t) + u*d(u,x) - 0.01/pi*d(u,x,x)"});
  } else if (name == "ks") {
    domain.push_back(circle);
    problem.network.hidden.assign(4, 128);
    problem.residual = residual_program({"t", "x"}, {"u"}, {"d(u,t) + u*d(u,x) + d(u,x,x) + d(u,x,x,x,x)"});
  } else if (name == "ns") {
    domain.insert(domain.end(), 2, circle);
    problem.network.hidden.assign(4, 128);
    problem.residual =
        residual_program({"t", "x", "y"}, {"u", "v", "w"},
                         {"d(w,t) + u*d(w,x) + v*d(w,y) - (d(w,x,x) + d(w,y,y))/100", "d(u,x) + d(v,y)"});
    problem.network.outputs = 3;
  } else {
    throw Error("no such problem: " + name);
  }
  problem.network.coordinates.resize(domain.size());
  const Network network(problem.network);
  problem.theta = network.glorot_from(splitmix_uniforms(1, network.weights()));
  problem.count = name == "jacobian" ? 4096 : 8192;
  const std::size_t d = domain.size();
  const auto n = static_cast<std::size_t>(problem.count);
  const std::vector<double> u = splitmix_uniforms(2, n * d);
  problem.coordinates.resize(n * d);
  for (std::size_t p = 0; p < n; ++p)
    for (std::size_t i = 0; i < d; ++i)
      problem.coordinates[i * n + p] = domain[i][0] + (domain[i][1] - domain[i][0]) * u[p * d + i];
  return problem;
}

}  // namespace residua
