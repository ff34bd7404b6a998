// Collapsed channels: when derivatives enter only through a fixed combination, and when not.
#include "map/collapse.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "map/evaluate.hpp"
#include "map/expression_parser.hpp"
#include "map/substitute.hpp"

namespace residua {
namespace {

std::vector<std::string> channels_of(const std::vector<std::string>& texts, bool allow = true) {
  const std::vector<std::string> names{"t", "x", "y", "z"};
  ExpressionParser p(names, {"u", "v"}, 0);
  p.define_parameter("k", Expression::parameter(0));
  std::vector<Expression> expressions;
  for (const std::string& text : texts) expressions.push_back(p.parse(text));
  std::vector<std::string> list;
  const ChannelForm form = collapse(expressions, 0, 2, 0, allow);
  for (const Channel& c : form.channels.channels()) list.push_back(to_string(c, names));
  return list;
}

using Names = std::vector<std::string>;

TEST(Collapse, LaplaciansInTheirManyForms) {
  const Names heat{"value", "d(t)", "d(x)", "d(y)", "d(y,y)+d(x,x)"};
  EXPECT_EQ(channels_of({"d(u,t) - 0.1*(d(u,x,x) + d(u,y,y))"}), heat);
  EXPECT_EQ(channels_of({"d(u,t) - 0.1*d(u,x,x) - 0.1*d(u,y,y)"}), heat);
  EXPECT_EQ(channels_of({"d(u,t) - k*(d(u,x,x) + d(u,y,y))"}), heat);
  EXPECT_EQ(channels_of({"d(u,t) - d((1 + u^2)*d(u,x), x) - d((1 + u^2)*d(u,y), y)"}), heat);
  EXPECT_EQ(channels_of({"d(u,t) + (d(u,x,x) + d(u,y,y))^2", "sin(x)*(d(u,x,x) + d(u,y,y))"}), heat);
  EXPECT_EQ(channels_of({"d(u,t) - 0.1*(d(u,x,x) + d(u,y,y))"}, false).size(), 6u);
  EXPECT_EQ(channels_of({"d(u,x,x) + 4*d(u,y,y)"}), (Names{"value", "d(x)", "d(y)", "4*d(y,y)+d(x,x)"}));
  EXPECT_EQ(channels_of({"laplacian(laplacian(u))"}).back(),
            "d(z,z,z,z)+2*d(y,y,z,z)+d(y,y,y,y)+2*d(x,x,z,z)+2*d(x,x,y,y)+d(x,x,x,x)");
}

TEST(Collapse, NotWhenTheyAlsoOccurApart) {
  EXPECT_EQ(channels_of({"d(u,x,x) + d(u,y,y)", "d(u,x,x)"}).size(), 5u);
  EXPECT_EQ(channels_of({"sin(x)*d(u,x,x) + d(u,y,y)"}).size(), 5u);
  EXPECT_EQ(channels_of({"k*d(u,x,x) + d(u,y,y)"}).size(), 5u);
  EXPECT_EQ(channels_of({"d(u,x,x)*d(u,y,y)"}).size(), 5u);
  EXPECT_EQ(channels_of({"d(u,x,x) + d(u,y,y) + step(d(u,x,x))"}).size(), 5u) << "gradients do not see steps";
  EXPECT_EQ(channels_of({"d(u,x,x) + d(u,y,y) + where(d(u,y,y) > 0, 1, 2)"}).size(), 5u);
  EXPECT_EQ(channels_of({"max(d(u,x,x), 0) + d(u,y,y)"}).size(), 5u);
  EXPECT_EQ(channels_of({"d(u,x,x) + d(u,y,y)", "d(v,x,x)"}).size(), 5u) << "one set for all: no gain";
  EXPECT_EQ(channels_of({"d(u,x,x) + d(u,y,y) + d(u,x,x,x)"}).size(), 6u) << "u_xx is needed for u_xxx";
}

TEST(Collapse, KeepsTheValueUnderAnAnsatz) {
  // u = B + C N: rewritten in N's channels and in the derivatives of B, it is the closed form of a manufactured N.
  const ExpressionParser p({"x", "y"}, {"u", "B", "N"});
  const Expression residual = p.parse("laplacian(u) + u*d(u,x)"), form = p.parse("B + x*(1-x)*y*(1-y)*N");
  const Expression with_form = replace_unknowns(std::span(&residual, 1), std::span(&form, 1))[0];
  const ChannelForm network = collapse(std::span(&with_form, 1), 2, 1, 0);
  EXPECT_EQ(network.channels.size(), 4);

  const Expression known[] = {Expression(0.0), p.parse("exp(x)*y"), p.parse("sin(3*x + y)")};
  const Expression direct = replace_unknowns(std::span(&with_form, 1), known)[0];
  const Expression rest = replace_unknowns(network.expressions, std::span(known, 2))[0];
  const double x = 0.3, y = 0.6, s = std::sin(3 * x + y), c = std::cos(3 * x + y);
  std::vector<double> inputs{x, y, s, 3 * c, c, -10 * s};
  EXPECT_NEAR(testing::run({rest}, inputs, 2)[0], testing::at(direct, {x, y}), 1e-13);
}

}  // namespace
}  // namespace residua
