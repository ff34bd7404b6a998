#include "deck/arithmetic.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <numbers>

namespace residua {
namespace {

struct Function {
  std::string_view name;
  double (*apply)(double);
};

constexpr std::array functions{
    Function{"sqrt", [](double x) { return std::sqrt(x); }}, Function{"exp", [](double x) { return std::exp(x); }},
    Function{"log", [](double x) { return std::log(x); }},   Function{"sin", [](double x) { return std::sin(x); }},
    Function{"cos", [](double x) { return std::cos(x); }},   Function{"tan", [](double x) { return std::tan(x); }},
    Function{"tanh", [](double x) { return std::tanh(x); }}, Function{"abs", [](double x) { return std::abs(x); }}};

constexpr int deepest = 200;  // parentheses, signs and powers within one another

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Recursive descent; each member parses one level of the grammar and returns its value.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  double all() {
    const double value = sum();
    if (peek() != '\0') fail("expected an operator");
    return value;
  }

 private:
  double sum() {
    double value = product();
    for (;;) {
      if (accept("+")) {
        value += product();
      } else if (accept("-")) {
        value -= product();
      } else {
        return value;
      }
    }
  }

  double product() {
    double value = sign();
    for (;;) {
      if (accept("*")) {
        value *= sign();
      } else if (accept("/")) {
        value /= sign();
      } else {
        return value;
      }
    }
  }

  double sign() {
    if (++depth_ > deepest) fail("nested too deeply");
    const double value = accept("-") ? -sign() : accept("+") ? sign() : power();
    --depth_;
    return value;
  }

  double power() {
    const double base = atom();
    return accept("^") || accept("**") ? std::pow(base, sign()) : base;
  }

  double atom() {
    const char c = peek();
    if (is_digit(c) || c == '.') return number();
    if (is_letter(c)) return name();
    if (!accept("(")) fail("expected a number");
    return close();
  }

  double close() {
    const double value = sum();
    if (!accept(")")) fail("expected `)`");
    return value;
  }

  double number() {
    double value = 0;
    const auto [end, failure] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (failure != std::errc()) fail("not a number that fits a double");
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }

  double name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (word == "pi") return std::numbers::pi;
    if (word == "e") return std::numbers::e;
    for (const Function& function : functions) {
      if (word != function.name) continue;
      if (!accept("(")) fail(fmt::format("expected `(` after {}", word));
      return function.apply(close());
    }
    at_ = begin;
    fail(fmt::format("unknown name `{}` in arithmetic", word));
  }

  char peek() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  bool accept(std::string_view token) {
    peek();
    if (!text_.substr(at_).starts_with(token)) return false;
    if (token == "*" && text_.substr(at_).starts_with("**")) return false;
    at_ += token.size();
    return true;
  }

  [[noreturn]] void fail(const std::string& message) const { throw ArithmeticError(at_, message); }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

double arithmetic(std::string_view text) { return Parser(text).all(); }

}  // namespace residua
