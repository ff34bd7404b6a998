#include "deck/toml_reader.hpp"

#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>

#include "deck/syntax_error.hpp"

namespace residua {
namespace {

Position position(const toml::source_position& at) { return {static_cast<int>(at.line), static_cast<int>(at.column)}; }

Region region(const toml::source_region& source) { return {-1, position(source.begin), position(source.end)}; }

Node convert(const toml::node& source) {
  Node node;
  node.given = true;
  node.where = region(source.source());
  if (const auto* table = source.as_table()) {
    for (const auto& [key, value] : *table) {
      Node child = convert(value);
      child.name = key.str();
      child.key = region(key.source());
      node.children.push_back(std::move(child));
    }
    // toml++ keeps tables sorted by name; the order of the file is wanted.
    std::ranges::stable_sort(node.children, {}, [](const Node& child) { return child.key.begin; });
    return node;
  }
  if (const auto* array = source.as_array()) {
    node.kind = Node::Kind::list;
    for (const auto& value : *array) node.children.push_back(convert(value));
    return node;
  }
  node.kind = Node::Kind::scalar;
  if (const auto* flag = source.as_boolean()) {
    node.scalar = flag->get();
  } else if (const auto* integer = source.as_integer()) {
    node.scalar = integer->get();
  } else if (const auto* real = source.as_floating_point()) {
    node.scalar = real->get();
  } else if (const auto* text = source.as_string()) {
    node.scalar = text->get();
  } else {
    node.kind = Node::Kind::date;
  }
  return node;
}

// Moves the places of a value read from "_=VALUE" to where VALUE is in its override.
void shift(Node& node, const Region& place) {
  for (Region* r : {&node.key, &node.where}) {
    if (!r->known()) continue;
    const int columns = place.begin.column - 3;
    *r = {place.override_index, {1, r->begin.column + columns}, {1, r->end.column + columns}};
  }
  for (Node& child : node.children) shift(child, place);
}

}  // namespace

std::optional<Problem> read_toml(std::string_view text, Node& root) {
  try {
    root = convert(toml::parse(text));
    root.where = {-1, {1, 0}, {1, 0}};  // what is missing from it is missed on line 1, nowhere in particular
    return std::nullopt;
  } catch (const toml::parse_error& error) {
    return syntax_problem(text, error.description(), region(error.source()));
  }
}

std::optional<Problem> read_override_value(std::string_view text, const Region& place, Node& node) {
  if (text.empty()) return Problem{place, "", "no value after `=`", "a TOML value", "write \"\" for an empty string"};
  try {
    if (text.find('\n') != std::string_view::npos) throw std::invalid_argument("a line break");
    node = convert(*toml::parse("_=" + std::string(text)).get("_"));
    shift(node, place);
    return std::nullopt;
  } catch (const toml::parse_error& error) {
    if (std::string_view("[{\"'").find(text.front()) != std::string_view::npos) {
      return Problem{place, "", "not a TOML value: " + plain(error.description()), "", ""};
    }
  } catch (const std::invalid_argument&) {
    // a line break: taken as it stands
  }
  node = Node{
      .kind = Node::Kind::scalar, .name = {}, .key = {}, .where = place, .given = true, .scalar = {}, .children = {}};
  double number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure == std::errc() && end == text.data() + text.size()) {
    node.scalar = number;  // ".5", "1.", which TOML does not allow
  } else {
    node.scalar = std::string(text);
  }
  return std::nullopt;
}

}  // namespace residua
