#include <fmt/format.h>

#include "deck/deck.hpp"
#include "deck/generate.hpp"
#include "deck/node.hpp"
#include "deck/toml_text.hpp"

namespace residua {
namespace {

constexpr std::size_t widest = 110;  // a longer list is broken, one value per line

std::string value_text(const Node& node) {
  if (node.kind == Node::Kind::scalar) return toml_text(node.scalar);
  const bool list = node.kind == Node::Kind::list;
  std::string text;
  for (const Node& child : node.children) {
    text += text.empty() ? "" : ", ";
    if (!list) text += toml_key(child.name) + " = ";
    text += value_text(child);
  }
  if (list) return "[" + text + "]";
  return text.empty() ? "{}" : "{ " + text + " }";
}

std::string broken_list(const Node& list) {
  std::string text = "[\n";
  for (const Node& child : list.children) text += "  " + value_text(child) + ",\n";
  return text + "]";
}

class Writer {
 public:
  explicit Writer(bool comments) : comments_(comments) {}

  // The keys of a section first, then the sections in it, since TOML ends a section at the next header.
  void section(const Section& section, const Node& table) {
    for (const Key& key : section.keys()) {
      const Node* node = table.child(key.name);
      if (node && !key.is_table()) this->key(key, *node);
    }
    for (const Key& key : section.keys()) {
      const Node* node = table.child(key.name);
      if (!node || !key.is_table()) continue;
      const Section& inner = key.table.front();
      if (key.shape == Shape::table) {
        header(inner, "[" + inner.name() + "]");
        this->section(inner, *node);
      } else {
        for (const Node& element : node->children) {
          header(inner, "[[" + inner.name() + "]]");
          this->section(inner, element);
        }
      }
    }
  }

  std::string text() && { return std::move(text_); }

 private:
  void header(const Section& section, const std::string& line) {
    text_ += "\n" + line + (comments_ ? "  # " + section.doc() : "") + "\n";
  }

  void key(const Key& key, const Node& node) {
    if (comments_) text_ += fmt::format("# {}{}\n", key.doc, key.unit.empty() ? "" : " [" + key.unit + "]");
    const std::string line = toml_key(key.name) + " = " + value_text(node);
    const bool breaks = line.size() > widest && node.kind == Node::Kind::list && !node.children.empty();
    text_ += breaks ? toml_key(key.name) + " = " + broken_list(node) : line;
    text_ += "\n";
  }

  bool comments_;
  std::string text_;
};

}  // namespace

std::string resolved(const Deck& deck, bool comments) {
  Writer writer(comments);
  writer.section(deck.schema(), deck.root());
  return std::move(writer).text();
}

}  // namespace residua
