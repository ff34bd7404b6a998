// Expressions: canonical form, parser, messages, user-defined names, substitution.
#include "map/expression.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "map/derivative.hpp"
#include "map/evaluate.hpp"
#include "map/expression_parser.hpp"
#include "map/substitute.hpp"

namespace residua {
namespace {

using testing::at;

const ExpressionParser& parser() {
  static const ExpressionParser instance({"t", "x", "y"}, {"u", "v"}, 0);
  return instance;
}

Expression parse(const std::string& text) { return parser().parse(text); }

TEST(Expression, EqualFormulasAreOneNode) {
  EXPECT_EQ(parse("x + y"), parse("y + x"));
  EXPECT_EQ(parse("x*y*t"), parse("t*(y*x)"));
  EXPECT_EQ(parse("2*x + 3*x"), parse("5*x"));
  EXPECT_EQ(parse("x*x*x"), parse("x^3"));
  EXPECT_EQ(parse("x^2/x"), parse("x"));
  EXPECT_EQ(parse("(x*y)^2"), parse("x^2*y^2"));
  EXPECT_EQ(parse("sqrt(x)*sqrt(x)"), parse("x"));
  EXPECT_EQ(parse("x - (y - x)"), parse("2*x - y"));
  EXPECT_EQ(parse("0.5*(x + y) + 0.5*(x + y)"), parse("x + y"));
  EXPECT_EQ(parse("sin(x) - sin(x)"), Expression(0.0));
  EXPECT_EQ(parse("0*u + 1*x + 0"), parse("x"));
  EXPECT_EQ(parse("x^0 + u^1"), parse("1 + u"));
  EXPECT_NE(parse("sqrt(x^2)"), parse("x")) << "|x|, not x";
  EXPECT_NE(parse("d(u,x)"), parse("d(u,y)"));
}

TEST(Expression, ConstantsFoldExactly) {
  EXPECT_EQ(parse("0.01/pi").value(), 0.01 / std::numbers::pi);
  EXPECT_EQ(parse("2^0.5").value(), std::pow(2.0, 0.5));
  EXPECT_EQ(parse("exp(1) - e").value(), std::exp(1.0) - std::numbers::e);
  EXPECT_EQ(parse("7/3").value(), 7.0 / 3);
  EXPECT_EQ(parse("1e-3*.5E+2").value(), 1e-3 * .5e2);
}

TEST(Parser, Precedence) {
  const std::vector<double> point{0.3, 1.7, -0.4};
  const double t = point[0], x = point[1], y = point[2];
  EXPECT_DOUBLE_EQ(at(parse("-x^2"), point), -x * x);
  EXPECT_DOUBLE_EQ(at(parse("2^3^2"), point), 512);
  EXPECT_DOUBLE_EQ(at(parse("x**-2*y"), point), y / (x * x));
  EXPECT_DOUBLE_EQ(at(parse("x - y - t"), point), (x - y) - t);
  EXPECT_DOUBLE_EQ(at(parse("x/y/t"), point), x / y / t);
  EXPECT_DOUBLE_EQ(at(parse("x/y*t"), point), x / y * t);
  EXPECT_DOUBLE_EQ(at(parse("x*-y--t"), point), x * -y + t);
  EXPECT_DOUBLE_EQ(at(parse("- - +x"), point), x);
  EXPECT_DOUBLE_EQ(at(parse("x + y < t*2"), point), 0);
  EXPECT_DOUBLE_EQ(at(parse("x > 0 && y > 0 || t >= 0.3"), point), 1);
  EXPECT_DOUBLE_EQ(at(parse("x != 1.7"), point), 0);
}

TEST(Parser, Functions) {
  const std::vector<double> point{0.3, 0.7, -0.4};
  const double t = point[0], x = point[1], y = point[2];
  const std::vector<std::pair<std::string, double>> cases{
      {"sqrt(x)", std::sqrt(x)},
      {"cbrt(y)", std::cbrt(y)},
      {"exp(x)", std::exp(x)},
      {"log(x)", std::log(x)},
      {"ln(x)", std::log(x)},
      {"log10(x)", std::log10(x)},
      {"sin(x)", std::sin(x)},
      {"cos(x)", std::cos(x)},
      {"tan(x)", std::tan(x)},
      {"asin(x)", std::asin(x)},
      {"acos(x)", std::acos(x)},
      {"atan(x)", std::atan(x)},
      {"sinh(x)", std::sinh(x)},
      {"cosh(x)", std::cosh(x)},
      {"tanh(x)", std::tanh(x)},
      {"asinh(x)", std::asinh(x)},
      {"acosh(1+x)", std::acosh(1 + x)},
      {"atanh(x)", std::atanh(x)},
      {"erf(x)", std::erf(x)},
      {"erfc(x)", std::erfc(x)},
      {"abs(y)", -y},
      {"floor(y)", -1},
      {"sign(y)", -1},
      {"step(y)", 0},
      {"heaviside(x - x + 0*y)", 1},
      {"pow(x, t)", std::pow(x, t)},
      {"atan2(y, x)", std::atan2(y, x)},
      {"min(x, y, t)", y},
      {"max(x, y, t)", x},
      {"if(x < y, 1, t)", t},
      {"where(y < x, log(x), log(y))", std::log(x)},  // the branch not taken is NaN
      {"x^1.5", x * std::sqrt(x)},
      {"x^-0.5", 1 / std::sqrt(x)},
      {"x^0.3", std::pow(x, 0.3)},
      {"x^100", std::pow(x, 100)}};
  for (const auto& [text, value] : cases)
    EXPECT_NEAR(at(parse(text), point), value, 4e-15 * (1 + std::abs(value))) << text;
}

struct Mistake {
  std::string text;
  std::size_t offset;
  std::string message, hint;
};

TEST(Parser, MistakesSayWhereAndWhat) {
  const std::vector<Mistake> mistakes{
      {"", 0, "empty formula", ""},
      {"  ", 2, "empty formula", ""},
      {"x + ", 4, "formula ends", ""},
      {"x + z2", 4, "unknown symbol 'z2'", ""},
      {"2*sni(x)", 2, "unknown function 'sni'", "sin"},
      {"x*(y + t", 8, "')' is missing after '(' at column 3", ""},
      {"sin(x", 5, "')' is missing after sin(", ""},
      {"x + y)", 5, "')' without '('", ""},
      {"x y", 2, "unexpected 'y'", ""},
      {"2x", 1, "operator such as * missing", ""},
      {"sin(x, y)", 7, "sin() takes 1 argument, and 2 are given", ""},
      {"atan2(x)", 0, "atan2() takes 2 arguments, and 1 is given", ""},
      {"sin()", 0, "sin() takes 1 argument, and 0 are given", ""},
      {"max(x)", 0, "max() takes two or more", ""},
      {"where(x, y)", 0, "condition, value if true", ""},
      {"d(u, v)", 5, "d() takes derivatives in a coordinate (t, x, y), not in 'v'", ""},
      {"d(u, x*y)", 5, "not in 'x*y'", ""},
      {"d(u)", 0, "d() needs an expression and at least one coordinate", ""},
      {"d(u, 2)", 5, "not in '2'", ""},
      {"1 + x/0", 6, "division by zero", ""},
      {"x/(2 - 2)", 2, "division by zero", ""},
      {"0^-1", 1, "division by zero", ""},
      {"1e999", 0, "outside the range", ""},
      {"x + log(-1)", 4, "nan, not a finite number", ""},
      {"exp(1000)", 0, "inf, not a finite number", ""},
      {"d(u,x,x,x,x,x,x,x,x,x)", 0, "order 9", ""},
      {"u(x, t)", 0, "'u' is not a function", ""},
      {"sin + 1", 0, "'sin' is a function", ""},
      {"x $ y", 2, "unexpected '$'", ""},
      {"x + \xc3\xa4", 4, "unexpected '\xc3\xa4'", ""},
      {"x = y", 2, "unexpected '='", ""},
      {"* x", 0, "unexpected '*'", ""},
      {std::string(5000, '('), 200, "nested deeper", ""},
  };
  for (const Mistake& mistake : mistakes) {
    try {
      parse(mistake.text);
      FAIL() << "no error for: " << mistake.text;
    } catch (const ExpressionError& error) {
      EXPECT_EQ(error.offset(), mistake.offset) << mistake.text;
      EXPECT_NE(error.message().find(mistake.message), std::string::npos) << mistake.text << ": " << error.message();
      if (!mistake.hint.empty()) {
        EXPECT_EQ(error.hint(), mistake.hint);
      }
    }
  }
  try {
    parse("u +\n 2*laplacan(u)\n + x");
    FAIL();
  } catch (const ExpressionError& error) {
    EXPECT_EQ(error.excerpt(), " 2*laplacan(u)\n   ^");
    EXPECT_STREQ(error.what(), "unknown function 'laplacan'; did you mean 'laplacian'?");
  }
}

TEST(Parser, ParametersAndFunctionsInAnyOrder) {
  ExpressionParser p({"t", "x"}, {"u"}, 0);
  p.define_parameter("nu", "mu/pi");
  p.define_parameter("mu", "0.01");
  p.define_parameter("k", Expression::parameter(0));
  p.define_function("flux(a)", "a*square(a)/2 - nu*d(a, x)");
  p.define_function("square( b )", "b^2");
  p.check();
  EXPECT_EQ(p.parse_number("nu*pi"), 0.01 / std::numbers::pi * std::numbers::pi);
  EXPECT_EQ(p.parse("flux(u)"), p.parse("u^3/2 - nu*d(u,x)"));
  EXPECT_EQ(p.parse("d(flux(sin(x)*u), x)"), p.parse("d((sin(x)*u)^3/2 - nu*d(sin(x)*u,x), x)"));
  EXPECT_EQ(p.parse("square(k)"), Expression::parameter(0) * Expression::parameter(0));
  EXPECT_EQ(p.parse("laplacian(x^3)"), p.parse("6*x")) << "time is not a space coordinate";
  EXPECT_THROW(p.parse_number("x"), ExpressionError);
}

TEST(Parser, MistakesInDefinitions) {
  ExpressionParser p({"x"}, {"u"});
  p.define_function("f(a)", "g(a) + 1");
  p.define_function("g(a)", "2*f(a)");
  p.define_parameter("c", "c + 1");
  p.define_function("h(x)", "d(u, x)");
  try {
    p.parse("u + f(u)");
    FAIL();
  } catch (const ExpressionError& error) {
    EXPECT_EQ(error.message(), "function 'f' is defined by itself");
    EXPECT_EQ(error.definition(), "g");
    EXPECT_EQ(error.text(), "2*f(a)");
    EXPECT_EQ(error.offset(), 2u);
  }
  EXPECT_THROW(p.parse("f(u)"), ExpressionError) << "and again: nothing is left open";
  EXPECT_THROW(p.parse("c"), ExpressionError);
  EXPECT_THROW(p.parse("h(u)"), ExpressionError) << "x is the argument there";
  EXPECT_THROW(p.check(), ExpressionError);
  EXPECT_THROW(p.define_parameter("u", "1"), ExpressionError);
  EXPECT_THROW(p.define_parameter("sin", "1"), ExpressionError);
  EXPECT_THROW(p.define_parameter("2a", "1"), ExpressionError);
  EXPECT_THROW(p.define_function("q", "1"), ExpressionError);
  EXPECT_THROW(p.define_function("q()", "1"), ExpressionError);
  EXPECT_THROW(p.define_function("q(a,a)", "1"), ExpressionError);
  EXPECT_THROW(p.define_function("q(a) b", "1"), ExpressionError);
  EXPECT_THROW(ExpressionParser({"x"}, {"x"}), ExpressionError);
}

TEST(Parser, TextOfAnExpressionMeansTheSame) {
  const ExpressionNames names{{"t", "x", "y"}, {"u", "v"}};
  for (const char* text : {"d(u,t) + u*d(u,x) - 0.003*d(u,x,x)", "-x/(y^2*(1 - t))", "sin(-x)^3 - 2", "-(x + y)^2",
                           "1/x - 3/y^0.5", "where(x < y, u, -v)*2", "x^(y + 1)", "(x*y)^0.5", "-2*x*(u - v)"})
    EXPECT_EQ(parse(to_string(parse(text), names)), parse(text)) << text << " -> " << to_string(parse(text), names);
}

TEST(Substitution, AnsatzWithItsDerivatives) {
  // u = x^2 t + x (1 - x) N with N a known function gives the derivatives of the closed form.
  const Expression form = parse("x^2*t + x*(1 - x)*v");
  const Expression residual = parse("d(u,t) + u*d(u,x) - 0.1*d(u,x,x,x) + d(u,x,t)");
  const Expression closed = parse("x^2*t + x*(1 - x)*sin(2*x + t)");
  const Expression forms[] = {form, parse("sin(2*x + t)")};
  Expression two_steps = replace_unknowns(std::span(&residual, 1), std::span(forms, 1))[0];
  two_steps = replace_unknowns(std::span(&two_steps, 1), forms)[0];
  const Expression direct = replace_unknowns(std::span(&residual, 1), std::span(&closed, 1))[0];
  EXPECT_TRUE(unknown_derivatives(std::span(&two_steps, 1)).empty());
  for (const double x : {-0.3, 0.2, 0.9}) EXPECT_NEAR(at(two_steps, {0.4, x, 0}), at(direct, {0.4, x, 0}), 1e-13);
}

TEST(Substitution, FaceAndLeaves) {
  EXPECT_EQ(restrict_to(parse("sin(pi*x)*y + d(u,x)*x"), 1, 0.5), parse("y + 0.5*d(u,x)"));
  const Expression e = parse("d(u,x,x) + v*d(u,t) + u*x");
  const auto found = unknown_derivatives(std::span(&e, 1));
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[0], (UnknownDerivative{0, {}}));
  EXPECT_EQ(found[3], (UnknownDerivative{1, {}}));
  EXPECT_EQ(leaves(std::span(&e, 1)).size(), 5u);
}

}  // namespace
}  // namespace residua
