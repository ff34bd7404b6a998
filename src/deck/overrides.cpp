#include "deck/overrides.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "deck/toml_reader.hpp"

namespace residua {
namespace {

struct Override {
  std::vector<std::string> path;
  std::string key;  // the path, joined by dots
  Region name, value_place;
  std::string_view value;
};

int columns(std::string_view text) {
  return static_cast<int>(std::ranges::count_if(text, [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

// Cuts the text at its first `=` outside quotes.
std::optional<Problem> read(std::string_view text, int index, Override& result) {
  const auto region = [&](std::size_t from, std::size_t to) {
    const int column = columns(text.substr(0, from)) + 1;
    return Region{index, {1, column}, {1, column + std::max(1, columns(text.substr(from, to - from)))}};
  };
  const auto invalid = [&](const std::string& what) {
    return Problem{region(0, text.size()), "", what, "key=value", "as in training.seed=3"};
  };
  result.path.emplace_back();
  char quote = '\0';
  std::size_t at = 0;
  for (; at < text.size() && (quote != '\0' || text[at] != '='); ++at) {
    const char c = text[at];
    if (quote != '\0' ? c == quote : c == '"' || c == '\'') {
      quote = quote == '\0' ? c : '\0';
    } else if (c == '.' && quote == '\0') {
      result.path.emplace_back();
    } else {
      result.path.back() += c;
    }
  }
  if (at == text.size()) return invalid("override without `=`");
  if (std::ranges::count(result.path, "") > 0)
    return invalid("override without a name before `=`, or with an empty part");
  for (const std::string& part : result.path) result.key = joined(result.key, part);
  result.name = region(0, at);
  result.value = text.substr(at + 1);
  result.value_place = region(at + 1, text.size());
  return std::nullopt;
}

Problem no_element(const Override& change, const std::string& list, std::size_t size) {
  return {change.name, change.key, fmt::format("no such element of {}", list),
          size == 0 ? "no index, it has no elements" : fmt::format("an index from 0 to {}", size - 1), ""};
}

// The child of `node` that the part names, made when a table lacks it; null when it cannot be.
Node* descend(Node& node, const std::string& part, const Region& name) {
  if (node.kind == Node::Kind::list) return const_cast<Node*>(node.step(part));
  if (node.kind != Node::Kind::table) return nullptr;
  if (Node* child = node.child(part)) return child;
  node.children.push_back(Node{.name = part, .key = name, .where = name, .given = true, .scalar = {}, .children = {}});
  return &node.children.back();
}

std::optional<Problem> apply(const std::string& text, int index, Node& root) {
  Override change;
  if (auto problem = read(text, index, change)) return problem;
  Node value;
  if (auto problem = read_override_value(change.value, change.value_place, value)) {
    problem->key = change.key;
    return problem;
  }
  Node* node = &root;
  std::string path;
  for (const std::string& part : change.path) {
    const bool list = node->kind == Node::Kind::list;
    const std::size_t size = node->children.size();
    node = descend(*node, part, change.name);
    if (!node && list) return no_element(change, path, size);
    if (!node) return Problem{change.name, change.key, path + " is no section", "", ""};
    path = joined(path, part);
  }
  value.name = node->name;
  value.key = change.name;
  *node = std::move(value);
  return std::nullopt;
}

}  // namespace

std::vector<Problem> apply_overrides(const std::vector<std::string>& overrides, Node& root) {
  std::vector<Problem> problems;
  for (std::size_t i = 0; i < overrides.size(); ++i) {
    if (auto problem = apply(overrides[i], static_cast<int>(i), root)) problems.push_back(std::move(*problem));
  }
  return problems;
}

}  // namespace residua
