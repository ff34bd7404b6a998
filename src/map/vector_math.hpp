// Elementary functions on packs (kernels/pack.hpp): branch-free but for the range reduction of huge angles, the same
// bits in every lane and at every position. Polynomials are minimax (Remez) or Chebyshev fits in extended precision.
//
//     exp, sin, cos, tanh          within 2 ulp of the exact value, on all doubles
//     normal                       within 5 ulp, relative, also in the tails
#pragma once

#include "map/kernels/pack.hpp"

namespace residua {

namespace detail {

inline constexpr double round_magic = 0x1.8p52;  ///< x + magic has round(x) in its low bits, |x| < 2^51

/// Rounds to the nearest integer, as a number and as bits.
template <class V>
struct Rounded {
  V value;
  IntegersOf<V> integer;
};

template <class V>
KOKKOS_FORCEINLINE_FUNCTION Rounded<V> round_scaled(V x, double scale) {
  const V shifted = fma(scale, x, spread<V>(round_magic));
  return {shifted - round_magic, bits(shifted) - Kokkos::bit_cast<std::int64_t>(double{round_magic})};
}

/// 2^n for -1022 <= n <= 1023.
template <class V>
KOKKOS_FORCEINLINE_FUNCTION V power_of_two(IntegersOf<V> n) {
  return from_bits<V>((n + 1023) << 52);
}

/// c_0 + c_1 x + ... by Horner's rule in x^2 for the even and the odd terms: two chains that run side by side.
template <class V, int n>
KOKKOS_FORCEINLINE_FUNCTION V polynomial(V x, const double (&c)[n]) {
  const V square = x * x;
  V last = spread<V>(c[n - 1]), other = spread<V>(c[n - 2]);
  RESIDUA_UNROLL
  for (int i = n - 3; i >= 0; --i) {
    V& sum = (n - 1 - i) % 2 ? other : last;
    sum = fma(sum, square, spread<V>(c[i]));
  }
  return n % 2 ? fma(other, x, last) : fma(last, x, other);
}

inline constexpr double log2_e = 0x1.71547652b82fep+0;
inline constexpr double ln2_high = 0x1.62e42fefa39efp-1, ln2_low = 0x1.abc9e3b39803fp-56;

/// exp(r) - 1 - r for |r| <= ln 2 / 2.
template <class V>
KOKKOS_FORCEINLINE_FUNCTION V expm1_rest(V r) {
  constexpr double c[] = {0.1666666666666668,    0.041666666666619466,   0.008333333333318949,
                          0.0013888888920762406, 0.00019841269894406506, 2.4801515980323523e-05,
                          2.755723502102557e-06, 2.7622390450690766e-07, 2.511240988280032e-08};
  return r * r * fma(r, polynomial(r, c), spread<V>(0.5));
}

/// sin r and cos r on |r| <= pi / 4.
template <class V>
KOKKOS_FORCEINLINE_FUNCTION V reduced_sin(V r) {
  constexpr double c[] = {-0.16666666666666632,   0.008333333333322316,   -0.00019841269829725278,
                          2.7557313662053693e-06, -2.505075326119624e-08, 1.589650464569696e-10};
  const V square = r * r;
  return fma(r * square, polynomial(square, c), r);
}

template <class V>
KOKKOS_FORCEINLINE_FUNCTION V reduced_cos(V r) {
  constexpr double c[] = {0.0416666666666666,      -0.0013888888888873992, 2.4801587289395665e-05,
                          -2.7557314326215896e-07, 2.0875719580675432e-09, -1.1359449679270247e-11};
  const V square = r * r, half = 0.5 * square, high = 1.0 - half;
  return high + fma(square * square, polynomial(square, c), (1.0 - high) - half);
}

}  // namespace detail

/// e^x.
template <class V>
KOKKOS_FORCEINLINE_FUNCTION V vector_exp(V x) {
  x = x > 710.0 ? spread<V>(710.0) : x;
  x = x < -746.0 ? spread<V>(-746.0) : x;
  const auto n = detail::round_scaled(x, detail::log2_e);
  const V r = fma(-detail::ln2_low, n.value, fma(-detail::ln2_high, n.value, x));
  const V m = r + detail::expm1_rest(r);
  const IntegersOf<V> half = n.integer >> 1;  // two factors: the result may overflow or be subnormal
  const V scale = detail::power_of_two<V>(half);
  return fma(scale, m, scale) * detail::power_of_two<V>(n.integer - half);
}

/// tanh x = m / (m + 2) with m = e^2|x| - 1, which keeps its relative accuracy for small x.
template <class V>
KOKKOS_FORCEINLINE_FUNCTION V vector_tanh(V x) {
  const V a = absolute(x);
  const V twice = a > 20.0 ? spread<V>(40.0) : a + a;
  const auto n = detail::round_scaled(twice, detail::log2_e);
  const V scale = detail::power_of_two<V>(n.integer);
  const V r = fma(-detail::ln2_high, n.value, twice);  // exact; ln 2's low part goes to the rest, n being small
  const V rest_of_m = fma(-detail::ln2_low, n.value, detail::expm1_rest(r));
  const V m = fma(scale, rest_of_m, fma(scale, r, scale - 1.0));
  // The quotient, corrected for the roundings of m + 2 and of the division.
  const V sum = m + 2.0, rest = m - (sum - 2.0), inverse = 1.0 / sum, quotient = m * inverse;
  const V missing = fma(-quotient, rest, fma(-quotient, sum, m));
  return copy_sign(fma(missing, inverse, quotient), x);
}

template <class V>
struct SineCosine {
  V sine, cosine;
};

/// sin x and cos x. |x| > 1e6 goes to the scalar library, lane by lane.
template <class V>
KOKKOS_FORCEINLINE_FUNCTION SineCosine<V> vector_sincos(V x) {
  constexpr double two_over_pi = 0x1.45f306dc9c883p-1;
  constexpr double high = 0x1.921fb54442d18p+0, middle = 0x1.1a62633145c07p-54, low = -0x1.f1976b7ed8fbcp-110;
  const auto n = detail::round_scaled(x, two_over_pi);
  const V r = fma(-low, n.value, fma(-middle, n.value, fma(-high, n.value, x)));
  const V s = detail::reduced_sin(r), c = detail::reduced_cos(r);
  const auto odd = (n.integer & 1) != 0;
  const IntegersOf<V> sine_sign = (n.integer & 2) << 62, cosine_sign = ((n.integer + 1) & 2) << 62;
  SineCosine<V> result{from_bits<V>(bits(odd ? c : s) ^ sine_sign), from_bits<V>(bits(odd ? s : c) ^ cosine_sign)};
  if (any(!(absolute(x) <= 1e6)))
    result = {each_lane(x, [](double a) { return Kokkos::sin(a); }),
              each_lane(x, [](double a) { return Kokkos::cos(a); })};
  return result;
}

template <class V>
struct NormalDistribution {
  V density;       ///< phi(x) = exp(-x^2 / 2) / sqrt(2 pi)
  V distribution;  ///< Phi(x), the integral of phi up to x
};

/// Phi(-a) = phi(a) M(a) for a >= 0, with Mills' ratio M, over sqrt(2 pi), as a polynomial in (a - 5) / (a + 5) over
/// a + 1.
template <class V>
KOKKOS_FORCEINLINE_FUNCTION NormalDistribution<V> vector_normal(V x) {
  constexpr double c[] = {
      0.46151582985003775,    -0.09155228183400882,   0.03103036842596353,     0.010002352385206146,
      -0.026401042966310427,  0.024536963244424552,   -0.015170415402181949,   0.006522000656804358,
      -0.001676072351862632,  7.791686150463118e-06,  0.00018233421944993206,  -5.360801018000103e-05,
      -9.896525560639974e-06, 9.061107610093406e-06,  -6.884514926387117e-08,  -1.3097901375584717e-06,
      1.2459795654094675e-07, 1.9866282851164474e-07, -2.1925245009685105e-08, -3.185646603770505e-08,
      3.961685674983199e-10,  3.962538366550759e-09,  7.415036428254877e-10};
  V a = absolute(x);
  a = a > 39.0 ? spread<V>(39.0) : a;
  const V square = a * a, rounding = fma(a, a, -square);
  V exponential = vector_exp(-0.5 * square);
  exponential = fma(-0.5 * rounding, exponential, exponential);
  const V tail = exponential * (detail::polynomial((a - 5.0) / (a + 5.0), c) / (a + 1.0));
  return {0.3989422804014327 * exponential, x < 0.0 ? tail : 1.0 - tail};
}

}  // namespace residua
