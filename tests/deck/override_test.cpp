#include <gtest/gtest.h>

#include "pinn_like.hpp"

namespace residua::test {
namespace {

// The error of the deck with one override, checked to name the command line and the key.
std::string refused(const std::string& override_text, const std::string& key) {
  const InputError error = input_error([&] { burgers({override_text}); });
  EXPECT_EQ(error.place().file, "command line") << error.what();
  EXPECT_EQ(error.place().key, key) << error.what();
  return error.what();
}

TEST(Override, ReplacesAValueOfAnyKind) {
  const Deck deck = burgers({"training.seed=7", "training.tolerance=.5", "network.activation=gelu", "title=a b = c",
                             "conditions.0.value=-sin(2*pi*x)", "pde.parameters.nu=2*pi", "pde.coordinates.x.1=3",
                             "reference.points=[8, 4]", "run.reductions=\"reproducible\""});
  EXPECT_EQ(deck.integer("training.seed"), 7);
  EXPECT_EQ(deck.real("training.tolerance"), 0.5);
  EXPECT_EQ(deck.text("network.activation"), "gelu");
  EXPECT_EQ(deck.text("title"), "a b = c");
  EXPECT_EQ(deck.text("conditions.0.value"), "-sin(2*pi*x)");
  EXPECT_NEAR(deck.real("pde.parameters.nu"), 6.283185307179586, 1e-15);
  EXPECT_EQ(deck.real("pde.coordinates.x.1"), 3);
  EXPECT_EQ(deck.list_of_integer("reference.points"), (std::vector<std::int64_t>{8, 4}));
  EXPECT_EQ(deck.text("run.reductions"), "reproducible");
}

TEST(Override, AddsKeysAndSections) {
  const DeckText text{
      "m.toml", "case = 'pinn'\n", {"pde.coordinates.x=[0,1]", "pde.unknowns=['u']", "pde.residual=['u']"}};
  EXPECT_EQ(parse(text, pinn_like()).real("pde.coordinates.x.1"), 1);
  EXPECT_EQ(burgers({"pde.functions.\"g(a,b)\"=a*b"}).text("pde.functions.g(a,b)"), "a*b");
}

TEST(Override, TheLastOneCounts) {
  EXPECT_EQ(burgers({"training.seed=7", "training.seed=8"}).integer("training.seed"), 8);
}

TEST(Override, ErrorsAreShownInTheirOwnText) {
  EXPECT_EQ(refused("training.sede=3", "training.sede"),
            "command line: training.sede: unknown key\n"
            "   | training.sede=3\n"
            "   | ^~~~~~~~~~~~~\n"
            "  expected one of: method, iterations, seed, tolerance, rate   did you mean `seed`?");
  EXPECT_EQ(refused("pde.coordinates.x=[0, \"pj\"]", "pde.coordinates.x.1"),
            "command line: pde.coordinates.x.1: unknown name `pj` in arithmetic\n"
            "   | pde.coordinates.x=[0, \"pj\"]\n"
            "   |                        ^\n"
            "  expected a real, or arithmetic such as \"2*pi\"");
}

TEST(Override, WrongOnesAreRefused) {
  EXPECT_NE(refused("training.seed", "").find("without `=`"), std::string::npos);
  EXPECT_NE(refused("=3", "").find("without a name"), std::string::npos);
  EXPECT_NE(refused("training..seed=3", "").find("empty part"), std::string::npos);
  EXPECT_NE(refused("", "").find("without `=`"), std::string::npos);
  EXPECT_NE(refused("training.seed=", "training.seed").find("no value"), std::string::npos);
  EXPECT_NE(refused("reference.points=[1,", "reference.points").find("not a TOML value"), std::string::npos);
  EXPECT_NE(refused("conditions.2.value=0", "conditions.2.value").find("an index from 0 to 1"), std::string::npos);
  EXPECT_NE(refused("conditions.x.value=0", "conditions.x.value").find("an index from 0 to 1"), std::string::npos);
  EXPECT_NE(refused("training.seed.x=0", "training.seed.x").find("training.seed is no section"), std::string::npos);
  EXPECT_NE(refused("training.seed=-1", "training.seed").find("out of range"), std::string::npos);
  EXPECT_NE(refused("training=3", "training").find("a section [training]"), std::string::npos);
  EXPECT_NE(refused("trainin.seed=3", "trainin").find("did you mean `training`?"), std::string::npos);
  EXPECT_NE(refused("training.seed=3\n4", "training.seed").find("wrong type"), std::string::npos);
}

}  // namespace
}  // namespace residua::test
