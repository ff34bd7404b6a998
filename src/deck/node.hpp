// The tree of a deck: what TOML says, in the order of the file, with the place of every key and value.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "deck/schema.hpp"

namespace residua {

/// Line and column from 1, a column counting code points; line 0 is nowhere.
struct Position {
  int line = 0, column = 0;

  auto operator<=>(const Position&) const = default;  // NOLINT(modernize-use-nullptr): mistaken by clang-tidy 14
};

/// A piece of the deck's file, or of an override; `end` is past its last character.
struct Region {
  int override_index = -1;  ///< -1 in the file
  Position begin, end;

  bool known() const { return begin.line > 0; }
  bool in_file() const { return override_index < 0; }
};

struct Node {
  enum class Kind { scalar, list, table, date };

  Kind kind = Kind::table;
  std::string name;    ///< its key; empty in a list and at the root
  Region key, where;   ///< of the key, and of the value
  bool given = false;  ///< written by the user, not a default
  Scalar scalar;       ///< as written
  double number = 0;   ///< the value of a real key, set by validation
  std::vector<Node> children;

  const Node* child(std::string_view child_name) const;
  Node* child(std::string_view child_name);
  /// The node at a dotted path, list elements by index; null when there is none.
  const Node* at(std::string_view path) const;
  /// The child by name or, in a list, by index.
  const Node* step(std::string_view part) const;
};

/// Cuts "a.b.0" at its first dot: returns "a" and leaves "b.0" in `path`.
std::string_view take_part(std::string_view& path);
/// "a" + "b" = "a.b", "" + "b" = "b".
std::string joined(std::string_view path, std::string_view name);

}  // namespace residua
