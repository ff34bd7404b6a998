// residua check DECK [key=value ...]
#include <cstdio>
#include <memory>

#include "command.hpp"
#include "deck/generate.hpp"
#include "run/keys.hpp"
#include "session.hpp"

namespace residua::app {

void add_check(CLI::App& app, Command& command) {
  struct Arguments {
    std::string deck;
    std::vector<std::string> overrides;
  };
  auto* check = app.add_subcommand("check", "Validate a deck and print it with every default filled in");
  const auto arguments = std::make_shared<Arguments>();
  add_deck_arguments(*check, arguments->deck, arguments->overrides);
  check->callback([arguments, &command] {
    command.execute = [arguments] {
      return in_session({}, [&](const Communicator& world) {
        const ReadyDeck deck = load_deck(arguments->deck, arguments->overrides, world);
        if (world.root()) std::fputs(resolved(deck.deck).c_str(), stdout);
        return 0;
      });
    };
  });
}

}  // namespace residua::app
