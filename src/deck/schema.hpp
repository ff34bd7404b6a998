// The registry of deck keys: every key is declared once, here in C++, with its type, unit, default,
// range and one line of documentation. The parser, its messages, the JSON Schema and the manual are
// all generated from a Schema; nothing else in Residua knows the list of keys.
//
//   Schema schema("pinn", "A physics-informed network for the equations of the deck.");
//   schema.text("title", "", "Free text, copied into the summary.");
//   schema.section("training", "How the network is trained.")
//       .choice("method", "adam", {{"adam", "Adam"}, {"lm", "Levenberg-Marquardt"}}, "The method.")
//       .integer("iterations", 1000, "Most iterations done.").at_least(0)
//       .real("rate", 1e-3, "Learning rate.").above(0).when("method", {"adam"});
//   schema.tables("conditions", {1}, "One per condition.").text("unknown", required, "Which unknown.");
//
// A mistake in a declaration (a key declared twice, a default out of range, `when` on an unknown key)
// throws std::logic_error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace residua {

/// The type of one value. An expression is a non-empty string whose grammar the Case checks; a file is the path of one
/// that the run reads, relative to the deck.
enum class Type { boolean, integer, real, text, file, choice, expression };

/// How values are arranged under a key.
enum class Shape {
  single,      ///< key = value
  list,        ///< key = [value, ...]
  named,       ///< key = { name = value, ... }, the names chosen by the user; their order counts
  named_list,  ///< key = { name = [value, ...], ... }
  table,       ///< [key] with keys of its own
  tables,      ///< [[key]] repeated, each with keys of its own
};

using Scalar = std::variant<bool, std::int64_t, double, std::string>;

struct Required {};
struct Unset {};
inline constexpr Required required;  ///< in place of a default: the deck must give the key
inline constexpr Unset unset;        ///< in place of a default: the key may stay absent

/// `required` or `unset`, for keys that have no default.
class Presence {
 public:
  Presence(Required) : required_(true) {}
  Presence(Unset) {}

  bool is_required() const { return required_; }

 private:
  bool required_ = false;
};

/// The default of a single value, or `required`, or `unset`.
template <class T>
class Default {
 public:
  Default(Required) : required_(true) {}
  Default(Unset) {}
  template <class U, std::enable_if_t<std::is_convertible_v<U, T>, int> = 0>
  Default(U&& value) : values_(std::vector<Scalar>{Scalar(T(std::forward<U>(value)))}) {}

  bool is_required() const { return required_; }
  const std::optional<std::vector<Scalar>>& values() const { return values_; }

 private:
  bool required_ = false;
  std::optional<std::vector<Scalar>> values_;
};

/// The default of a list: `{}`, `{256, 100}`, `required` or `unset`.
class ListDefault {
 public:
  ListDefault(Required) : required_(true) {}
  ListDefault(Unset) {}
  ListDefault(std::initializer_list<Scalar> values) : values_(values) {}

  bool is_required() const { return required_; }
  const std::optional<std::vector<Scalar>>& values() const { return values_; }

 private:
  bool required_ = false;
  std::optional<std::vector<Scalar>> values_;
};

/// The numbers allowed; an open end excludes its bound.
struct Range {
  std::optional<double> low, high;
  bool low_open = false, high_open = false;

  bool contains(double value) const;
  std::string words() const;  ///< "> 0", "in [0, 1)"; empty when every number is allowed
};

/// How many values, names or tables are allowed, both ends included.
struct Count {
  static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
  std::size_t low = 0, high = unlimited;

  bool contains(std::size_t count) const { return count >= low && count <= high; }
  std::string words() const;  ///< "exactly 2", "1 to 10", "at least 1"; empty when any number is
};

struct Choice {
  std::string name, doc;
};

/// A key that counts only when the key `key` of the same section has one of `values`.
struct When {
  std::string key;
  std::vector<std::string> values;
};

class Section;

