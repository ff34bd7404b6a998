#include "deck/deck.hpp"

#include <fmt/format.h>

#include <functional>
#include <stdexcept>

#include "deck/problem.hpp"

namespace residua {
namespace {

template <class T>
const T& scalar_as(const Node& node, std::string_view path) {
  const T* value = node.kind == Node::Kind::scalar ? std::get_if<T>(&node.scalar) : nullptr;
  if (!value) throw std::logic_error(fmt::format("deck key {} is read as a type that it does not have", path));
  return *value;
}

}  // namespace

Deck::Deck(std::shared_ptr<const Sources> sources, std::shared_ptr<const Schema> schema,
           std::shared_ptr<const Node> root)
    : sources_(std::move(sources)), schema_(std::move(schema)), root_(std::move(root)) {}

const Node* Deck::find(std::string_view path) const {
  if (!path.empty() && !schema_->declared(path)) {
    throw std::logic_error(fmt::format("deck key {} is not in the schema of {}", path, schema_->kind()));
  }
  return root_->at(path);
}

const Node& Deck::need(std::string_view path) const {
  if (const Node* node = find(path)) return *node;
  throw std::logic_error(fmt::format("deck key {} has no value", path));
}

bool Deck::flag(std::string_view path) const { return scalar_as<bool>(need(path), path); }
std::int64_t Deck::integer(std::string_view path) const { return scalar_as<std::int64_t>(need(path), path); }
const std::string& Deck::text(std::string_view path) const { return scalar_as<std::string>(need(path), path); }

double Deck::real(std::string_view path) const {
  const Node& node = need(path);
  if (node.kind != Node::Kind::scalar || schema_->declared(path)->type != Type::real) {
    throw std::logic_error(fmt::format("deck key {} is read as a real, which it is not", path));
  }
  return node.number;
}

std::vector<std::int64_t> Deck::list_of_integer(std::string_view path) const {
  std::vector<std::int64_t> values;
  for (const Node& child : need(path).children) values.push_back(scalar_as<std::int64_t>(child, path));
  return values;
}

std::vector<double> Deck::list_of_real(std::string_view path) const {
  std::vector<double> values;
  for (std::size_t i = 0; i < need(path).children.size(); ++i) values.push_back(real(fmt::format("{}.{}", path, i)));
  return values;
}

std::vector<std::string> Deck::list_of_text(std::string_view path) const {
  std::vector<std::string> values;
  for (const Node& child : need(path).children) values.push_back(scalar_as<std::string>(child, path));
  return values;
}

bool Deck::has(std::string_view path) const { return find(path) != nullptr; }

bool Deck::given(std::string_view path) const {
  const Node* node = find(path);
  return node && node->given;
}

std::vector<std::string> Deck::names(std::string_view path) const {
  std::vector<std::string> names;
  if (const Node* node = find(path)) {
    for (const Node& child : node->children) names.push_back(child.name);
  }
  return names;
}

std::size_t Deck::count(std::string_view path) const {
  const Node* node = find(path);
  return node ? node->children.size() : 0;
}

std::filesystem::path Deck::file_path(std::string_view path) const {
  return std::filesystem::path(file()).parent_path() / text(path);
}

std::vector<std::string> Deck::file_keys() const {
  std::vector<std::string> found;
  const std::function<void(const Node&, const std::string&)> visit = [&](const Node& node, const std::string& path) {
    if (node.kind == Node::Kind::scalar && schema_->declared(path)->type == Type::file) found.push_back(path);
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      const Node& child = node.children[i];
      visit(child, joined(path, node.kind == Node::Kind::list ? std::to_string(i) : child.name));
    }
  };
  visit(*root_, "");
  return found;
}

Deck Deck::with_text(std::string_view path, std::string value) const {
  Deck changed = *this;
  auto root = std::make_shared<Node>(*root_);
  const_cast<Node*>(root->at(path))->scalar = std::move(value);
  changed.root_ = std::move(root);
  return changed;
}

const std::string& Deck::file() const { return sources_->text().file; }

Region Deck::region(std::string_view path) const {
  Region region = root_->where;
  const Node* node = root_.get();
  while (!path.empty()) {
    node = node->step(take_part(path));
    if (!node || !node->given) break;
    // The header of a section; else the value.
    region = node->kind == Node::Kind::table && node->key.known() ? node->key : node->where;
  }
  return region;
}

InputError::Place Deck::place(std::string_view path) const { return sources_->place(region(path), std::string(path)); }

InputError Deck::error(std::string_view path, const std::string& message, const std::string& hint) const {
  return sources_->error(Problem{region(path), std::string(path), message, "", hint});
}

InputError Deck::error_inside(std::string_view path, Span span, const std::string& message,
                              const std::string& hint) const {
  const Node* node = find(path);
  Problem problem{region(path), std::string(path), message, "", hint};
  if (node && node->given) {
    problem.offset = span.offset;
    problem.length = span.length;
  }
  return sources_->error(problem);
}

}  // namespace residua
