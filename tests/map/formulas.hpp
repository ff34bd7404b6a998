// Random formulas as deck text, each with a function that means the same and shares no code with src/map.
#pragma once

#include <complex>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace residua::testing {

using Complex = std::complex<double>;
using Values = std::vector<Complex>;

struct Formula {
  std::string text;
  std::function<Complex(const Values&)> value;
};

class FormulaMaker {
 public:
  FormulaMaker(unsigned seed, std::vector<std::string> names) : random_(seed), names_(std::move(names)) {}

  /// Analytic near the real axis and of moderate size for arguments in [-1, 1].
  Formula make(int depth) {
    if (depth == 0 || pick(8) == 0) return leaf();
    const Formula a = make(depth - 1), b = make(depth - 1);
    const auto f = a.value, g = b.value;
    switch (pick(16)) {
      case 0:
        return {"(" + a.text + " + " + b.text + ")", [f, g](const Values& v) { return f(v) + g(v); }};
      case 1:
        return {"(" + a.text + " - " + b.text + ")", [f, g](const Values& v) { return f(v) - g(v); }};
      case 2:
        return {"sin(" + a.text + ")*" + b.text, [f, g](const Values& v) { return std::sin(f(v)) * g(v); }};
      case 3:
        return {"cos(" + a.text + ")", [f](const Values& v) { return std::cos(f(v)); }};
      case 4:
        return {"(" + a.text + ")/(2 + sin(" + b.text + "))",
                [f, g](const Values& v) { return f(v) / (2.0 + std::sin(g(v))); }};
      case 5:
        return {"tanh(" + a.text + ")", [f](const Values& v) { return std::tanh(f(v)); }};
      case 6:
        return {"exp(-(" + a.text + ")^2)", [f](const Values& v) { return std::exp(-f(v) * f(v)); }};
      case 7:
        return {"sqrt(1 + (" + a.text + ")**2)", [f](const Values& v) { return std::sqrt(1.0 + f(v) * f(v)); }};
      case 8:
        return {"log(3 + cos(" + a.text + "))", [f](const Values& v) { return std::log(3.0 + std::cos(f(v))); }};
      case 9:
        return {"-atan(" + a.text + ")^3", [f](const Values& v) { return -std::pow(std::atan(f(v)), 3); }};
      case 10:
        return {"(2 + sin(" + a.text + "))^-2.5",
                [f](const Values& v) { return std::pow(2.0 + std::sin(f(v)), -2.5); }};
      case 11:
        return {"(1.5 + tanh(" + a.text + "))^(0.5*sin(" + b.text + "))",
                [f, g](const Values& v) { return std::pow(1.5 + std::tanh(f(v)), 0.5 * std::sin(g(v))); }};
      case 12:
        return {"asinh(" + a.text + ")*" + number(0.25), [f](const Values& v) { return std::asinh(f(v)) * 0.25; }};
      case 13:
        return {"sin(" + a.text + ")^5/3", [f](const Values& v) { return std::pow(std::sin(f(v)), 5) / 3.0; }};
      case 14:
        return {"(" + a.text + ")*(" + a.text + ")/(1 + (" + a.text + ")^2)",
                [f](const Values& v) { return f(v) * f(v) / (1.0 + f(v) * f(v)); }};
      default:
        return {"asin(tanh(" + a.text + ")/2)", [f](const Values& v) { return std::asin(std::tanh(f(v)) / 2.0); }};
    }
  }

  double point() { return std::uniform_real_distribution<double>(-1, 1)(random_); }

 private:
  int pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }

  static std::string number(double x) { return std::to_string(x); }

  Formula leaf() {
    if (pick(4) == 0) {
      const double x = 0.25 * (1 + pick(8));
      return {number(x), [x](const Values&) { return Complex(x); }};
    }
    const auto k = static_cast<std::size_t>(pick(static_cast<int>(names_.size())));
    return {names_[k], [k](const Values& v) { return v[k]; }};
  }

  std::mt19937 random_;
  std::vector<std::string> names_;
};

}  // namespace residua::testing