/// All that is known of one key.
struct Key {
  std::string name, doc, unit;
  Type type = Type::text;
  Shape shape = Shape::single;
  bool required = false;
  std::optional<std::vector<Scalar>> defaults;  ///< one value for Shape::single
  Range range;                                  ///< of each number
  Count length;                                 ///< of each list
  Count entries;                                ///< names of a named shape, tables of Shape::tables
  bool arithmetic = false;                      ///< a real that may be written as "0.01/pi"
  bool signatures = false;                      ///< the user's names look like "f(a,b)"
  std::vector<Choice> choices;
  std::optional<When> when;
  std::string refers_to;       ///< dotted name of the list or names that values (or names) come from
  std::vector<Section> table;  ///< one element for Shape::table and Shape::tables, else none

  bool is_table() const { return shape == Shape::table || shape == Shape::tables; }
  bool is_named() const { return shape == Shape::named || shape == Shape::named_list; }
  bool is_number() const { return type == Type::integer || type == Type::real; }
  std::vector<std::string> choice_names() const;
};

/// A set of keys. Declarations return the section itself, so that they chain; modifiers (`unit`,
/// `at_least`, ...) belong to the key declared just before them.
class Section {
 public:
  Section(std::string name, std::string doc) : name_(std::move(name)), doc_(std::move(doc)) {}

  Section& boolean(std::string name, const Default<bool>& value, std::string doc);
  Section& integer(std::string name, const Default<std::int64_t>& value, std::string doc);
  Section& real(std::string name, const Default<double>& value, std::string doc);
  Section& text(std::string name, const Default<std::string>& value, std::string doc);
  Section& file(std::string name, const Default<std::string>& value, std::string doc);
  Section& expression(std::string name, const Default<std::string>& value, std::string doc);
  Section& choice(std::string name, const Default<std::string>& value, std::vector<Choice> choices, std::string doc);

  Section& list(Type element, std::string name, const ListDefault& values, std::string doc);
  /// { name = value, ... }; when not required, an absent key means no entries.
  Section& named(Type element, std::string name, Presence presence, std::string doc);
  Section& named_list(Type element, std::string name, Presence presence, std::string doc);

  /// The section [name] under this one; the same one when it exists, so that parts of a program
  /// can each add keys to it (then `doc` is ignored). The reference stays valid.
  Section& section(const std::string& name, std::string doc);
  /// The array of tables [[name]].
  Section& tables(const std::string& name, Count entries, std::string doc);

  Section& unit(std::string unit);
  Section& at_least(double low);
  Section& above(double low);
  Section& at_most(double high);
  Section& below(double high);
  Section& length(std::size_t low, std::size_t high);   ///< of a list
  Section& entries(std::size_t low, std::size_t high);  ///< of the user's names
  Section& one_of(std::vector<Choice> choices);         ///< for a list of Type::choice
  Section& arithmetic();                                ///< a real may be written as "0.01/pi"
  Section& signatures();                                ///< the user's names look like "f(a,b)"
  /// The key counts only when the key `key`, a choice or a boolean declared before it in this
  /// section, has one of `values`; elsewhere giving it is an error, and its default is not filled in.
  Section& when(std::string key, std::vector<std::string> values);
  /// Text values (or, for a named shape, the names) must be among those of the list or the named
  /// key at the dotted name `path`, from the root. A value equal to the default is always allowed.
  Section& refers_to(std::string path);

  const std::string& name() const { return name_; }  ///< dotted, empty at the root
  const std::string& doc() const { return doc_; }
  const std::vector<Key>& keys() const { return keys_; }  ///< in order of declaration
  const Key* find(std::string_view name) const;
  std::vector<std::string> key_names() const;

 private:
  Section& add(Key key);
  Section& add_table(const std::string& name, Shape shape, Count entries, std::string doc);
  Key& last(std::string_view modifier);
  Section& bound(std::optional<double> Range::*side, double value, bool Range::*open, bool is_open);

  std::string name_, doc_;
  std::vector<Key> keys_;
};

/// The root section of a deck, with the name of the case kind it belongs to.
class Schema : public Section {
 public:
  Schema(std::string kind, std::string doc) : Section("", std::move(doc)), kind_(std::move(kind)) {}

  const std::string& kind() const { return kind_; }

  /// The key that a deck path belongs to ("conditions.0.value", "pde.coordinates.t.1"); null when there is none.
  const Key* declared(std::string_view path) const;

 private:
  std::string kind_;
};

std::string_view type_word(Type type);  ///< "integer", "real", "string", ...

}  // namespace residua
