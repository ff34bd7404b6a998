// A validated deck: typed access to every key by its dotted name, in which an element of a list or of
// an array of tables is its index from 0 ("conditions.0.value", "pde.residual.1").
//
//   const DeckText text = read_deck(path, overrides, communicator);
//   const std::string kind = peek_choice(text, "case", kinds);
//   const Deck deck = parse(text, schema_of(kind));
//   const double nu = deck.real("pde.parameters.nu");
//
// Access to a key that the schema lacks, or by the wrong type, is a mistake of the program and throws
// std::logic_error. Mistakes of the user are all found by `parse`, but for those only the Case can
// see: it throws `deck.error(...)`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "deck/deck_text.hpp"
#include "deck/schema.hpp"

namespace residua {

struct Node;
struct Region;
class Sources;

/// A part of a string value: `offset` bytes from its start.
struct Span {
  std::size_t offset = 0, length = 1;
};

class Deck {
 public:
  bool flag(std::string_view path) const;
  std::int64_t integer(std::string_view path) const;
  double real(std::string_view path) const;              ///< an integer or an arithmetic string is converted
  const std::string& text(std::string_view path) const;  ///< also of choices and expressions

  std::vector<std::int64_t> list_of_integer(std::string_view path) const;
  std::vector<double> list_of_real(std::string_view path) const;
  std::vector<std::string> list_of_text(std::string_view path) const;

  /// Is there a value, from the deck or by default? False for a key left unset, and for one whose
  /// `when` does not hold.
  bool has(std::string_view path) const;
  /// Did the user write it, in the deck or on the command line?
  bool given(std::string_view path) const;
  /// The names under a named key or a section, in the order of the file; none when absent.
  std::vector<std::string> names(std::string_view path) const;
  /// The length of a list, of a named key or of an array of tables; 0 when absent.
  std::size_t count(std::string_view path) const;

  /// Where the value at `path` was written; of the nearest section around it when it was not.
  InputError::Place place(std::string_view path) const;
  /// An error at the value of `path`, ready to be thrown. The snippet underlines the whole value, or the part `span` of
  /// a string; `hint` ends the message.
  InputError error(std::string_view path, const std::string& message, const std::string& hint = "") const;
  InputError error_inside(std::string_view path, Span span, const std::string& message,
                          const std::string& hint = "") const;

  /// The file that a value of Type::file means: its path as it stands, or from the deck's folder.
  std::filesystem::path file_path(std::string_view path) const;
  /// The paths of all values of Type::file, in the order of the tree.
  std::vector<std::string> file_keys() const;
  /// The same deck with another string at `path`, which must have one.
  Deck with_text(std::string_view path, std::string value) const;

  const Schema& schema() const { return *schema_; }
  const std::string& file() const;
  const Node& root() const { return *root_; }

 private:
  friend Deck parse(const DeckText& text, const Schema& schema);
  Deck(std::shared_ptr<const Sources> sources, std::shared_ptr<const Schema> schema, std::shared_ptr<const Node> root);

  const Node* find(std::string_view path) const;
  const Node& need(std::string_view path) const;
  Region region(std::string_view path) const;

  std::shared_ptr<const Sources> sources_;
  std::shared_ptr<const Schema> schema_;
  std::shared_ptr<const Node> root_;
};

/// Parses TOML, applies the overrides, checks every key against the schema and fills in the defaults.
/// Throws one InputError that reports all mistakes found, up to ten.
Deck parse(const DeckText& text, const Schema& schema);

/// The value of one top-level choice, before the schema of the whole deck is known.
std::string peek_choice(const DeckText& text, const std::string& key, const std::vector<Choice>& choices);

}  // namespace residua
