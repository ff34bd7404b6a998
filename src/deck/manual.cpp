#include <fmt/format.h>

#include "deck/expected.hpp"
#include "deck/generate.hpp"
#include "deck/toml_text.hpp"

namespace residua {
namespace {

// Text for a cell: `|` would end it.
std::string cell(const std::string& text) {
  std::string escaped;
  for (const char c : text) escaped += c == '|' ? "\\|" : std::string(1, c);
  return escaped;
}

std::string type_cell(const Key& key) {
  std::string type = fmt::format("{}{}", type_word(key.type), key.arithmetic ? " or arithmetic" : "");
  switch (key.shape) {
    case Shape::single:
      return type;
    case Shape::list:
      return "list of " + type;
    case Shape::named:
      return "named " + type;
    case Shape::named_list:
      return "named lists of " + type;
    case Shape::table:
    case Shape::tables:
      break;
  }
  return "";
}

std::string default_cell(const Key& key) {
  if (key.required) return "required";
  if (!key.defaults) return "unset";
  const auto& values = *key.defaults;
  return fmt::format("`{}`", key.shape == Shape::single ? toml_text(values.front()) : toml_text(values));
}

std::string range_cell(const Key& key) {
  std::string text = key.range.words();
  const auto add = [&](const std::string& words, const std::string& what) {
    if (!words.empty()) text += fmt::format("{}{} {}", text.empty() ? "" : "; ", words, what);
  };
  add(key.length.words(), "values");
  add(key.entries.words(), "names");
  for (const Choice& choice : key.choices) text += fmt::format("{}`{}`", text.empty() ? "" : ", ", choice.name);
  if (!key.refers_to.empty()) text += fmt::format("{}from `{}`", text.empty() ? "" : "; ", key.refers_to);
  return text;
}

std::string doc_cell(const Key& key) {
  std::string text = key.doc;
  for (const Choice& choice : key.choices) {
    if (!choice.doc.empty()) text += fmt::format(" `{}`: {};", choice.name, choice.doc);
  }
  if (text.ends_with(';')) text.back() = '.';
  if (key.when) text += fmt::format(" Only with `{}` = `{}`.", key.when->key, fmt::join(key.when->values, "` or `"));
  return text;
}

void write_section(const Section& section, const std::string& title, std::string& text) {
  text += fmt::format("\n## {}\n\n{}\n", title, section.doc());
  bool first = true;
  for (const Key& key : section.keys()) {
    if (key.is_table()) continue;
    if (first) text += "\n| key | type | unit | default | range | meaning |\n|---|---|---|---|---|---|\n";
    first = false;
    text += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", key.name, type_cell(key), cell(key.unit),
                        cell(default_cell(key)), cell(range_cell(key)), cell(doc_cell(key)));
  }
  for (const Key& key : section.keys()) {
    if (!key.is_table()) continue;
    const Section& inner = key.table.front();
    const std::string count = key.entries.words();
    const bool many = key.shape == Shape::tables;
    write_section(inner,
                  many ? fmt::format("`[[{}]]`{}", inner.name(), count.empty() ? "" : ", " + count)
                       : fmt::format("`[{}]`", inner.name()),
                  text);
  }
}

}  // namespace

std::string markdown_manual(const Schema& schema) {
  std::string text = fmt::format("# Deck of a `{}` run\n", schema.kind());
  write_section(schema, "Top of the deck", text);
  return text;
}

}  // namespace residua
