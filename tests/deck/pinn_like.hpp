// A schema with the keys of the case kind `pinn`, for the tests of the registry alone.
#pragma once

#include <string>
#include <vector>

#include "base/communicator.hpp"
#include "base/error.hpp"
#include "deck/deck.hpp"

namespace residua::test {

inline const std::vector<Choice> kinds = {{"kinetic", "plasma"}, {"pinn", "a network for a PDE"}};

inline Schema pinn_like() {
  Schema schema("pinn", "A physics-informed network for the equations of the deck.");
  schema.choice("case", required, kinds, "The kind of run.").text("title", "", "Free text, kept in the summary.");

  schema.section("pde", "The equations.")
      .named_list(Type::real, "coordinates", required, "Each coordinate and its interval.")
      .length(2, 2)
      .entries(1, 10)
      .arithmetic()
      .text("time", "", "Which coordinate is time.")
      .refers_to("pde.coordinates")
      .list(Type::text, "unknowns", required, "The unknown fields.")
      .length(1, 100)
      .named(Type::real, "parameters", unset, "Constants.")
      .arithmetic()
      .named(Type::expression, "functions", unset, "Functions of the user.")
      .signatures()
      .list(Type::expression, "residual", required, "What must vanish.")
      .length(1, 100);

  schema.tables("conditions", {}, "One per initial or boundary condition.")
      .choice("kind", required, {{"initial", ""}, {"dirichlet", ""}, {"neumann", ""}, {"periodic", ""}}, "The kind.")
      .text("unknown", required, "Of which unknown.")
      .refers_to("pde.unknowns")
      .text("coordinate", required, "Across which coordinate.")
      .refers_to("pde.coordinates")
      .when("kind", {"dirichlet", "neumann", "periodic"})
      .choice("at", "both", {{"lo", ""}, {"hi", ""}, {"both", ""}}, "At which end.")
      .when("kind", {"dirichlet", "neumann"})
      .expression("value", required, "The value prescribed.")
      .when("kind", {"initial", "dirichlet", "neumann"})
      .integer("derivative", 0, "Of which order in time.")
      .at_least(0)
      .when("kind", {"initial"})
      .choice("enforce", "penalty", {{"exact", "built in"}, {"penalty", "weighted"}}, "How.")
      .real("weight", 1, "Of the penalty.")
      .above(0)
      .when("enforce", {"penalty"});

  schema.section("reference", "What the solution is compared with.")
      .choice("kind", "none", {{"none", ""}, {"expression", ""}, {"table", ""}}, "The kind.")
      .named(Type::expression, "expressions", required, "Of each unknown.")
      .refers_to("pde.unknowns")
      .when("kind", {"expression"})
      .text("file", required, "The HDF5 file.")
      .when("kind", {"table"})
      .list(Type::integer, "points", {}, "Points per coordinate.")
      .at_least(1);

  schema.section("network", "The network.")
      .integer("layers", 4, "Hidden layers.")
      .at_least(1)
      .integer("width", 64, "Neurons per layer.")
      .at_least(1)
      .choice("activation", "tanh", {{"tanh", ""}, {"sin", ""}, {"gelu", ""}}, "The activation.");

  schema.section("training", "How it is trained.")
      .choice("method", "adam", {{"adam", ""}, {"levenberg_marquardt", ""}, {"random_features", ""}}, "The method.")
      .integer("iterations", 1000, "Most iterations.")
      .at_least(0)
      .integer("seed", 0, "Of the random numbers.")
      .at_least(0)
      .real("tolerance", 1e-12, "Loss at which training ends.")
      .above(0)
      .real("rate", 1e-3, "Learning rate.")
      .above(0)
      .below(1)
      .unit("1/iteration")
      .when("method", {"adam"});

  schema.section("points", "Collocation points.")
      .choice("kind", "sobol", {{"sobol", ""}, {"gauss", ""}, {"uniform", ""}}, "How they are placed.")
      .integer("count", 1000, "How many.")
      .at_least(1);
  schema.section("run", "How the run computes.")
      .choice("reductions", "fast", {{"fast", ""}, {"reproducible", ""}}, "Sums over the ranks.");
  schema.section("checkpoint", "Restart files.")
      .real("every_seconds", 600, "Interval.")
      .at_least(0)
      .unit("s")
      .integer("keep", 2, "How many are kept.")
      .at_least(1);
  schema.section("output", "What is written.").list(Type::integer, "fields", {}, "Points per coordinate.").at_least(1);
  return schema;
}

inline DeckText deck_text(const std::string& name, std::vector<std::string> overrides = {}) {
  return read_deck(std::string(RESIDUA_TEST_DECKS) + "/" + name, std::move(overrides), Communicator());
}

inline Deck burgers(std::vector<std::string> overrides = {}) {
  return parse(deck_text("good/burgers.toml", std::move(overrides)), pinn_like());
}

/// What `call` throws as an InputError; a failure of the test when it throws none.
template <class Call>
InputError input_error(Call call) {
  try {
    call();
  } catch (const InputError& error) {
    return error;
  }
  throw std::runtime_error("no InputError was thrown");
}

}  // namespace residua::test
