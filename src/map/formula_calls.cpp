// What a formula may call: built-in functions, functions and tables of the deck, laplacian.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "deck/nearest.hpp"
#include "map/derivative.hpp"
#include "map/formula_reader.hpp"
#include "map/substitute.hpp"

namespace residua {
namespace {

using NamedOp = std::pair<std::string_view, Op>;

constexpr auto built_ins = std::to_array<NamedOp>({
    {"sqrt", Op::sqrt},   {"cbrt", Op::cbrt},   {"exp", Op::exp},     {"log", Op::log},   {"ln", Op::log},
    {"log10", Op::log10}, {"sin", Op::sin},     {"cos", Op::cos},     {"tan", Op::tan},   {"asin", Op::asin},
    {"acos", Op::acos},   {"atan", Op::atan},   {"sinh", Op::sinh},   {"cosh", Op::cosh}, {"tanh", Op::tanh},
    {"asinh", Op::asinh}, {"acosh", Op::acosh}, {"atanh", Op::atanh}, {"erf", Op::erf},   {"erfc", Op::erfc},
    {"abs", Op::abs},     {"floor", Op::floor}, {"sign", Op::sign},   {"step", Op::step}, {"heaviside", Op::step},
    {"pow", Op::pow},     {"atan2", Op::atan2}, {"min", Op::min},     {"max", Op::max},   {"if", Op::where},
    {"where", Op::where},
});

std::string counted(std::size_t n, const std::string& noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

}  // namespace

Op built_in_function(std::string_view name) {
  const auto it = std::ranges::find(built_ins, name, &NamedOp::first);
  return it == built_ins.end() ? Op::constant : it->second;
}

std::vector<std::string> built_in_names() {
  std::vector<std::string> names{"d", "laplacian"};
  for (const auto& [name, op] : built_ins) names.emplace_back(name);
  return names;
}

std::string name_list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

FormulaReader::Call FormulaReader::read_call(const std::string& name, std::size_t offset) {
  Call reading{name, offset, {}, {}};
  take("(");
  if (take(")")) return reading;
  do {
    skip_blanks();
    reading.offsets.push_back(position_);
    reading.arguments.push_back(read_or());
  } while (take(","));
  expect(')', name + "(");
  return reading;
}

void FormulaReader::need(const Call& call, std::size_t count, const std::string& what) const {
  const std::size_t given = call.arguments.size();
  if (given == count) return;
  fail(fmt::format("{}() takes {}{}, and {} given", call.name, counted(count, "argument"),
                   what.empty() ? "" : " (" + what + ")", given == 1 ? "1 is" : fmt::format("{} are", given)),
       given > count ? call.offsets[count] : call.offset);
}

Expression FormulaReader::call(const Call& call) {
  if (const Op op = built_in_function(call.name); op != Op::constant) return call_built_in(call, op);
  if (call.name == "laplacian") return laplacian(call);
  if (names_.functions_.contains(call.name)) return call_user_function(call);
  if (const auto it = names_.tables_.find(call.name); it != names_.tables_.end()) {
    need(call, it->second->axes().size(), name_list(it->second->axes()));
    return Expression::table(it->second, call.arguments);
  }
  const auto is_value = [&](const auto& list) { return std::ranges::find(list, call.name) != list.end(); };
  if (is_value(arguments_) || is_value(names_.coordinates_) || is_value(names_.unknowns_) ||
      names_.parameters_.contains(call.name))
    fail(fmt::format("'{0}' is not a function: write {0} alone, or {0}*(...) for a product", call.name), call.offset);
  std::vector<std::string> functions = built_in_names();
  for (const auto& [name, function] : names_.functions_) functions.push_back(name);
  for (const auto& [name, table] : names_.tables_) functions.push_back(name);
  fail(fmt::format("unknown function '{}'", call.name), call.offset, nearest(call.name, functions).value_or(""));
}

Expression FormulaReader::call_built_in(const Call& call, Op op) {
  if (op == Op::where) {
    need(call, 3, "condition, value if true, value if false");
  } else if (op == Op::min || op == Op::max) {
    if (call.arguments.size() < 2)
      fail(fmt::format("{}() takes two or more arguments, and {} given", call.name,
                       call.arguments.empty() ? "none is" : "1 is"),
           call.offset);
    Expression e = call.arguments[0];
    for (std::size_t k = 1; k < call.arguments.size(); ++k) e = apply(op, {e, call.arguments[k]});
    return e;
  } else {
    need(call, is_binary_function(op) ? 2 : 1);
  }
  return apply(op, call.arguments);
}

Expression FormulaReader::call_user_function(const Call& call) {
  const auto& function = names_.functions_.find(call.name)->second;
  need(call, function.arguments.size(), name_list(function.arguments));
  if (function.open) fail(fmt::format("function '{}' is defined by itself", call.name), call.offset);
  return substitute(names_.body(call.name, function), [&](const Expression& leaf) {
    const bool argument = leaf.op() == Op::unknown && leaf.index() >= ExpressionParser::argument_field;
    if (!argument) return leaf;
    return total_derivative(call.arguments[static_cast<std::size_t>(leaf.index() - ExpressionParser::argument_field)],
                            leaf.alpha());
  });
}

Expression FormulaReader::laplacian(const Call& call) {
  need(call, 1);
  std::vector<WeightedExpression> terms;
  for (int i = 0; i < static_cast<int>(names_.coordinates_.size()); ++i)
    if (i != names_.time_) terms.emplace_back(total_derivative(total_derivative(call.arguments[0], i), i), 1);
  if (terms.empty()) fail("laplacian() needs a coordinate other than time", call.offset);
  return make_sum(0, std::move(terms));
}

}  // namespace residua
