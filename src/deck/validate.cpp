#include "deck/validate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "deck/expected.hpp"
#include "deck/names.hpp"
#include "deck/nearest.hpp"
#include "deck/scalar_check.hpp"

namespace residua {
namespace {

enum class Applies { yes, no, unknown };

// A value, or a name, that must be among those of another key; checked when the whole tree is complete.
struct Reference {
  const Key* key;
  std::string path, value;
  Region region;
};

// The keys called `name` anywhere under `section`.
void find_everywhere(const Section& section, const std::string& name, std::vector<std::string>& found) {
  for (const Key& key : section.keys()) {
    if (key.name == name) found.push_back(section.name().empty() ? "the top of the deck" : "[" + section.name() + "]");
    if (key.is_table()) find_everywhere(key.table.front(), name, found);
  }
}

// The keys that a section always needs.
std::vector<std::string> needed(const Section& section) {
  std::vector<std::string> names;
  for (const Key& key : section.keys()) {
    const bool required = key.required || (key.shape == Shape::table && !needed(key.table.front()).empty());
    if (required && !key.when) names.push_back(key.name);
  }
  return names;
}

Node default_node(const Key& key) {
  Node node{.kind = Node::Kind::scalar, .name = key.name, .key = {}, .where = {}, .scalar = {}, .children = {}};
  if (key.shape == Shape::single) {
    node.scalar = key.defaults->front();
    return node;
  }
  node.kind = Node::Kind::list;
  for (const Scalar& value : *key.defaults) {
    node.children.push_back(
        {.kind = Node::Kind::scalar, .name = {}, .key = {}, .where = {}, .scalar = value, .children = {}});
  }
  return node;
}

class Validator {
 public:
  explicit Validator(const Schema& schema) : schema_(schema) {}

  std::vector<Problem> run(Node& root) {
    table(schema_, root, "");
    for (const Reference& reference : references_) resolve(reference, root);
    return std::move(problems_);
  }

 private:
  void table(const Section& section, Node& node, const std::string& path) {
    std::vector<std::string> meant;  // what unknown keys were probably meant to be: not reported as missing too
    for (const Node& child : node.children) {
      if (!section.find(child.name)) unknown(section, child, path, meant);
    }
    std::vector<Node> ordered;
    for (const Key& key : section.keys()) {
      const Applies applies = applies_to(section, key, ordered);
      const std::string key_path = joined(path, key.name);
      if (Node* child = node.child(key.name)) {
        if (applies == Applies::no) {
          report(child->key, key_path, "does not apply here", "it only with " + condition(*key.when));
        } else {
          value(key, *child, key_path);
        }
        ordered.push_back(std::move(*child));
      } else if (applies == Applies::yes && std::ranges::count(meant, key.name) == 0) {
        if (auto filled = absent(key, node, key_path)) ordered.push_back(std::move(*filled));
      }
    }
    node.children = std::move(ordered);
  }

  void unknown(const Section& section, const Node& child, const std::string& path, std::vector<std::string>& meant) {
    const bool section_like = child.kind == Node::Kind::table;
    std::string hint = did_you_mean(child.name, section.key_names());
    if (hint.empty()) {
      std::vector<std::string> places;
      find_everywhere(schema_, child.name, places);
      if (!places.empty()) hint = fmt::format("`{}` is a key of {}", child.name, listed(places));
    } else {
      meant.push_back(*nearest(child.name, section.key_names()));
    }
    report(child.key, joined(path, child.name), section_like ? "unknown section" : "unknown key",
           "one of: " + listed(section.key_names()), hint);
  }

  // `done` holds the keys of the section declared before `key`.
  Applies applies_to(const Section& section, const Key& key, const std::vector<Node>& done) const {
    if (!key.when) return Applies::yes;
    const Key& other = *section.find(key.when->key);
    const auto found = std::ranges::find(done, other.name, &Node::name);
    if (found == done.end()) return other.required && !other.when ? Applies::unknown : Applies::no;
    if (const auto* flag = std::get_if<bool>(&found->scalar)) return among(*flag ? "true" : "false", key);
    const auto* name = std::get_if<std::string>(&found->scalar);
    const bool valid = found->kind == Node::Kind::scalar && name && std::ranges::count(other.choice_names(), *name) > 0;
    return valid ? among(*name, key) : Applies::unknown;
  }

  static Applies among(const std::string& value, const Key& key) {
    return std::ranges::count(key.when->values, value) > 0 ? Applies::yes : Applies::no;
  }

  static std::string condition(const When& when) {
    return fmt::format("{} = {}", when.key, fmt::join(when.values, " or "));
  }

  std::optional<Node> absent(const Key& key, const Node& parent, const std::string& path) {
    if (key.shape == Shape::table) {
      Node node{.name = key.name, .key = parent.key, .where = parent.where, .scalar = {}, .children = {}};
      const std::vector<std::string> inner = needed(key.table.front());
      if (inner.empty()) {
        table(key.table.front(), node, path);
      } else {
        missing(parent, path, fmt::format("missing section [{}]", key.table.front().name()),
                "it to give " + listed(inner));
      }
      return node;
    }
    if (key.shape == Shape::tables && !key.required) {
      return Node{.kind = Node::Kind::list, .name = key.name, .key = {}, .where = {}, .scalar = {}, .children = {}};
    }
    if (key.required) {
      const bool tables = key.shape == Shape::tables;
      missing(parent, path,
              tables ? fmt::format("missing section [[{}]]", key.table.front().name()) : "missing required key",
              tables ? "" : expected_words(key));
    } else if (key.defaults) {
      Node node = default_node(key);
      value(key, node, path);
      return node;
    }
    return std::nullopt;
  }

