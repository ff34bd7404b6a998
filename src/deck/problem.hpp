// Mistakes of the user, and how they are shown.
//
//   deck.toml:12:1: training.featurs: unknown key
//     12 | featurs = 400
//        | ^~~~~~~
//     expected one of: features, method   did you mean `features`?
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "deck/deck_text.hpp"
#include "deck/node.hpp"

namespace residua {

struct Problem {
  Region region;
  std::string key;                         ///< dotted name; may be empty
  std::string what;                        ///< "unknown key"
  std::string expected;                    ///< follows "expected "; may be empty
  std::string hint;                        ///< a sentence of its own; may be empty
  std::optional<std::size_t> offset = {};  ///< when it is inside a string, how many bytes from its start
  std::size_t length = 1;                  ///< and how many bytes it takes
};

/// The texts that regions point into.
class Sources {
 public:
  explicit Sources(DeckText text) : text_(std::move(text)) {}

  const DeckText& text() const { return text_; }

  InputError::Place place(const Region& region, const std::string& key) const;
  InputError error(const Problem& problem) const;
  /// One error for them all, in the order of the file, the first ten in full.
  InputError error(std::vector<Problem> problems) const;

 private:
  /// The line at the beginning of the region, without its end.
  std::string_view line(const Region& region) const;
  /// Where the byte `offset` of the string value at `region` is written, escapes and line breaks considered.
  Position inside_string(const Region& region, std::size_t offset) const;
  Region exact(const Problem& problem) const;
  /// The whole message of one problem, without a line break at its end.
  std::string message(const Problem& problem) const;
  std::string_view whole(const Region& region) const;
  std::string snippet(const Region& region) const;

  DeckText text_;
};

}  // namespace residua
