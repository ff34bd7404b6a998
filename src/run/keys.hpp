// The deck keys that every kind of run has, and the way from a file to a deck that is known to be good.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/communicator.hpp"
#include "deck/deck.hpp"
#include "deck/deck_text.hpp"
#include "deck/schema.hpp"
#include "run/case.hpp"

namespace residua {

/// All keys of the decks of one kind: `case`, the kind's own, then [run], [checkpoint] and [output].
Schema schema_of(const CaseKind& kind);

/// A file that the deck names, and its name in a run directory.
struct InputFile {
  std::filesystem::path original;
  std::string copy;  ///< "inputs/<file name>"
};

/// A deck with all that was checked of it.
struct ReadyDeck {
  DeckText text;  ///< as given
  Deck deck;
  const CaseKind* kind;
  std::vector<InputFile> files;  ///< each once
  std::string resolved;          ///< TOML, every default filled in, with the files' names in a run directory
  std::string fingerprint;       ///< the part of `resolved` that decides what a run computes
};

/// Reads, parses and checks a deck; nothing is written. InputError on all ranks alike. Collective.
ReadyDeck load_deck(const std::string& path, std::vector<std::string> overrides, const Communicator& communicator);

/// `resolved` without the sections that only say what is written and when, or how ranks share the work ([checkpoint],
/// [output], [ranks]): runs with equal fingerprints may continue each other.
std::string fingerprint_of(const std::string& resolved);

}  // namespace residua
