#include "map/formula_reader.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "deck/nearest.hpp"
#include "map/derivative.hpp"

namespace residua {
namespace {

constexpr int max_depth = 200;  // of parentheses, signs and powers inside each other

bool starts_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool continues_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)); }

/// Counts a level of nesting for as long as it lives.
class Level {
 public:
  explicit Level(int& depth) : depth_(depth) { ++depth_; }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;
  ~Level() { --depth_; }

 private:
  int& depth_;
};

Expression logical_not(const Expression& a) { return apply(Op::equal, {a, 0.0}); }
/// 1 where a is not zero, else 0.
Expression truth(const Expression& a) {
  const bool already = a.op() == Op::less || a.op() == Op::less_equal || a.op() == Op::equal;
  return already ? a : logical_not(logical_not(a));
}

}  // namespace

FormulaReader::FormulaReader(const ExpressionParser& names, std::string text, std::string definition,
                             std::vector<std::string> arguments)
    : names_(names), text_(std::move(text)), definition_(std::move(definition)), arguments_(std::move(arguments)) {}

Expression FormulaReader::read() {
  skip_blanks();
  if (position_ == text_.size()) fail("empty formula", position_);
  Expression e = read_or();
  skip_blanks();
  if (position_ < text_.size()) {
    if (text_[position_] == ')') fail("')' without '('", position_);
    const char c = text_[position_];
    const bool operand = continues_name(c) || c == '(' || c == '.';
    fail(fmt::format("unexpected {} after the end of a formula{}", next_character(),
                     operand ? " (is an operator such as * missing?)" : ""),
         position_);
  }
  return e;
}

Expression FormulaReader::read_or() {
  Expression e = read_and();
  while (take("||")) e = apply(Op::max, {truth(e), truth(read_and())});
  return e;
}

Expression FormulaReader::read_and() {
  Expression e = read_comparison();
  while (take("&&")) e = truth(e) * truth(read_comparison());
  return e;
}

Expression FormulaReader::read_comparison() {
  const Expression a = read_sum();
  if (take("<=")) return apply(Op::less_equal, {a, read_sum()});
  if (take(">=")) return apply(Op::less_equal, {read_sum(), a});
  if (take("==")) return apply(Op::equal, {a, read_sum()});
  if (take("!=")) return logical_not(apply(Op::equal, {a, read_sum()}));
  if (take("<")) return apply(Op::less, {a, read_sum()});
  if (take(">")) return apply(Op::less, {read_sum(), a});
  return a;
}

Expression FormulaReader::read_sum() {
  std::vector<WeightedExpression> terms{{read_term(), 1}};
  const std::size_t offset = position_;
  while (true) {
    if (take("+"))
      terms.emplace_back(read_term(), 1);
    else if (take("-"))
      terms.emplace_back(read_term(), -1);
    else
      return terms.size() == 1 ? terms[0].first : finite(make_sum(0, std::move(terms)), offset);
  }
}

Expression FormulaReader::read_term() {
  Expression e = read_signed();
  while (true) {
    skip_blanks();
    const std::size_t offset = position_;
    if (take("*")) {
      e = finite(e * read_signed(), offset);
    } else if (take("/")) {
      skip_blanks();
      const std::size_t divisor_offset = position_;
      const Expression divisor = read_signed();
      if (divisor.is_constant(0)) fail("division by zero", divisor_offset);
      e = finite(e / divisor, offset);
    } else {
      return e;
    }
  }
}

Expression FormulaReader::read_signed() {
  const Level level(depth_);
  skip_blanks();
  if (depth_ > max_depth) fail(fmt::format("formula nested deeper than {}", max_depth), position_);
  if (take("-")) return -read_signed();
  if (take("+")) return read_signed();
  return read_power();
}

Expression FormulaReader::read_power() {
  const Expression base = read_primary();
  skip_blanks();
  const std::size_t offset = position_;
  if (!take("^") && !take("**")) return base;
  const Expression exponent = read_signed();
  if (base.is_constant(0) && exponent.is_constant() && exponent.value() < 0) fail("division by zero", offset);
  return finite(pow(base, exponent), offset);
}

Expression FormulaReader::read_primary() {
  skip_blanks();
  if (position_ == text_.size()) fail("formula ends where a number, name or '(' is expected", position_);
  const std::size_t offset = position_;
  const char c = text_[position_];
  if (is_digit(c) || (c == '.' && position_ + 1 < text_.size() && is_digit(text_[position_ + 1]))) return read_number();
  if (take("(")) {
    Expression e = read_or();
    expect(')', fmt::format("'(' at column {}", offset + 1));
    return e;
  }
  if (!starts_name(c))
    fail(fmt::format("unexpected {} where a number, name or '(' is expected", next_character()), offset);
  const std::string name = read_name();
  skip_blanks();
  if (position_ == text_.size() || text_[position_] != '(') return read_symbol(name, offset);
  if (name == "d") return read_derivative(offset);
  const Call reading = read_call(name, offset);
  return finite(at(offset, [&] { return call(reading); }), offset);
}

