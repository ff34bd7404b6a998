#include <algorithm>
#include <iterator>

#include "deck/deck.hpp"
#include "deck/expected.hpp"
#include "deck/nearest.hpp"
#include "deck/overrides.hpp"
#include "deck/problem.hpp"
#include "deck/toml_reader.hpp"
#include "deck/validate.hpp"

namespace residua {
namespace {

// The tree of the deck with its overrides; what is wrong with the overrides goes to `problems`.
Node read_tree(const Sources& sources, std::vector<Problem>& problems) {
  const DeckText& text = sources.text();
  Node root;
  if (const auto problem = read_toml(text.text, root)) throw sources.error(*problem);
  problems = apply_overrides(text.overrides, root);
  if (root.children.empty() && problems.empty()) {
    throw sources.error(Problem{root.where, "", "holds no keys", "a deck, a TOML file", ""});
  }
  return root;
}

}  // namespace

Deck parse(const DeckText& text, const Schema& schema) {
  auto sources = std::make_shared<const Sources>(text);
  std::vector<Problem> problems;
  auto root = std::make_shared<Node>(read_tree(*sources, problems));
  std::ranges::move(validate(schema, *root), std::back_inserter(problems));
  if (!problems.empty()) throw sources->error(std::move(problems));
  return Deck(std::move(sources), std::make_shared<const Schema>(schema), std::move(root));
}

std::string peek_choice(const DeckText& text, const std::string& key, const std::vector<Choice>& choices) {
  const Sources sources(text);
  std::vector<Problem> problems;
  Node root = read_tree(sources, problems);
  Schema schema("", "");
  schema.choice(key, required, choices, "");
  if (!root.child(key)) {
    for (const Node& child : root.children) {
      if (child.kind != Node::Kind::scalar || !nearest(child.name, {key})) continue;
      problems.push_back({child.key, child.name, "unknown key", "", did_you_mean(child.name, {key})});
      throw sources.error(std::move(problems));
    }
  }
  std::erase_if(root.children, [&](const Node& child) { return child.name != key; });
  std::ranges::move(validate(schema, root), std::back_inserter(problems));
  if (!problems.empty()) throw sources.error(std::move(problems));
  return std::get<std::string>(root.child(key)->scalar);
}

}  // namespace residua
