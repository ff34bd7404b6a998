// Multi-indices: which partial derivative, D^alpha = prod_i (d/dx_i)^alpha_i.
#pragma once

#include <array>
#include <compare>
#include <cstdint>

namespace residua {

inline constexpr int max_coordinates = 16;  // of a point: in space and time, or the inputs of a network

struct MultiIndex {
  std::array<std::uint8_t, max_coordinates> order{};

  /// The index with a single 1 at `coordinate`.
  static constexpr MultiIndex unit(int coordinate) {
    MultiIndex a;
    a.order[coordinate] = 1;
    return a;
  }

  /// |alpha|, the order of the derivative.
  constexpr int total() const {
    int sum = 0;
    for (int o : order) sum += o;
    return sum;
  }

  constexpr std::uint8_t operator[](int i) const { return order[i]; }
  constexpr std::uint8_t& operator[](int i) { return order[i]; }

  constexpr MultiIndex operator+(const MultiIndex& b) const {
    MultiIndex c;
    for (int i = 0; i < max_coordinates; ++i) c.order[i] = order[i] + b.order[i];
    return c;
  }

  /// alpha - beta; the caller knows that beta <= alpha.
  constexpr MultiIndex operator-(const MultiIndex& b) const {
    MultiIndex c;
    for (int i = 0; i < max_coordinates; ++i) c.order[i] = order[i] - b.order[i];
    return c;
  }

  /// Componentwise beta <= alpha.
  constexpr bool contains(const MultiIndex& b) const {
    for (int i = 0; i < max_coordinates; ++i)
      if (b.order[i] > order[i]) return false;
    return true;
  }

  constexpr auto operator<=>(const MultiIndex&) const = default;
};

/// prod_i binomial(alpha_i, beta_i), the factor of D^beta in the Leibniz rule for D^alpha.
constexpr double binomial(const MultiIndex& alpha, const MultiIndex& beta) {
  double product = 1;
  for (int i = 0; i < max_coordinates; ++i)
    for (int k = 1; k <= beta[i]; ++k) product = product * (alpha[i] - beta[i] + k) / k;
  return product;
}

}  // namespace residua
