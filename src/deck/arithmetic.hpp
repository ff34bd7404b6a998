// Numbers written as arithmetic, "0.01/pi": + - * / ^ (or **), parentheses, pi and e, and
// sqrt exp log sin cos tan tanh abs of one argument. As in Fortran and Python, -2^2 is -4 and 2^3^2 is 2^9.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace residua {

class ArithmeticError : public std::runtime_error {
 public:
  ArithmeticError(std::size_t at, const std::string& message) : std::runtime_error(message), offset(at) {}

  std::size_t offset;  ///< in bytes, where in the text
};

/// The value of `text`; it may be infinite or not a number. Throws ArithmeticError.
double arithmetic(std::string_view text);

}  // namespace residua
