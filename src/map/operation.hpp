// Operations: the one list of what an expression node or a program instruction can do, and what each function means.
//
// Conventions where a function has a jump: step(0) = 1, sign(0) = 0, comparisons give 1 or 0, and where(c, a, b) is
// a for c != 0. Derivatives (derivative.hpp) are those of the smooth pieces; a jump contributes nothing.
#pragma once

#include <cstdint>

#include <Kokkos_Macros.hpp>
#include <Kokkos_MathematicalFunctions.hpp>

namespace residua {

/// X(name, formula in a): functions of one argument.
#define RESIDUA_UNARY_FUNCTIONS(X)                   \
  X(sqrt, Kokkos::sqrt(a))                           \
  X(cbrt, Kokkos::cbrt(a))                           \
  X(exp, Kokkos::exp(a))                             \
  X(log, Kokkos::log(a))                             \
  X(log10, Kokkos::log10(a))                         \
  X(sin, Kokkos::sin(a))                             \
  X(cos, Kokkos::cos(a))                             \
  X(tan, Kokkos::tan(a))                             \
  X(asin, Kokkos::asin(a))                           \
  X(acos, Kokkos::acos(a))                           \
  X(atan, Kokkos::atan(a))                           \
  X(sinh, Kokkos::sinh(a))                           \
  X(cosh, Kokkos::cosh(a))                           \
  X(tanh, Kokkos::tanh(a))                           \
  X(asinh, Kokkos::asinh(a))                         \
  X(acosh, Kokkos::acosh(a))                         \
  X(atanh, Kokkos::atanh(a))                         \
  X(erf, Kokkos::erf(a))                             \
  X(erfc, Kokkos::erfc(a))                           \
  X(abs, Kokkos::fabs(a))                            \
  X(floor, Kokkos::floor(a))                         \
  X(sign, (a > 0 ? 1.0 : 0.0) - (a < 0 ? 1.0 : 0.0)) \
  X(step, a >= 0 ? 1.0 : 0.0)

/// X(name, formula in a and b): functions of two arguments. min and max keep a NaN of their first argument.
#define RESIDUA_BINARY_FUNCTIONS(X) \
  X(pow, Kokkos::pow(a, b))         \
  X(atan2, Kokkos::atan2(a, b))     \
  X(min, b < a ? b : a)             \
  X(max, a < b ? b : a)             \
  X(less, a < b ? 1.0 : 0.0)        \
  X(less_equal, a <= b ? 1.0 : 0.0) \
  X(equal, a == b ? 1.0 : 0.0)

enum class Op : std::uint8_t {
  // Nodes of expressions only.
  constant,
  coordinate,
  unknown,
  input,
  parameter,
  sum,
  product,
  // Functions: nodes and instructions.
  table,
  where,
#define RESIDUA_NAME(name, formula) name,
  RESIDUA_UNARY_FUNCTIONS(RESIDUA_NAME) RESIDUA_BINARY_FUNCTIONS(RESIDUA_NAME)
#undef RESIDUA_NAME
  // Instructions of programs only; k is the instruction's own number.
  fill,              // k
  load_parameter,    // a parameter, spread over the block
  copy,              // a
  add,               // a + b
  subtract,          // a - b
  multiply,          // a * b
  divide,            // a / b
  add_number,        // a + k
  number_minus,      // k - a
  multiply_number,   // k * a
  number_over,       // k / a
  multiply_add,      // a * b + c
  subtract_product,  // c - a * b
  scale_add,         // k * a + b
};

/// The value of a function of one argument.
KOKKOS_INLINE_FUNCTION double unary_function(Op op, double a) {
  switch (op) {
#define RESIDUA_CASE(name, formula) \
  case Op::name:                    \
    return formula;
    RESIDUA_UNARY_FUNCTIONS(RESIDUA_CASE)
#undef RESIDUA_CASE
    default:
      return 0;
  }
}

/// The value of a function of two arguments.
KOKKOS_INLINE_FUNCTION double binary_function(Op op, double a, double b) {
  switch (op) {
#define RESIDUA_CASE(name, formula) \
  case Op::name:                    \
    return formula;
    RESIDUA_BINARY_FUNCTIONS(RESIDUA_CASE)
#undef RESIDUA_CASE
    default:
      return 0;
  }
}

constexpr bool is_unary_function(Op op) { return op >= Op::sqrt && op <= Op::step; }
constexpr bool is_binary_function(Op op) { return op >= Op::pow && op <= Op::equal; }

/// "sin", "less_equal": the name of a function, for messages and the parser; "?" for what is not one.
constexpr const char* function_name(Op op) {
  switch (op) {
    case Op::where:
      return "where";
#define RESIDUA_CASE(name, formula) \
  case Op::name:                    \
    return #name;
      RESIDUA_UNARY_FUNCTIONS(RESIDUA_CASE)
      RESIDUA_BINARY_FUNCTIONS(RESIDUA_CASE)
#undef RESIDUA_CASE
    default:
      return "?";
  }
}

}  // namespace residua