Expression FormulaReader::read_number() {
  double value = 0;
  const char* const begin = text_.data() + position_;
  const auto [end, code] = std::from_chars(begin, text_.data() + text_.size(), value);
  if (code == std::errc::result_out_of_range) fail("number outside the range of double precision", position_);
  position_ += static_cast<std::size_t>(end - begin);
  return value;
}

Expression FormulaReader::read_symbol(const std::string& name, std::size_t offset) {
  const auto position = [&](const std::vector<std::string>& list) {
    const auto it = std::ranges::find(list, name);
    return it == list.end() ? -1 : static_cast<int>(it - list.begin());
  };
  if (const int k = position(arguments_); k >= 0) return Expression::unknown(ExpressionParser::argument_field + k);
  if (const int i = position(names_.coordinates_); i >= 0) return Expression::coordinate(i);
  if (const int j = position(names_.unknowns_); j >= 0) return Expression::unknown(j);
  if (const auto it = names_.parameters_.find(name); it != names_.parameters_.end()) {
    if (it->second.open) fail(fmt::format("parameter '{}' is defined by itself", name), offset);
    return names_.body(name, it->second);
  }
  if (name == "pi") return std::numbers::pi;
  if (name == "e") return std::numbers::e;
  if (const auto it = names_.functions_.find(name); it != names_.functions_.end())
    fail(fmt::format("'{0}' is a function: write {0}({1})", name, name_list(it->second.arguments)), offset);
  if (const auto it = names_.tables_.find(name); it != names_.tables_.end())
    fail(fmt::format("'{0}' is a table: write {0}({1})", name, name_list(it->second->axes())), offset);
  if (built_in_function(name) != Op::constant || name == "laplacian")
    fail(fmt::format("'{0}' is a function: write {0}(...)", name), offset);
  fail(fmt::format("unknown symbol '{}'", name), offset, hint_for(name));
}

Expression FormulaReader::read_derivative(std::size_t offset) {
  take("(");
  Expression e = read_or();
  if (!take(",")) fail("d() needs an expression and at least one coordinate, as in d(u, x)", offset);
  do {
    const int i = read_coordinate();
    e = at(offset, [&] { return total_derivative(e, i); });
  } while (take(","));
  expect(')', "d(");
  return finite(e, offset);
}

int FormulaReader::read_coordinate() {
  skip_blanks();
  const std::size_t offset = position_;
  if (position_ < text_.size() && starts_name(text_[position_])) {
    const std::string name = read_name();
    const auto it = std::ranges::find(names_.coordinates_, name);
    const bool hidden = std::ranges::find(arguments_, name) != arguments_.end();
    skip_blanks();
    const bool ends = position_ == text_.size() || text_[position_] == ',' || text_[position_] == ')';
    if (it != names_.coordinates_.end() && !hidden && ends) return static_cast<int>(it - names_.coordinates_.begin());
    if (hidden) fail(fmt::format("'{}' is an argument of the function here, not a coordinate", name), offset);
  }
  const std::size_t stop = std::min(text_.find_first_of(",)", offset), text_.size());
  const std::string found = text_.substr(offset, stop - offset);
  fail(fmt::format("d() takes derivatives in a coordinate ({}), not in '{}'", name_list(names_.coordinates_), found),
       offset, nearest(found, names_.coordinates_).value_or(""));
}

std::string FormulaReader::read_name() {
  const std::size_t begin = position_;
  while (position_ < text_.size() && continues_name(text_[position_])) ++position_;
  return text_.substr(begin, position_ - begin);
}

bool FormulaReader::take(std::string_view token) {
  skip_blanks();
  if (text_.compare(position_, token.size(), token) != 0) return false;
  position_ += token.size();
  return true;
}

void FormulaReader::expect(char closing, const std::string& after) {
  if (take({&closing, 1})) return;
  if (position_ == text_.size()) fail(fmt::format("'{}' is missing after {}", closing, after), position_);
  fail(fmt::format("unexpected {} where '{}' is expected after {}", next_character(), closing, after), position_);
}

void FormulaReader::skip_blanks() {
  while (position_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[position_]))) ++position_;
}

/// The next character with quotes, all bytes of it when it is not ASCII.
std::string FormulaReader::next_character() const {
  std::size_t end = position_ + 1;
  while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xc0) == 0x80) ++end;
  return fmt::format("'{}'", text_.substr(position_, end - position_));
}

Expression FormulaReader::finite(Expression e, std::size_t offset) const {
  if (e.is_constant() && !std::isfinite(e.value()))
    fail(fmt::format("the result here is {}, not a finite number", e.value()), offset);
  return e;
}

void FormulaReader::fail(const std::string& message, std::size_t offset, std::string hint) const {
  throw ExpressionError(message, text_, offset, std::move(hint), definition_);
}

std::string FormulaReader::hint_for(const std::string& name) const {
  std::vector<std::string> names = arguments_;
  const std::vector<std::string> known = names_.known_names();
  names.insert(names.end(), known.begin(), known.end());
  return nearest(name, names).value_or("");
}

}  // namespace residua
