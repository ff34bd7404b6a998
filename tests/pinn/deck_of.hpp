// The decks of the tests here.
#pragma once

#include <string>

#include "base/communicator.hpp"
#include "deck/deck.hpp"
#include "deck/schema.hpp"
#include "pinn/keys.hpp"

namespace residua::pinn {

inline Deck deck_of(const std::string& name) {
  Schema schema("pinn", "test");
  schema.text("case", required, "The kind of run.");
  declare_keys(schema);
  const Communicator self(MPI_COMM_SELF);
  return parse(read_deck(PINN_TEST_DECKS "/" + name + ".toml", {}, self), schema);
}

}  // namespace residua::pinn
