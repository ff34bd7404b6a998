#include "deck/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "deck/node.hpp"
#include "deck/toml_text.hpp"

namespace residua {
namespace {

[[noreturn]] void misdeclared(const Key& key, std::string_view why) {
  throw std::logic_error(fmt::format("deck key {}: {}", key.name, why));
}

void expect(bool condition, const Key& key, std::string_view why) {
  if (!condition) misdeclared(key, why);
}

double as_number(const Scalar& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  return std::get<double>(value);
}

// The declared default must obey the declared limits; called whenever either changes.
void check_default(const Key& key) {
  if (!key.defaults) return;
  if (key.shape == Shape::list) expect(key.length.contains(key.defaults->size()), key, "default of a wrong length");
  for (const Scalar& value : *key.defaults) {
    if (key.is_number()) expect(key.range.contains(as_number(value)), key, "default out of range");
    if (key.type == Type::choice && !key.choices.empty()) {
      const auto* name = std::get_if<std::string>(&value);
      expect(name && std::ranges::count(key.choices, *name, &Choice::name) == 1, key, "default is not a choice");
    }
  }
}

template <class Given>
Key make_key(Type type, Shape shape, std::string name, const Given& value, std::string doc) {
  Key key;
  key.name = std::move(name);
  key.doc = std::move(doc);
  key.type = type;
  key.shape = shape;
  key.required = value.is_required();
  key.defaults = value.values();
  return key;
}

Key make_named(Type type, Shape shape, std::string name, Presence presence, std::string doc) {
  Key key;
  key.name = std::move(name);
  key.doc = std::move(doc);
  key.type = type;
  key.shape = shape;
  key.required = presence.is_required();
  return key;
}

}  // namespace

bool Range::contains(double value) const {
  if (low && (low_open ? !(value > *low) : !(value >= *low))) return false;
  return !(high && (high_open ? !(value < *high) : !(value <= *high)));
}

std::string Range::words() const {
  if (low && high) {
    return fmt::format("in {}{}, {}{}", low_open ? '(' : '[', shortest(*low), shortest(*high), high_open ? ')' : ']');
  }
  if (low) return fmt::format("{} {}", low_open ? ">" : ">=", shortest(*low));
  if (high) return fmt::format("{} {}", high_open ? "<" : "<=", shortest(*high));
  return "";
}

std::string Count::words() const {
  if (low == high) return fmt::format("exactly {}", low);
  if (high == unlimited) return low == 0 ? "" : fmt::format("at least {}", low);
  return low == 0 ? fmt::format("at most {}", high) : fmt::format("{} to {}", low, high);
}

std::string_view type_word(Type type) {
  switch (type) {
    case Type::boolean:
      return "boolean";
    case Type::integer:
      return "integer";
    case Type::real:
      return "real";
    case Type::text:
      return "string";
    case Type::file:
      return "file";
    case Type::choice:
      return "choice";
    case Type::expression:
      return "expression";
  }
  return "";
}

std::vector<std::string> Key::choice_names() const {
  std::vector<std::string> names;
  for (const Choice& choice : choices) names.push_back(choice.name);
  return names;
}

Section& Section::add(Key key) {
  expect(!find(key.name), key, "declared twice in [" + name_ + "]");
  if (key.type == Type::real && key.defaults) {
    for (Scalar& value : *key.defaults) value = as_number(value);
  }
  check_default(key);
  keys_.push_back(std::move(key));
  return *this;
}

Section& Section::boolean(std::string name, const Default<bool>& value, std::string doc) {
  return add(make_key(Type::boolean, Shape::single, std::move(name), value, std::move(doc)));
}

Section& Section::integer(std::string name, const Default<std::int64_t>& value, std::string doc) {
  return add(make_key(Type::integer, Shape::single, std::move(name), value, std::move(doc)));
}

Section& Section::real(std::string name, const Default<double>& value, std::string doc) {
  return add(make_key(Type::real, Shape::single, std::move(name), value, std::move(doc)));
}

Section& Section::text(std::string name, const Default<std::string>& value, std::string doc) {
  return add(make_key(Type::text, Shape::single, std::move(name), value, std::move(doc)));
}

Section& Section::file(std::string name, const Default<std::string>& value, std::string doc) {
  return add(make_key(Type::file, Shape::single, std::move(name), value, std::move(doc)));
}

Section& Section::expression(std::string name, const Default<std::string>& value, std::string doc) {
  return add(make_key(Type::expression, Shape::single, std::move(name), value, std::move(doc)));
}

Section& Section::choice(std::string name, const Default<std::string>& value, std::vector<Choice> choices,
                         std::string doc) {
  return add(make_key(Type::choice, Shape::single, std::move(name), value, std::move(doc))).one_of(std::move(choices));
}

Section& Section::list(Type element, std::string name, const ListDefault& values, std::string doc) {
  return add(make_key(element, Shape::list, std::move(name), values, std::move(doc)));
}

Section& Section::named(Type element, std::string name, Presence presence, std::string doc) {
  return add(make_named(element, Shape::named, std::move(name), presence, std::move(doc)));
}

Section& Section::named_list(Type element, std::string name, Presence presence, std::string doc) {
  return add(make_named(element, Shape::named_list, std::move(name), presence, std::move(doc)));
}

Section& Section::add_table(const std::string& name, Shape shape, Count entries, std::string doc) {
  Key key;
  key.name = name;
  key.doc = doc;
  key.shape = shape;
  key.entries = entries;
  key.required = shape == Shape::tables && entries.low > 0;
  key.table.emplace_back(joined(name_, name), std::move(doc));
  add(std::move(key));
  return keys_.back().table.front();
}

Section& Section::section(const std::string& name, std::string doc) {
  const auto found = std::ranges::find(keys_, name, &Key::name);
  if (found == keys_.end()) return add_table(name, Shape::table, {}, std::move(doc));
  expect(found->shape == Shape::table, *found, "is no section");
  return found->table.front();
}

Section& Section::tables(const std::string& name, Count entries, std::string doc) {
  return add_table(name, Shape::tables, entries, std::move(doc));
}

Key& Section::last(std::string_view modifier) {
  if (keys_.empty()) throw std::logic_error(fmt::format("{} before any key of [{}]", modifier, name_));
  return keys_.back();
}

Section& Section::unit(std::string unit) {
  last("unit").unit = std::move(unit);
  return *this;
}

Section& Section::bound(std::optional<double> Range::*side, double value, bool Range::*open, bool is_open) {
  Key& key = last("a bound");
  expect(key.is_number(), key, "a bound on what is no number");
  key.range.*side = value;
  key.range.*open = is_open;
  check_default(key);
  return *this;
}

Section& Section::at_least(double low) { return bound(&Range::low, low, &Range::low_open, false); }
Section& Section::above(double low) { return bound(&Range::low, low, &Range::low_open, true); }
Section& Section::at_most(double high) { return bound(&Range::high, high, &Range::high_open, false); }
Section& Section::below(double high) { return bound(&Range::high, high, &Range::high_open, true); }

Section& Section::length(std::size_t low, std::size_t high) {
  Key& key = last("length");
  expect(key.shape == Shape::list || key.shape == Shape::named_list, key, "length of what is no list");
  key.length = {low, high};
  check_default(key);
  return *this;
}

Section& Section::entries(std::size_t low, std::size_t high) {
  Key& key = last("entries");
  expect(key.is_named(), key, "entries of what has no names");
  key.entries = {low, high};
  return *this;
}

Section& Section::one_of(std::vector<Choice> choices) {
  Key& key = last("one_of");
  expect(key.type == Type::choice && !choices.empty(), key, "choices of what is no choice, or none");
  key.choices = std::move(choices);
  check_default(key);
  return *this;
}

Section& Section::arithmetic() {
  Key& key = last("arithmetic");
  expect(key.type == Type::real, key, "arithmetic of what is no real");
  key.arithmetic = true;
  return *this;
}

Section& Section::signatures() {
  Key& key = last("signatures");
  expect(key.is_named(), key, "signatures of what has no names");
  key.signatures = true;
  return *this;
}

Section& Section::when(std::string key_name, std::vector<std::string> values) {
  Key& key = last("when");
  const Key* other = find(key_name);
  expect(other && other != &key && other->shape == Shape::single, key, "`when` needs an earlier key of its section");
  const std::vector<std::string> allowed =
      other->type == Type::boolean ? std::vector<std::string>{"true", "false"} : other->choice_names();
  for (const std::string& value : values) {
    expect(std::ranges::count(allowed, value) == 1, key, "`when` names a value that its key cannot have: " + value);
  }
  key.when = When{std::move(key_name), std::move(values)};
  return *this;
}

Section& Section::refers_to(std::string path) {
  Key& key = last("refers_to");
  expect(key.is_named() || key.type == Type::text, key, "refers_to on what is no string");
  key.refers_to = std::move(path);
  return *this;
}

const Key* Section::find(std::string_view name) const {
  const auto found = std::ranges::find(keys_, name, &Key::name);
  return found == keys_.end() ? nullptr : &*found;
}

std::vector<std::string> Section::key_names() const {
  std::vector<std::string> names;
  for (const Key& key : keys_) names.push_back(key.name);
  return names;
}

const Key* Schema::declared(std::string_view path) const {
  const Section* section = this;
  const Key* key = nullptr;
  while (!path.empty()) {
    key = section->find(take_part(path));
    if (!key || !key->is_table()) return key;
    section = &key->table.front();
    if (key->shape == Shape::tables && !path.empty()) take_part(path);  // the index
  }
  return key;
}

}  // namespace residua
