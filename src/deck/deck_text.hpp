// The text of a deck and its overrides, before anything is understood.
#pragma once

#include <string>
#include <vector>

namespace residua {

struct DeckText {
  std::string file;                    ///< as the user named it
  std::string text;                    ///< UTF-8
  std::vector<std::string> overrides;  ///< "training.seed=3", each replacing or adding a value
};

/// Reads the file at `path`. InputError when it cannot be read, is a folder, is empty or is not text.
DeckText read_deck(const std::string& path, std::vector<std::string> overrides);

}  // namespace residua
