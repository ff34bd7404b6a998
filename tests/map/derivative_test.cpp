// Symbolic derivatives: closed forms, complex step on random formulas, fields, ten coordinates.
#include "map/derivative.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include <fmt/format.h>

#include "map/evaluate.hpp"
#include "map/expression_parser.hpp"
#include "map/formulas.hpp"
#include "map/substitute.hpp"

namespace residua {
namespace {

using testing::at;

TEST(Derivative, OfEveryFunctionByCentralDifferences) {
  const ExpressionParser p({"x"}, {});
  for (const std::string f :
       {"sqrt", "cbrt", "exp",  "log",   "log10", "sin", "cos",  "tan", "asin",  "acos", "atan",
        "sinh", "cosh", "tanh", "asinh", "atanh", "erf", "erfc", "abs", "floor", "sign", "step"}) {
    const Expression e = p.parse(f + "(x)");
    const double x = 0.37, h = 1e-5;
    const double difference = (at(e, {x + h}) - at(e, {x - h})) / (2 * h);
    EXPECT_NEAR(at(total_derivative(e, 0), {x}), difference, 1e-8 * (1 + std::abs(difference))) << f;
  }
  EXPECT_NEAR(at(p.parse("d(acosh(x), x)"), {1.7}), 1 / std::sqrt(1.7 * 1.7 - 1), 1e-15);
}

TEST(Derivative, OfFunctionsOfTwoArguments) {
  const ExpressionParser p({"x", "y"}, {});
  for (const char* f : {"pow(x,y)", "atan2(x*y,x)", "min(x,y^2)", "max(x,y^2)", "where(x<y,x*y,x^3)", "x^2.5*y^-3"}) {
    const Expression e = p.parse(f);
    const double x = 0.6, y = 1.3, h = 1e-5;
    EXPECT_NEAR(at(total_derivative(e, 0), {x, y}), (at(e, {x + h, y}) - at(e, {x - h, y})) / (2 * h), 1e-8) << f;
    EXPECT_NEAR(at(total_derivative(e, 1), {x, y}), (at(e, {x, y + h}) - at(e, {x, y - h})) / (2 * h), 1e-8) << f;
  }
  EXPECT_DOUBLE_EQ(at(p.parse("d(x^3, x)"), {-2, 0}), 12) << "no logarithm of a negative base";
  EXPECT_DOUBLE_EQ(at(p.parse("d(pow(x, 2), x, x)"), {0, 0}), 2);
}

TEST(Derivative, ClosedFormsOfHigherOrder) {
  const ExpressionParser p({"t", "x"}, {"u"}, 0);
  const double t = 0.3, x = 0.8;
  EXPECT_NEAR(at(p.parse("d(sin(2*x)*exp(-t), x, x, x, x, t)"), {t, x}), -16 * std::sin(2 * x) * std::exp(-t), 1e-13);
  EXPECT_NEAR(at(p.parse("d(log(x), x, x, x, x)"), {t, x}), -6 / std::pow(x, 4), 1e-12);
  EXPECT_NEAR(at(p.parse("d(1/(1 + x^2), x, x)"), {t, x}), (6 * x * x - 2) / std::pow(1 + x * x, 3), 1e-14);
  EXPECT_EQ(p.parse("d(d(u, x), t)"), p.parse("d(u, t, x)"));
  EXPECT_EQ(p.parse("d(u^2/2, x)"), p.parse("u*d(u, x)"));
  EXPECT_EQ(p.parse("d(d(u,x)*u, x)"), p.parse("d(u,x)^2 + u*d(u,x,x)"));
}

TEST(Derivative, RandomFormulasByComplexStep) {
  const std::vector<std::string> names{"x", "y", "z"};
  const ExpressionParser p(names, {});
  for (unsigned seed = 0; seed < 300; ++seed) {
    testing::FormulaMaker maker(seed, names);
    const testing::Formula formula = maker.make(5);
    const Expression e = p.parse(formula.text);
    const std::vector<double> point{maker.point(), maker.point(), maker.point()};
    const testing::Values real(point.begin(), point.end());
    const double value = formula.value(real).real();
    ASSERT_NEAR(at(e, point), value, 1e-12 * (1 + std::abs(value))) << formula.text;
    for (int i = 0; i < 3; ++i) {
      const auto k = static_cast<std::size_t>(i);
      testing::Values stepped = real;
      stepped[k] += testing::Complex(0, 1e-30);
      const double slope = formula.value(stepped).imag() / 1e-30;
      ASSERT_NEAR(at(total_derivative(e, i), point), slope, 1e-11 * (1 + std::abs(slope))) << formula.text;
    }
  }
}

TEST(Derivative, SecondOrderOfRandomFormulasByDifferences) {
  const std::vector<std::string> names{"x", "y"};
  const ExpressionParser p(names, {});
  for (unsigned seed = 1000; seed < 1060; ++seed) {
    testing::FormulaMaker maker(seed, names);
    const Expression e = p.parse(maker.make(4).text);
    const double x = maker.point(), y = maker.point(), h = 1e-5;
    const Expression first = total_derivative(e, 0);
    const double difference = (at(first, {x, y + h}) - at(first, {x, y - h})) / (2 * h);
    EXPECT_NEAR(at(total_derivative(first, 1), {x, y}), difference, 1e-6 * (1 + std::abs(difference)));
    EXPECT_NEAR(at(total_derivative(total_derivative(e, 1), 0), {x, y}), at(total_derivative(first, 1), {x, y}),
                1e-10 * (1 + std::abs(difference)));
  }
}

TEST(Derivative, PartialHoldsEverythingElse) {
  const ExpressionParser p({"t", "x"}, {"u"}, 0);
  const Expression e = p.parse("d(u,t) + u*d(u,x) + x*sin(u)");
  EXPECT_EQ(partial_derivative(e, p.parse("u")), p.parse("d(u,x) + x*cos(u)"));
  EXPECT_EQ(partial_derivative(e, p.parse("d(u,x)")), p.parse("u"));
  EXPECT_EQ(partial_derivative(e, p.parse("x")), p.parse("sin(u)"));
  EXPECT_EQ(partial_derivative(e, p.parse("d(u,x,x)")), Expression(0.0));
  const Expression q = Expression::parameter(1) * Expression::input(0);
  EXPECT_EQ(partial_derivative(q, Expression::parameter(1)), Expression::input(0));
  EXPECT_THROW(total_derivative(q, 0), Error) << "an input is not a function of coordinates";
}

TEST(Derivative, TenCoordinates) {
  std::vector<std::string> names;
  std::string sum;
  for (int i = 0; i < 10; ++i) {
    names.push_back(fmt::format("x{}", i));
    sum += fmt::format("{}{}^2", i ? " + " : "", names.back());
  }
  const ExpressionParser p(names, {"u"});
  const Expression residual = p.parse("laplacian(u) + u*d(u,x9)"), form = p.parse("exp(-(" + sum + ")/2)");
  const Expression closed = replace_unknowns(std::span(&residual, 1), std::span(&form, 1))[0];
  std::vector<double> point;
  double r2 = 0;
  for (int i = 0; i < 10; ++i) {
    point.push_back(0.1 * i - 0.4);
    r2 += point.back() * point.back();
  }
  const double u = std::exp(-r2 / 2);
  EXPECT_NEAR(at(closed, point), (r2 - 10) * u - point[9] * u * u, 1e-13);
}

}  // namespace
}  // namespace residua
