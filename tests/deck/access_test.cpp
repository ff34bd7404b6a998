#include <gtest/gtest.h>

#include <numbers>
#include <stdexcept>

#include "pinn_like.hpp"

namespace residua::test {
namespace {

using Names = std::vector<std::string>;

TEST(Deck, GivesTypedValues) {
  const Deck deck = burgers();
  EXPECT_EQ(deck.text("title"), "Viscous Burgers equation");
  EXPECT_EQ(deck.real("pde.parameters.nu"), 0.01 / std::numbers::pi);
  EXPECT_EQ(deck.list_of_real("pde.coordinates.x"), (std::vector<double>{-1, 1}));
  EXPECT_EQ(deck.list_of_text("pde.unknowns"), Names{"u"});
  EXPECT_EQ(deck.text("pde.residual.0"), "d(u,t) + d(flux(u),x) - nu*d(u,x,x)");
  EXPECT_EQ(deck.text("pde.functions.flux(a)"), "a^2/2");
  EXPECT_EQ(deck.integer("training.iterations"), 10);
  EXPECT_EQ(deck.real("training.tolerance"), 1e-10);
  EXPECT_EQ(deck.list_of_integer("reference.points"), (std::vector<std::int64_t>{32, 16}));
  EXPECT_EQ(deck.real("checkpoint.every_seconds"), 600.0);  // an integer in the deck
  EXPECT_EQ(deck.count("conditions"), 2U);
  EXPECT_EQ(deck.text("conditions.1.coordinate"), "x");
}

TEST(Deck, KeepsTheOrderOfTheFile) {
  EXPECT_EQ(burgers().names("pde.coordinates"), (Names{"t", "x"}));
  const Deck swapped = burgers({"pde.coordinates={x=[0,1],t=[0,2],a=[0,\"2*pi\"]}"});
  EXPECT_EQ(swapped.names("pde.coordinates"), (Names{"x", "t", "a"}));
  EXPECT_EQ(swapped.real("pde.coordinates.a.1"), 2 * std::numbers::pi);
}

TEST(Deck, FillsInDefaults) {
  const Deck deck = burgers();
  EXPECT_EQ(deck.integer("conditions.0.derivative"), 0);
  EXPECT_FALSE(deck.given("conditions.0.derivative"));
  EXPECT_TRUE(deck.given("conditions.0.kind"));
  EXPECT_FALSE(deck.has("conditions.0.coordinate"));  // not with kind = "initial"
  EXPECT_FALSE(deck.has("training.rate"));            // not with this method
  EXPECT_EQ(burgers({"training.method=adam"}).real("training.rate"), 1e-3);
}

TEST(Deck, LinesMayEndAsOnWindows) {
  DeckText text = deck_text("good/burgers.toml");
  for (std::size_t at = 0; (at = text.text.find('\n', at)) != std::string::npos; at += 2) text.text.insert(at, "\r");
  const Deck deck = parse(text, pinn_like());
  EXPECT_EQ(deck.text("conditions.1.coordinate"), "x");
  EXPECT_EQ(deck.place("training.seed").line, burgers().place("training.seed").line);
}

TEST(Deck, AbsentNamesAndTablesAreEmpty) {
  const std::string minimal =
      "case = \"pinn\"\n[pde]\ncoordinates = {x = [0, 1]}\nunknowns = ['u']\nresidual = ['u']\n";
  const Deck deck = parse({"minimal.toml", minimal, {}}, pinn_like());
  EXPECT_TRUE(deck.names("pde.parameters").empty());
  EXPECT_EQ(deck.count("conditions"), 0U);
  EXPECT_EQ(deck.text("reference.kind"), "none");
  EXPECT_EQ(deck.integer("network.width"), 64);
  EXPECT_FALSE(deck.given("network"));
}

TEST(Deck, ANumberMayStandForAnExpression) {
  EXPECT_EQ(burgers({"conditions.1.value=0"}).text("conditions.1.value"), "0");
  EXPECT_EQ(burgers({"conditions.1.value=-0.5"}).text("conditions.1.value"), "-0.5");
}

TEST(Deck, MistakesOfTheProgramAreLogicErrors) {
  const Deck deck = burgers();
  EXPECT_THROW(deck.integer("training.featurs"), std::logic_error);
  EXPECT_THROW(deck.integer("training.tolerance"), std::logic_error);
  EXPECT_THROW(deck.real("training.seed"), std::logic_error);
  EXPECT_THROW(deck.text("conditions.7.kind"), std::logic_error);
}

TEST(PeekChoice, ReadsOneKeyOfADeckWhoseSchemaIsNotKnown) {
  EXPECT_EQ(peek_choice(deck_text("good/burgers.toml"), "case", kinds), "pinn");
  EXPECT_EQ(peek_choice({"any.toml", "case = 'kinetic'\nwhatever = 3\n", {}}, "case", kinds), "kinetic");
  EXPECT_EQ(peek_choice(deck_text("good/burgers.toml", {"case=kinetic"}), "case", kinds), "kinetic");
}

}  // namespace
}  // namespace residua::test
