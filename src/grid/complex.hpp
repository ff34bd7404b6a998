// Complex numbers: their products, and arrays of real numbers seen as them.
#pragma once

#include <complex>
#include <span>

namespace residua {

using Complex = std::complex<double>;

/// a b, rounded before anything is added to it. GCC 12 fuses products and sums of complex numbers in the vector part of
/// a loop even where contraction is off, and then not in its tail.
inline double rounded_product(double a, double b) {
#if defined(__GNUC__) && __GNUC__ >= 12 && !defined(__clang__)
  return __builtin_assoc_barrier(a * b);
#else
  return a * b;
#endif
}

/// a b, without the checks for infinities of the operator.
inline Complex times(Complex a, Complex b) {
  return {rounded_product(a.real(), b.real()) - rounded_product(a.imag(), b.imag()),
          rounded_product(a.real(), b.imag()) + rounded_product(a.imag(), b.real())};
}

/// Real and imaginary part in turn.
inline std::span<const Complex> complex_span(std::span<const double> values) {
  return {reinterpret_cast<const Complex*>(values.data()), values.size() / 2};
}
inline std::span<Complex> complex_span(std::span<double> values) {
  return {reinterpret_cast<Complex*>(values.data()), values.size() / 2};
}
inline std::span<const double> real_span(std::span<const Complex> values) {
  return {reinterpret_cast<const double*>(values.data()), values.size() * 2};
}
inline std::span<double> real_span(std::span<Complex> values) {
  return {reinterpret_cast<double*>(values.data()), values.size() * 2};
}

}  // namespace residua
