// Activation functions and their derivatives of any order on packs.
//
// `evaluate` gives y = sigma(z) and `kept` further numbers; `derivatives` then gives sigma^(k)(z), k = 0 .. n, from
// these, with no transcendental function: the reverse pass needs one order more than the forward pass did.
//
//     tanh   y' = 1 - y^2, and Leibniz' rule:  y^(k+1) = - sum_j binomial(k, j) y^(j) y^(k-j)
//     sin    keeps cos z
//     gelu   keeps Phi(z) and phi(z):  (z Phi)^(k) = z Phi^(k) + k Phi^(k-1),  phi^(k+1) = -(z phi^(k) + k phi^(k-1))
#pragma once

#include "map/activation.hpp"
#include "map/vector_math.hpp"

namespace residua {

/// Jets need derivatives of sigma up to the order of the channels, and one more in the reverse pass.
inline constexpr int max_activation_order = 9;

template <Activation kind>
struct ActivationKernel;

template <>
struct ActivationKernel<Activation::tanh> {
  static constexpr int kept = 0;

  template <class V>
  static KOKKOS_FORCEINLINE_FUNCTION V evaluate(V z, V*) {
    return vector_tanh(z);
  }

  template <int n, class V>
  static KOKKOS_FORCEINLINE_FUNCTION void derivatives(V, V y, const V*, V* s) {
    s[0] = y;
    if constexpr (n >= 1) s[1] = 1.0 - y * y;
    // The sum is symmetric: terms j and k - j are equal.
    for (int k = 1; k < n; ++k) {
      double binomial = 1;
      V sum = spread<V>(0.0);
      for (int j = 0; 2 * j <= k; ++j) {
        sum = fma((2 * j == k ? -1.0 : -2.0) * binomial, s[j] * s[k - j], sum);
        binomial = binomial * (k - j) / (j + 1);
      }
      s[k + 1] = sum;
    }
  }
};

template <>
struct ActivationKernel<Activation::sin> {
  static constexpr int kept = 1;

  template <class V>
  static KOKKOS_FORCEINLINE_FUNCTION V evaluate(V z, V* keep) {
    const SineCosine<V> f = vector_sincos(z);
    keep[0] = f.cosine;
    return f.sine;
  }

  template <int n, class V>
  static KOKKOS_FORCEINLINE_FUNCTION void derivatives(V, V y, const V* keep, V* s) {
    for (int k = 0; k <= n; ++k) {
      const V value = k % 2 ? keep[0] : y;
      s[k] = k % 4 < 2 ? value : -value;
    }
  }
};

template <>
struct ActivationKernel<Activation::gelu> {
  static constexpr int kept = 2;

  template <class V>
  static KOKKOS_FORCEINLINE_FUNCTION V evaluate(V z, V* keep) {
    const NormalDistribution<V> f = vector_normal(z);
    keep[0] = f.distribution;
    keep[1] = f.density;
    return z * f.distribution;
  }

  template <int n, class V>
  static KOKKOS_FORCEINLINE_FUNCTION void derivatives(V z, V y, const V* keep, V* s) {
    s[0] = y;
    V previous = keep[0], current = keep[1];  // Phi^(k-1), Phi^(k)
    for (int k = 1; k <= n; ++k) {
      s[k] = fma(z, current, k * previous);
      const V next = -fma(z, current, (k - 1) * previous);
      previous = current;
      current = next;
    }
  }
};

}  // namespace residua