  void missing(const Node& parent, const std::string& path, std::string what, std::string expected) {
    report(parent.key.known() ? parent.key : parent.where, path, std::move(what), std::move(expected));
  }

  void value(const Key& key, Node& node, const std::string& path) {
    switch (key.shape) {
      case Shape::single:
        return scalar(key, node, path);
      case Shape::list:
        return list(key, node, path);
      case Shape::named:
      case Shape::named_list:
        return named(key, node, path);
      case Shape::table:
        if (node.kind == Node::Kind::table) return table(key.table.front(), node, path);
        return wrong_type(key, node, path, fmt::format("write [{}], once", key.table.front().name()));
      case Shape::tables:
        return tables(key, node, path);
    }
  }

  void scalar(const Key& key, Node& node, const std::string& path) {
    if (auto problem = check_scalar(key, node)) {
      problem->key = path;
      problems_.push_back(std::move(*problem));
    } else if (!key.refers_to.empty() && !key.is_named() && node.given) {
      const auto& text = std::get<std::string>(node.scalar);
      if (!key.defaults || std::ranges::count(*key.defaults, node.scalar) == 0) {
        references_.push_back({&key, path, text, node.where});
      }
    }
  }

  void list(const Key& key, Node& node, const std::string& path) {
    if (node.kind != Node::Kind::list) {
      const std::string hint = node.kind == Node::Kind::scalar ? "write it in brackets, [...]" : "";
      return wrong_type(key, node, path, hint);
    }
    if (!key.length.contains(node.children.size())) {
      report(node.where, path, fmt::format("wrong length, a list of {}", node.children.size()), list_words(key));
    }
    for (std::size_t i = 0; i < node.children.size(); ++i) scalar(key, node.children[i], fmt::format("{}.{}", path, i));
  }

  void named(const Key& key, Node& node, const std::string& path) {
    if (node.kind != Node::Kind::table) return wrong_type(key, node, path, "");
    if (!key.entries.contains(node.children.size())) {
      report(node.key, path, fmt::format("{} names", node.children.size()), key.entries.words() + " names");
    }
    for (Node& child : node.children) {
      const std::string child_path = joined(path, child.name);
      if (!(key.signatures ? is_signature(child.name) : is_identifier(child.name))) {
        report(child.key, child_path, "not a valid name",
               key.signatures ? "a name with its arguments, \"f(a,b)\"" : "letters, digits and _, with a letter first");
      } else if (!key.refers_to.empty()) {
        references_.push_back({&key, child_path, child.name, child.key});
      }
      if (key.shape == Shape::named_list) {
        list(key, child, child_path);
      } else {
        scalar(key, child, child_path);
      }
    }
  }

  void tables(const Key& key, Node& node, const std::string& path) {
    const auto is_table = [](const Node& child) { return child.kind == Node::Kind::table; };
    if (node.kind != Node::Kind::list || !std::ranges::all_of(node.children, is_table)) {
      return wrong_type(key, node, path, fmt::format("write [[{}]]", key.table.front().name()));
    }
    if (!key.entries.contains(node.children.size())) {
      report(node.key, path, fmt::format("{} sections", node.children.size()), key.entries.words() + " sections");
    }
    for (std::size_t i = 0; i < node.children.size(); ++i) {
      table(key.table.front(), node.children[i], fmt::format("{}.{}", path, i));
    }
  }

  void resolve(const Reference& reference, const Node& root) {
    std::vector<std::string> allowed;
    if (const Node* target = root.at(reference.key->refers_to)) {
      for (const Node& child : target->children) {
        const auto* text = std::get_if<std::string>(&child.scalar);
        if (target->kind == Node::Kind::table) {
          allowed.push_back(child.name);
        } else if (text) {
          allowed.push_back(*text);
        }
      }
    }
    if (std::ranges::count(allowed, reference.value) > 0) return;
    const auto at_fault = [&](const Problem& problem) { return problem.key.starts_with(reference.key->refers_to); };
    const bool in_doubt = std::ranges::any_of(problems_, at_fault) || (allowed.empty() && !problems_.empty());
    if (in_doubt) return;  // the mistake is in what it refers to
    const std::string expected = fmt::format("one of {}: {}", reference.key->refers_to, listed(allowed));
    report(reference.region, reference.path, fmt::format("unknown name `{}`", reference.value),
           allowed.empty() ? fmt::format("a name of {}, which has none", reference.key->refers_to) : expected,
           did_you_mean(reference.value, allowed));
  }

  void wrong_type(const Key& key, const Node& node, const std::string& path, std::string hint) {
    const bool header = node.kind == Node::Kind::table && node.key.known();
    report(header ? node.key : node.where, path, "wrong type, " + found_words(node), expected_words(key),
           std::move(hint));
  }

  void report(const Region& region, std::string path, std::string what, std::string expected, std::string hint = "") {
    problems_.push_back({region, std::move(path), std::move(what), std::move(expected), std::move(hint)});
  }

  const Schema& schema_;
  std::vector<Problem> problems_;
  std::vector<Reference> references_;
};

}  // namespace

std::vector<Problem> validate(const Schema& schema, Node& root) { return Validator(schema).run(root); }

}  // namespace residua
