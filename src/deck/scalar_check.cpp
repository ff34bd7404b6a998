#include "deck/scalar_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "deck/arithmetic.hpp"
#include "deck/expected.hpp"
#include "deck/nearest.hpp"
#include "deck/toml_text.hpp"

namespace residua {
namespace {

Problem problem_at(const Key& key, const Node& node, std::string what, std::string hint = "") {
  return {.region = node.where,
          .key = "",
          .what = std::move(what),
          .expected = element_words(key),
          .hint = std::move(hint)};
}

std::string hint_of_type(const Key& key, const Node& node) {
  if (node.kind == Node::Kind::list && node.children.size() == 1) return "write it without brackets";
  if (node.kind != Node::Kind::scalar) return "";
  const auto* text = std::get_if<std::string>(&node.scalar);
  const auto* real = std::get_if<double>(&node.scalar);
  if (key.type == Type::boolean) {
    if (text && (*text == "true" || *text == "false")) return fmt::format("write {} without quotes", *text);
    return "";
  }
  if (key.type == Type::integer && real && std::abs(*real) < 1e15 && *real == std::round(*real)) {
    return fmt::format("write {}", static_cast<std::int64_t>(*real));
  }
  if (text && !text->empty() && key.is_number()) {
    char* end = nullptr;
    std::strtod(text->c_str(), &end);
    if (*end == '\0') return fmt::format("write {} without quotes", *text);
  }
  if (!text && !key.is_number()) return "write it in quotes";
  return "";
}

Problem wrong_type(const Key& key, const Node& node) {
  return problem_at(key, node, "wrong type, " + found_words(node), hint_of_type(key, node));
}

std::optional<Problem> check_number(const Key& key, const Node& node, double value) {
  if (!std::isfinite(value)) return problem_at(key, node, "not a finite number");
  if (!key.range.contains(value)) return problem_at(key, node, "out of range, " + shortest(value));
  return std::nullopt;
}

std::optional<Problem> check_real(const Key& key, Node& node) {
  if (const auto* integer = std::get_if<std::int64_t>(&node.scalar)) {
    node.scalar = static_cast<double>(*integer);
  }
  if (const auto* real = std::get_if<double>(&node.scalar)) {
    node.number = *real;
    return check_number(key, node, node.number);
  }
  const auto* text = std::get_if<std::string>(&node.scalar);
  if (!text || !key.arithmetic) return wrong_type(key, node);
  try {
    node.number = arithmetic(*text);
    return check_number(key, node, node.number);
  } catch (const ArithmeticError& error) {
    Problem problem = problem_at(key, node, error.what());
    problem.offset = error.offset;
    return problem;
  }
}

std::optional<Problem> check_choice(const Key& key, const Node& node) {
  const auto* text = std::get_if<std::string>(&node.scalar);
  if (!text) return wrong_type(key, node);
  const std::vector<std::string> names = key.choice_names();
  if (std::ranges::count(names, *text) > 0) return std::nullopt;
  return problem_at(key, node, "unknown choice " + toml_string(*text), did_you_mean(*text, names));
}

std::optional<Problem> check_expression(const Key& key, Node& node) {
  if (std::holds_alternative<std::int64_t>(node.scalar)) {
    node.scalar = toml_text(node.scalar);
  } else if (const auto* real = std::get_if<double>(&node.scalar)) {
    if (auto problem = check_number(key, node, *real)) return problem;
    node.scalar = shortest(*real);
  }
  const auto* text = std::get_if<std::string>(&node.scalar);
  if (!text) return wrong_type(key, node);
  if (text->find_first_not_of(" \t\r\n") == std::string::npos) return problem_at(key, node, "empty expression");
  return std::nullopt;
}

}  // namespace

std::optional<Problem> check_scalar(const Key& key, Node& node) {
  if (node.kind != Node::Kind::scalar) return wrong_type(key, node);
  switch (key.type) {
    case Type::boolean:
      if (!std::holds_alternative<bool>(node.scalar)) return wrong_type(key, node);
      return std::nullopt;
    case Type::integer:
      if (const auto* value = std::get_if<std::int64_t>(&node.scalar)) {
        return check_number(key, node, static_cast<double>(*value));
      }
      return wrong_type(key, node);
    case Type::real:
      return check_real(key, node);
    case Type::text:
    case Type::file:
      if (!std::holds_alternative<std::string>(node.scalar)) return wrong_type(key, node);
      return std::nullopt;
    case Type::choice:
      return check_choice(key, node);
    case Type::expression:
      return check_expression(key, node);
  }
  return std::nullopt;
}

}  // namespace residua
