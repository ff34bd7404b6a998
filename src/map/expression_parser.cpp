#include "map/expression_parser.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "map/formula_reader.hpp"
#include "map/substitute.hpp"

namespace residua {
namespace {

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t"), end = text.find_last_not_of(" \t");
  return begin == std::string_view::npos ? "" : std::string(text.substr(begin, end - begin + 1));
}

}  // namespace

ExpressionParser::ExpressionParser(std::vector<std::string> coordinates, std::vector<std::string> unknowns, int time)
    : time_(time) {
  for (std::string& name : coordinates) {
    claim(name, name, 0);
    coordinates_.push_back(std::move(name));
  }
  for (std::string& name : unknowns) {
    claim(name, name, 0);
    unknowns_.push_back(std::move(name));
  }
}

bool ExpressionParser::is_name(std::string_view text) {
  const auto letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_'; };
  const auto inside = [&](char c) { return letter(c) || std::isdigit(static_cast<unsigned char>(c)); };
  return !text.empty() && letter(text[0]) && std::ranges::all_of(text, inside);
}

void ExpressionParser::claim(const std::string& name, const std::string& text, std::size_t offset) const {
  const auto in = [&](const auto& list) { return std::ranges::find(list, name) != list.end(); };
  if (!is_name(name))
    throw ExpressionError(fmt::format("'{}' is not a name: a letter, then letters, digits or underscores", name), text,
                          offset);
  if (in(built_in_names()) && name != "d")
    throw ExpressionError(fmt::format("'{}' is a built-in function", name), text, offset);
  if (in(coordinates_) || in(unknowns_) || parameters_.contains(name) || functions_.contains(name) ||
      tables_.contains(name))
    throw ExpressionError(fmt::format("'{}' is defined twice", name), text, offset);
}

void ExpressionParser::define_parameter(const std::string& name, const std::string& text) {
  claim(name, name, 0);
  parameters_[name].text = text;
}

void ExpressionParser::define_parameter(const std::string& name, const Expression& value) {
  claim(name, name, 0);
  parameters_[name].body = value;
}

void ExpressionParser::define_function(const std::string& signature, const std::string& text) {
  const auto bad = [&](std::size_t offset) {
    throw ExpressionError("a function is declared as name(argument, ...)", signature, offset);
  };
  const std::size_t open = signature.find('(');
  if (open == std::string::npos) bad(signature.size());
  const std::size_t close = signature.find(')', open);
  if (close == std::string::npos) bad(signature.size());
  if (!trimmed(std::string_view(signature).substr(close + 1)).empty()) bad(close + 1);

  const std::string name = trimmed(std::string_view(signature).substr(0, open));
  claim(name, signature, 0);
  if (name == "d") throw ExpressionError("'d' is a built-in function", signature, 0);
  Definition function;
  function.text = text;
  for (std::size_t begin = open + 1; begin <= close;) {
    const std::size_t end = std::min(signature.find(',', begin), close);
    const std::string argument = trimmed(std::string_view(signature).substr(begin, end - begin));
    if (!is_name(argument)) bad(begin);
    if (std::ranges::find(function.arguments, argument) != function.arguments.end())
      throw ExpressionError(fmt::format("argument '{}' is named twice", argument), signature, begin);
    function.arguments.push_back(argument);
    begin = end + 1;
  }
  functions_.emplace(name, std::move(function));
}

void ExpressionParser::define_table(const std::string& name, std::shared_ptr<const Table> table) {
  claim(name, name, 0);
  if (name == "d") throw ExpressionError("'d' is a built-in function", name, 0);
  tables_.emplace(name, std::move(table));
}

void ExpressionParser::check() const {
  for (const auto& [name, definition] : parameters_) body(name, definition);
  for (const auto& [name, definition] : functions_) body(name, definition);
}

const Expression& ExpressionParser::body(const std::string& name, const Definition& definition) const {
  if (!definition.body) {
    struct Opened {
      bool& flag;
      explicit Opened(bool& f) : flag(f) { flag = true; }
      ~Opened() { flag = false; }
    } const opened(definition.open);
    definition.body = FormulaReader(*this, definition.text, name, definition.arguments).read();
  }
  return *definition.body;
}

Expression ExpressionParser::parse(std::string_view text) const {
  return FormulaReader(*this, std::string(text)).read();
}

double ExpressionParser::parse_number(std::string_view text) const {
  const Expression e = parse(text);
  if (e.is_constant()) return e.value();
  ExpressionNames names{coordinates_, unknowns_};
  const Expression one[] = {e};
  throw ExpressionError(fmt::format("a number is expected, and this depends on '{}'", to_string(leaves(one)[0], names)),
                        std::string(text), 0);
}

std::vector<std::string> ExpressionParser::known_names() const {
  std::vector<std::string> names = coordinates_;
  names.insert(names.end(), unknowns_.begin(), unknowns_.end());
  for (const auto& [name, definition] : parameters_) names.push_back(name);
  for (const auto& [name, definition] : functions_) names.push_back(name);
  for (const auto& [name, table] : tables_) names.push_back(name);
  for (std::string& name : built_in_names()) names.push_back(std::move(name));
  names.insert(names.end(), {"pi", "e"});
  return names;
}

}  // namespace residua
