// Programs: against a walk over the tree, sharing and registers, block splits, residuals of known equations.
#include "map/program.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "map/collapse.hpp"
#include "map/derivative.hpp"
#include "map/evaluate.hpp"
#include "map/expression_parser.hpp"
#include "map/formulas.hpp"
#include "map/program_copy.hpp"
#include "map/substitute.hpp"

namespace residua {
namespace {

using testing::run;
using testing::walk;

int count(const Program& program, Op op) {
  return static_cast<int>(std::ranges::count(program.code(), op, &Instruction::op));
}

Program compiled(const ExpressionParser& p, const std::vector<std::string>& texts, int coordinates) {
  std::vector<Expression> expressions;
  for (const std::string& text : texts) expressions.push_back(p.parse(text));
  return Program(expressions, {coordinates, 0, 0});
}

TEST(Program, EqualsAWalkOverTheTree) {
  const std::vector<std::string> names{"x", "y", "z"};
  const ExpressionParser p(names, {});
  for (unsigned seed = 0; seed < 200; ++seed) {
    testing::FormulaMaker maker(seed, names);
    std::vector<Expression> expressions;
    for (int k = 0; k < 3; ++k) expressions.push_back(p.parse(maker.make(5).text));
    for (int k = 0; k < 3; ++k) expressions.push_back(total_derivative(expressions[static_cast<std::size_t>(k)], k));
    const std::vector<double> point{maker.point(), maker.point(), maker.point()};
    const std::vector<double> outputs = run(expressions, point, 3);
    for (std::size_t k = 0; k < expressions.size(); ++k) {
      const double expected = walk(expressions[k], point);
      ASSERT_NEAR(outputs[k], expected, 1e-12 * (1 + std::abs(expected))) << to_string(expressions[k]);
    }
  }
}

TEST(Program, CommonSubexpressionsAreComputedOnce) {
  const ExpressionParser p({"x", "y"}, {});
  const Program program = compiled(p, {"sin(x*y)^2 + cos(x)", "exp(sin(y*x)) - 1", "cos(x)*sin(x*y)"}, 2);
  EXPECT_EQ(count(program, Op::sin), 1);
  EXPECT_EQ(count(program, Op::cos), 1);
  EXPECT_EQ(count(program, Op::exp), 1);
  EXPECT_LE(program.code().size(), 7u);
}

TEST(Program, InstructionsOfSmallFormulas) {
  const ExpressionParser p({"x", "y", "z"}, {});
  EXPECT_EQ(compiled(p, {"x*y + z"}, 3).code().size(), 1u) << "fused";
  EXPECT_EQ(compiled(p, {"z - x*y"}, 3).code().size(), 1u) << "fused";
  EXPECT_EQ(compiled(p, {"z + x^2"}, 3).code().size(), 1u) << "fused";
  EXPECT_EQ(compiled(p, {"z - 0.1*x"}, 3).code().size(), 1u) << "fused";
  EXPECT_EQ(compiled(p, {"x^8"}, 3).code().size(), 3u) << "squares";
  EXPECT_EQ(compiled(p, {"x/y"}, 3).code().size(), 1u);
  EXPECT_EQ(compiled(p, {"x"}, 3).code().size(), 1u) << "a copy";
  EXPECT_EQ(compiled(p, {"x*y", "x*y"}, 3).code().size(), 2u) << "a product and a copy";
}

TEST(Program, RegistersAreReused) {
  const ExpressionParser p({"x"}, {});
  std::string text = "x";
  for (int k = 0; k < 40; ++k) text = "sin(" + text + ")";
  const Program program = compiled(p, {text}, 1);
  EXPECT_EQ(program.code().size(), 40u);
  EXPECT_EQ(program.registers(), 1);
}

TEST(Program, ConstantOutputsAreKnown) {
  const ExpressionParser p({"x"}, {});
  const Program program = compiled(p, {"x - x", "2*x", "pi"}, 1);
  EXPECT_EQ(program.constant_output(0), 0.0);
  EXPECT_FALSE(program.constant_output(1).has_value());
  EXPECT_EQ(program.constant_output(2), p.parse_number("pi"));
  std::vector<double> x{1, 2, 3}, out(9);
  program.evaluate(x, 3, out);
  EXPECT_EQ(out, (std::vector<double>{0, 0, 0, 2, 4, 6, out[6], out[6], out[6]}));
}

TEST(Program, NoDifferenceBetweenBlockSplits) {
  const std::vector<std::string> names{"x", "y"};
  const ExpressionParser p(names, {});
  testing::FormulaMaker maker(7, names);
  std::vector<Expression> expressions;
  for (int k = 0; k < 20; ++k) expressions.push_back(p.parse(maker.make(5).text));
  const Program program(expressions, {2, 0, 0});
  constexpr std::size_t points = 1000;
  std::vector<double> inputs(2 * points), whole(20 * points), split(20 * points);
  for (double& x : inputs) x = maker.point();
  program.evaluate(inputs, points, whole);

  const ProgramView view = program.view();
  std::vector<double> scratch(static_cast<std::size_t>(view.registers) * 64);
  for (std::size_t first = 0, block = 1; first < points; first += block, block = block % 64 + 1) {
    const int n = static_cast<int>(std::min(block, points - first));
    const ProgramBlock part{n, &inputs[first], points, nullptr, &split[first], points, scratch.data(), 64};
    if (block % 2) {
      view.evaluate(HostLanes{}, part);
    } else {
      for (int lane = 0; lane < 3; ++lane) view.evaluate(StridedLanes{lane, 3}, part);
    }
  }
  EXPECT_EQ(std::memcmp(whole.data(), split.data(), whole.size() * sizeof(double)), 0);
}

TEST(Program, ACopyInMemoryOfTheDeviceIsTheSame) {
  const ExpressionParser p({"x", "y"}, {});
  const Program program = compiled(p, {"sin(x)*y + 1", "x^y"}, 2);
  const ProgramCopy<Kokkos::HostSpace> copy(program);
  std::vector<double> inputs{0.5, 0.7}, direct(2), copied(2), scratch(64);
  program.evaluate(inputs, 1, direct);
  copy.view().evaluate(StridedLanes{}, {1, inputs.data(), 1, nullptr, copied.data(), 1, scratch.data(), 1});
  EXPECT_EQ(direct, copied);
}

TEST(Program, ParametersAndErrors) {
  const Expression e = Expression::parameter(1) * Expression::input(0) + Expression::coordinate(0);
  EXPECT_EQ(run({e}, {2, 3}, 1, {10, 100})[0], 302);
  const Expression unknown = Expression::unknown(0), one[] = {e};
  EXPECT_THROW(Program(std::span(&unknown, 1), {1, 0, 0}), Error);
  EXPECT_THROW(Program(one, {1, 0, 2}), Error) << "no input 0";
  EXPECT_THROW(Program(one, {1, 1, 1}), Error) << "no parameter 1";
  std::vector<double> wrong(1), out(1);
  EXPECT_THROW(Program(one, {1, 1, 2}).evaluate(wrong, 1, out, wrong), Error);
}

/// r and d r / d channels for a residual whose channels hold the given numbers.
struct Residual {
  ChannelForm form;
  std::vector<double> outputs;  // r_i, then d r_i / d channel_k
  int channel(int field, const Channel& c) const { return field * form.channels.size() + form.channels.find(c); }
};

Residual evaluate(const ExpressionParser& p, const std::vector<std::string>& texts, int fields,
                  const std::vector<double>& coordinates, const std::vector<double>& values) {
  std::vector<Expression> expressions;
  for (const std::string& text : texts) expressions.push_back(p.parse(text));
  Residual residual;
  residual.form = collapse(expressions, 0, fields, 0);
  const int channels = fields * residual.form.channels.size();
  std::vector<Expression> outputs = residual.form.expressions, inputs;
  for (int k = 0; k < channels; ++k) inputs.push_back(Expression::input(k));
  const std::vector<Expression> partials = jacobian(residual.form.expressions, inputs);
  outputs.insert(outputs.end(), partials.begin(), partials.end());
  std::vector<double> all = coordinates;
  for (int k = 0; k < channels; ++k) all.push_back(values[static_cast<std::size_t>(k)]);
  residual.outputs = run(outputs, all, static_cast<int>(coordinates.size()));
  return residual;
}

const std::vector<double> numbers{0.7,  -1.3, 0.4, 2.1,  -0.6, 1.7,  0.9,  -2.2, 0.35, 1.1,  -0.8, 0.25,
                                  -1.9, 0.65, 1.4, -0.3, 0.55, -1.6, 2.05, 0.15, -0.9, 0.85, 1.25, -0.45};

MultiIndex order(std::initializer_list<int> coordinates) {
  MultiIndex alpha;
  for (const int i : coordinates) ++alpha[i];
  return alpha;
}

TEST(Residuals, Burgers) {
  const ExpressionParser p({"t", "x"}, {"u"}, 0);
  const Residual r = evaluate(p, {"d(u,t) + u*d(u,x) - 0.01/pi*d(u,x,x)"}, 1, {0.1, 0.2}, numbers);
  ASSERT_EQ(r.form.channels.size(), 4);
  const double u = numbers[0], ut = numbers[1], ux = numbers[2], uxx = numbers[3], nu = 0.01 / 3.14159265358979323846;
  EXPECT_NEAR(r.outputs[0], ut + u * ux - nu * uxx, 1e-15);
  EXPECT_EQ(r.outputs[1], ux);
  EXPECT_EQ(r.outputs[2], 1);
  EXPECT_EQ(r.outputs[3], u);
  EXPECT_NEAR(r.outputs[4], -nu, 1e-18);
}

TEST(Residuals, KuramotoSivashinsky) {
  const ExpressionParser p({"t", "x"}, {"u"}, 0);
  const Residual r = evaluate(p, {"d(u,t) + u*d(u,x) + d(u,x,x) + d(u,x,x,x,x)"}, 1, {0, 0}, numbers);
  ASSERT_EQ(r.form.channels.size(), 6);
  const auto value = [&](std::initializer_list<int> i) {
    return numbers[static_cast<std::size_t>(r.channel(0, order(i)))];
  };
  EXPECT_NEAR(r.outputs[0], value({0}) + value({}) * value({1}) + value({1, 1}) + value({1, 1, 1, 1}), 1e-14);
  const auto partial = [&](std::initializer_list<int> i) {
    return r.outputs[1 + static_cast<std::size_t>(r.channel(0, order(i)))];
  };
  EXPECT_EQ(partial({}), value({1}));
  EXPECT_EQ(partial({1}), value({}));
  EXPECT_EQ(partial({1, 1, 1}), 0);
  EXPECT_EQ(partial({1, 1, 1, 1}), 1);
}

TEST(Residuals, NavierStokesOnCollapsedChannels) {
  const ExpressionParser p({"t", "x", "y"}, {"u", "v", "p"}, 0);
  const Residual r = evaluate(p,
                              {"d(u,t) + u*d(u,x) + v*d(u,y) + d(p,x) - 0.01*laplacian(u)",
                               "d(v,t) + u*d(v,x) + v*d(v,y) + d(p,y) - 0.01*(d(v,x,x) + d(v,y,y))", "d(u,x) + d(v,y)"},
                              3, {0, 0, 0}, numbers);
  ASSERT_EQ(r.form.channels.size(), 5) << "value, t, x, y, Laplacian";
  Channel laplacian;
  laplacian.terms = {{order({2, 2}), 1}, {order({1, 1}), 1}};
  ASSERT_EQ(r.form.channels.find(laplacian), 4);
  const auto value = [&](int j, const Channel& c) { return numbers[static_cast<std::size_t>(r.channel(j, c))]; };
  const Channel one{order({})}, t{order({0})}, x{order({1})}, y{order({2})};
  EXPECT_NEAR(r.outputs[0],
              value(0, t) + value(0, one) * value(0, x) + value(1, one) * value(0, y) + value(2, x) -
                  0.01 * value(0, laplacian),
              1e-14);
  EXPECT_NEAR(r.outputs[2], value(0, x) + value(1, y), 1e-15);
  const auto partial = [&](int i, int j, const Channel& c) {
    return r.outputs[3 + static_cast<std::size_t>(15 * i + r.channel(j, c))];
  };
  EXPECT_EQ(partial(0, 0, laplacian), -0.01);
  EXPECT_EQ(partial(0, 1, one), value(0, y));
  EXPECT_EQ(partial(1, 1, one), value(1, y));
  EXPECT_EQ(partial(1, 2, y), 1);
  EXPECT_EQ(partial(2, 2, y), 0);
}

TEST(Residuals, PlaneElasticity) {
  // div sigma with sigma = lambda tr(eps) I + 2 mu eps, written by stresses, against the displacement form.
  ExpressionParser p({"x", "y"}, {"u", "v"});
  p.define_parameter("lambda", "1.3");
  p.define_parameter("mu", "0.4");
  p.define_function("sxx(u, v)", "lambda*(ux(u) + vy(v)) + 2*mu*ux(u)");
  p.define_function("syy(u, v)", "lambda*(ux(u) + vy(v)) + 2*mu*vy(v)");
  p.define_function("sxy(u, v)", "mu*(d(u,y) + d(v,x))");
  p.define_function("ux(a)", "d(a, x)");
  p.define_function("vy(a)", "d(a, y)");
  const std::vector<std::string> stresses{"d(sxx(u,v), x) + d(sxy(u,v), y)", "d(sxy(u,v), x) + d(syy(u,v), y)"};
  const std::vector<std::string> displacements{"2.1*d(u,x,x) + 0.4*d(u,y,y) + 1.7*d(v,x,y)",
                                               "2.1*d(v,y,y) + 0.4*d(v,x,x) + 1.7*d(u,x,y)"};
  const Residual a = evaluate(p, stresses, 2, {0, 0}, numbers), b = evaluate(p, displacements, 2, {0, 0}, numbers);
  EXPECT_EQ(a.form.channels.size(), 6) << "nothing collapses to advantage";
  ASSERT_EQ(a.outputs.size(), b.outputs.size());
  for (std::size_t k = 0; k < a.outputs.size(); ++k) EXPECT_NEAR(a.outputs[k], b.outputs[k], 1e-14);
}

}  // namespace
}  // namespace residua
