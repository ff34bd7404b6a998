#include <gtest/gtest.h>

#include "pinn_like.hpp"

namespace residua::test {
namespace {

std::string message(const std::string& text, const Schema& schema) {
  return input_error([&] { parse({"deck.toml", text, {}}, schema); }).what();
}

Schema small() {
  Schema schema("small", "");
  schema.section("a", "").integer("number", 1, "").at_least(0).expression("formula", unset, "");
  return schema;
}

TEST(Message, ShowsTheLineTheExpectationAndTheHint) {
  EXPECT_EQ(message("[a]\n\tnumbr = 400\n", small()),
            "deck.toml:2:2: a.numbr: unknown key\n"
            "  2 | \tnumbr = 400\n"
            "    | \t^~~~~\n"
            "  expected one of: number, formula   did you mean `number`?");
}

TEST(Message, ReportsAllMistakesInTheOrderOfTheFile) {
  const InputError error = input_error([] {
    burgers({"training.seed=-1", "network.width=0", "points.count=0", "pde.time=q"});
  });
  const std::string text = error.what();
  EXPECT_EQ(error.place().key, "training.seed");
  EXPECT_LT(text.find("training.seed: out of range"), text.find("network.width: out of range"));
  EXPECT_LT(text.find("network.width: out of range"), text.find("points.count: out of range"));
  EXPECT_NE(text.find("pde.time: unknown name `q`"), std::string::npos);
}

TEST(Message, StopsAfterTen) {
  std::string text = "[a]\n";
  for (int i = 0; i < 13; ++i) text += "unknown" + std::to_string(i) + " = 1\n";
  const std::string shown = message(text, small());
  EXPECT_NE(shown.find("a.unknown9: unknown key"), std::string::npos);
  EXPECT_EQ(shown.find("a.unknown10: unknown key"), std::string::npos);
  EXPECT_TRUE(shown.ends_with("\n... and 3 more")) << shown;
}

TEST(Message, CutsLongLinesAroundThePlace) {
  const std::string text =
      "[a]\nformula = '" + std::string(200, 'x') + "' # " + std::string(50, 'c') + "\nnumber = 1\n";
  const Deck deck = parse({"deck.toml", text, {}}, small());
  const std::string shown = deck.error_inside("a.formula", {150, 3}, "odd").what();
  const auto lines = [&] {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at != std::string::npos;) {
      const auto end = shown.find('\n', at);
      parts.push_back(shown.substr(at, end - at));
      at = end == std::string::npos ? end : end + 1;
    }
    return parts;
  }();
  ASSERT_EQ(lines.size(), 3U) << shown;
  EXPECT_EQ(lines[0], "deck.toml:2:162: a.formula: odd");
  EXPECT_LE(lines[1].size(), 120U);
  EXPECT_EQ(lines[2].size() - lines[2].find('^'), 3U);
  EXPECT_EQ(lines[1].find("...xxx"), 6U);
}

// A Case finds a mistake inside a string, and the caret must stand under it however the string is written.
struct Written {
  std::string value;
  std::size_t offset;
  int line, column;
};

class InsideString : public testing::TestWithParam<Written> {};

TEST_P(InsideString, TheCaretIsUnderTheSymbol) {
  const Written& written = GetParam();
  const Deck deck = parse({"deck.toml", "[a]\nformula = " + written.value + "\n", {}}, small());
  const InputError error =
      deck.error_inside("a.formula", {written.offset, 2}, "unknown symbol `nu`", "did you mean `mu`?");
  EXPECT_EQ(deck.text("a.formula").substr(written.offset, 2), "nu");
  EXPECT_EQ(error.place().line, written.line) << error.what();
  EXPECT_EQ(error.place().column, written.column) << error.what();
  EXPECT_TRUE(std::string(error.what()).ends_with("^~\n  did you mean `mu`?")) << error.what();
}

INSTANTIATE_TEST_SUITE_P(Quotes, InsideString,
                         testing::Values(Written{"\"a + nu\"", 4, 2, 16},                //
                                         Written{"'a + nu'", 4, 2, 16},                  //
                                         Written{"\"\"\"a + nu\"\"\"", 4, 2, 18},        //
                                         Written{"'''\na +\n  nu'''", 6, 4, 3},          //
                                         Written{"'''\r\na +\r\n  nu'''", 6, 4, 3},      //
                                         Written{"\"\"\"a + \\\n   nu\"\"\"", 4, 3, 4},  //
                                         Written{"\"\\u00e9\\t+ nu\"", 5, 2, 22},        //
                                         Written{"\"\xc3\xa9 + nu\"", 5, 2, 16}));       // e acute: two bytes

TEST(DeckError, FallsBackToTheSectionAround) {
  const Deck deck = burgers();
  EXPECT_EQ(deck.error("training.method", "odd").place().line, deck.place("training").line + 1);
  EXPECT_EQ(deck.error("conditions.0.derivative", "odd").place().line, 13);  // not given: its [[conditions]]
  const InputError at_root = parse({"d.toml", "[a]\n", {}}, small()).error_inside("a.number", {3, 1}, "odd", "even");
  EXPECT_EQ(std::string(at_root.what()), "d.toml:1:2: a.number: odd\n  1 | [a]\n    |  ^\n  even");
}

TEST(DeckError, PointsIntoAnOverride) {
  const InputError error =
      burgers({"conditions.0.value=sin(y)"}).error_inside("conditions.0.value", {4, 1}, "unknown symbol");
  EXPECT_EQ(std::string(error.what()),
            "command line: conditions.0.value: unknown symbol\n"
            "   | conditions.0.value=sin(y)\n"
            "   |                        ^");
}

}  // namespace
}  // namespace residua::test
