// From deck text to expressions.
//
//     or:      and  { "||" and }                        1 or 0
//     and:     compare { "&&" compare }
//     compare: sum [ ("<" | "<=" | ">" | ">=" | "==" | "!=") sum ]
//     sum:     term { ("+" | "-") term }
//     term:    signed { ("*" | "/") signed }
//     signed:  ("-" | "+") signed | power
//     power:   primary [ ("^" | "**") signed ]          right-associative; -x^2 = -(x^2)
//     primary: number | name | name "(" or { "," or } ")" | "(" or ")"
//
// Names: coordinates, unknowns, parameters, user functions, tables; pi and e (which a deck's own names may hide); the
// functions of operation.hpp, ln, heaviside (= step), if (= where), min and max of two or more; d(f, x, x, t), the
// total derivative; laplacian(f), over the coordinates other than time. Definitions may refer to each other in any
// order.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "map/expression.hpp"
#include "map/expression_error.hpp"
#include "map/table.hpp"

namespace residua {

class ExpressionParser {
 public:
  /// Coordinate i and unknown j of the expressions, by name. `time` is the position of the time coordinate, or -1.
  ExpressionParser(std::vector<std::string> coordinates, std::vector<std::string> unknowns, int time = -1);

  /// name = text; parsed when first used, or by check().
  void define_parameter(const std::string& name, const std::string& text);
  /// A parameter that is an expression already, such as Expression::parameter(k).
  void define_parameter(const std::string& name, const Expression& value);
  /// signature = text, with signature "f(a, b)". Arguments hide other names.
  void define_function(const std::string& signature, const std::string& text);
  /// A function of the table's axes, in their order.
  void define_table(const std::string& name, std::shared_ptr<const Table> table);
  // Each throws ExpressionError when the name is no name, is taken, or is a built-in function's.

  /// Parses every definition, so that a mistake in an unused one is found. Throws ExpressionError.
  void check() const;

  /// Throws ExpressionError.
  Expression parse(std::string_view text) const;

  /// A number: parse() and an error when coordinates or unknowns are left in it.
  double parse_number(std::string_view text) const;

  /// Whether `text` is a name: a letter or underscore, then letters, digits, underscores.
  static bool is_name(std::string_view text);

 private:
  friend class FormulaReader;

  struct Definition {
    std::vector<std::string> arguments;
    std::string text;
    mutable std::optional<Expression> body;  ///< parsed, with argument k as the field argument_field + k
    mutable bool open = false;               ///< being parsed: meeting it again is recursion
  };
  /// Fields that stand for the arguments of a user function until it is called.
  static constexpr int argument_field = 1 << 20;

  void claim(const std::string& name, const std::string& text, std::size_t offset) const;
  const Expression& body(const std::string& name, const Definition& definition) const;
  std::vector<std::string> known_names() const;

  std::vector<std::string> coordinates_, unknowns_;
  int time_;
  std::map<std::string, Definition, std::less<>> parameters_, functions_;
  std::map<std::string, std::shared_ptr<const Table>, std::less<>> tables_;
};

}  // namespace residua
