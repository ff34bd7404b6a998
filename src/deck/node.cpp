#include "deck/node.hpp"

#include <algorithm>
#include <charconv>

namespace residua {

const Node* Node::child(std::string_view child_name) const {
  const auto found = std::ranges::find(children, child_name, &Node::name);
  return found == children.end() ? nullptr : &*found;
}

Node* Node::child(std::string_view child_name) {
  return const_cast<Node*>(static_cast<const Node*>(this)->child(child_name));
}

const Node* Node::step(std::string_view part) const {
  if (kind == Kind::table) return child(part);
  std::size_t index = 0;
  const auto [end, failure] = std::from_chars(part.data(), part.data() + part.size(), index);
  if (failure != std::errc() || end != part.data() + part.size() || index >= children.size()) return nullptr;
  return &children[index];
}

const Node* Node::at(std::string_view path) const {
  const Node* node = this;
  while (node && !path.empty()) node = node->step(take_part(path));
  return node;
}

std::string_view take_part(std::string_view& path) {
  const auto dot = path.find('.');
  const auto part = path.substr(0, dot);
  path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  return part;
}

std::string joined(std::string_view path, std::string_view name) {
  return path.empty() ? std::string(name) : std::string(path) + "." + std::string(name);
}

}  // namespace residua
