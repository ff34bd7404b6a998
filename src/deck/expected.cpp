#include "deck/expected.hpp"

#include <fmt/format.h>

#include "deck/toml_text.hpp"

namespace residua {
namespace {

constexpr std::size_t most_listed = 12;

std::string element_plural(const Key& key) {
  const std::string range = key.range.words();
  switch (key.type) {
    case Type::boolean:
      return "booleans";
    case Type::integer:
      return range.empty() ? "integers" : "integers " + range;
    case Type::real:
      return range.empty() ? "reals" : "reals " + range;
    case Type::text:
      return "strings";
    case Type::file:
      return "paths of files (strings)";
    case Type::choice:
      return "strings out of: " + listed(key.choice_names());
    case Type::expression:
      return "expressions (strings)";
  }
  return "";
}

}  // namespace

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < most_listed; ++i) text += (i > 0 ? ", " : "") + names[i];
  return names.size() > most_listed ? text + ", ..." : text;
}

std::string element_words(const Key& key) {
  const std::string range = key.range.words();
  const std::string suffix = range.empty() ? "" : " " + range;
  switch (key.type) {
    case Type::boolean:
      return "true or false";
    case Type::integer:
      return "an integer" + suffix;
    case Type::real:
      return "a real" + suffix + (key.arithmetic ? ", or arithmetic such as \"2*pi\"" : "");
    case Type::text:
      return "a string";
    case Type::file:
      return "the path of a file (a string)";
    case Type::choice:
      return "one of: " + listed(key.choice_names());
    case Type::expression:
      return "an expression (a string)";
  }
  return "";
}

std::string list_words(const Key& key) {
  const std::string count = key.length.words();
  return fmt::format("a list of {}{}{}", count, count.empty() ? "" : " ", element_plural(key));
}

std::string expected_words(const Key& key) {
  switch (key.shape) {
    case Shape::single:
      return element_words(key);
    case Shape::list:
      return list_words(key);
    case Shape::named:
      return fmt::format("named values {{ name = value, ... }}, each {}", element_words(key));
    case Shape::named_list:
      return fmt::format("named lists {{ name = [...], ... }}, each {}", list_words(key));
    case Shape::table:
      return fmt::format("a section [{}]", key.table.front().name());
    case Shape::tables:
      return fmt::format("sections [[{}]]", key.table.front().name());
  }
  return "";
}

std::string found_words(const Node& node) {
  switch (node.kind) {
    case Node::Kind::list:
      return "a list";
    case Node::Kind::table:
      return "a table";
    case Node::Kind::date:
      return "a date or time";
    case Node::Kind::scalar:
      break;
  }
  constexpr std::string_view words[] = {"the boolean", "the integer", "the real", "the string"};
  return fmt::format("{} {}", words[node.scalar.index()], toml_text(node.scalar));
}

}  // namespace residua
