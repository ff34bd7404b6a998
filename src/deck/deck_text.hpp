// The text of a deck and its overrides, before anything is understood.
#pragma once

#include <string>
#include <vector>

namespace residua {

class Communicator;

struct DeckText {
  std::string file;                    ///< as the user named it
  std::string text;                    ///< UTF-8
  std::vector<std::string> overrides;  ///< "training.seed=3", each replacing or adding a value
};

/// Reads the file at `path` on rank 0 and gives its text to every rank. Collective; when the file cannot be read, is a
/// folder or is not text, every rank throws the same InputError.
DeckText read_deck(const std::string& path, std::vector<std::string> overrides, const Communicator& comm);

}  // namespace residua
