#include "solve/exponential_weights.hpp"

#include <algorithm>
#include <cmath>

#include "solve/phi.hpp"

namespace residua {
namespace {

void set_second(double h, std::span<const double> rates, ExponentialWeights& w) {
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const auto [e, one, two, three] = phi_functions(h * rates[i]);
    w[1][0][i] = w[2][0][i] = e;
    w[1][1][i] = h * one;
    w[2][1][i] = h * (one - two);
    w[2][2][i] = h * two;
  }
}

/// Cox and Matthews.
void set_fourth(double h, std::span<const double> rates, ExponentialWeights& w) {
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const auto [e, one, two, three] = phi_functions(h * rates[i]);
    const auto half = phi_functions(h / 2 * rates[i]);
    const double q = h / 2 * half[1];
    w[1][0][i] = w[2][0][i] = half[0];
    w[1][1][i] = w[2][2][i] = q;
    w[3][0][i] = w[4][0][i] = e;
    w[3][1][i] = (half[0] - 1) * q;
    w[3][3][i] = 2 * q;
    w[4][1][i] = h * (one - 3 * two + 4 * three);
    w[4][2][i] = w[4][3][i] = h * (2 * two - 4 * three);
    w[4][4][i] = h * (4 * three - two);
  }
}

// Dormand and Prince: a_kj, the last row b - b^; the nodes in parts of 1/90.
constexpr int pair_stages = 6;
constexpr std::array<int, 8> ninetieths = {0, 18, 27, 72, 80, 90, 90, 90};
constexpr std::array<std::array<double, 7>, 8> pair = {{
    {},
    {1.0 / 5},
    {3.0 / 40, 9.0 / 40},
    {44.0 / 45, -56.0 / 15, 32.0 / 9},
    {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
    {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
    {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84},
    {71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40},
}};

/// Values at so many rates. All loops have this length, also for the last rates: a compiler's way with what is left of
/// a loop is no part of the result.
using Block = std::array<double, 64>;

/// [j]: e^{jz/90} - 1, for the j that are nodes or differences of them. Both terms of e^{a + b} - 1 = (e^a - 1) +
/// (e^b - 1) e^a have one sign, so that no digits are lost, and two calls of expm1 are enough.
using Powers = std::array<Block, 91>;

void set_powers(const Block& z, Powers& less_one) {
  const auto multiply = [&](int i, int j) {
    const Block &a = less_one[i], &b = less_one[j];
    Block& both = less_one[i + j];
    for (std::size_t at = 0; at < both.size(); ++at) both[at] = std::fma(b[at], 1 + a[at], a[at]);
  };
  less_one[0] = {};
  for (std::size_t at = 0; at < z.size(); ++at) {
    less_one[1][at] = std::expm1(z[at] / 90);
    less_one[8][at] = std::expm1(z[at] * 8 / 90);
  }
  multiply(1, 8);
  multiply(1, 9);
  multiply(9, 9);
  multiply(9, 18);
  multiply(18, 27);
  multiply(27, 27);
  multiply(9, 54);
  multiply(9, 63);
  multiply(8, 45);
  multiply(8, 54);
  multiply(8, 72);
  multiply(18, 72);
}

/// out <- c h phi_1(c z), with e^{cz} - 1 at hand.
void set_constant_part(double c, double h, const Block& z, const Block& less_one, Block& out) {
  for (std::size_t at = 0; at < z.size(); ++at) out[at] = z[at] == 0 ? h * c : h * (less_one[at] / z[at]);
}

void set_fifth(double h, std::span<const double> rates, ExponentialWeights& w) {
  Powers less_one;
  for (std::size_t first = 0; first < rates.size(); first += Block().size()) {
    const std::size_t count = std::min(Block().size(), rates.size() - first);
    const auto store = [&](const Block& from, std::vector<double>& to) {
      std::copy_n(from.begin(), count, to.begin() + static_cast<std::ptrdiff_t>(first));
    };
    Block z = {}, begin = {}, term;
    for (std::size_t at = 0; at < count; ++at) z[at] = h * rates[first + at];
    set_powers(z, less_one);
    for (int k = 1; k <= pair_stages + 1; ++k) {
      const Block& whole = less_one[ninetieths[k]];
      if (k <= pair_stages) {
        for (std::size_t at = 0; at < term.size(); ++at) term[at] = 1 + whole[at];
        store(term, w[k][0]);
        set_constant_part(ninetieths[k] / 90.0, h, z, whole, begin);
      } else {
        begin = {};
      }
      for (int j = 1; j < k; ++j) {
        if (pair[k][j] == 0) continue;
        const Block& rest = less_one[ninetieths[k] - ninetieths[j]];
        for (std::size_t at = 0; at < term.size(); ++at) term[at] = h * pair[k][j] * (1 + rest[at]);
        for (std::size_t at = 0; at < term.size(); ++at) begin[at] -= term[at];
        store(term, w[k][j + 1]);
      }
      store(begin, w[k][1]);
    }
  }
}

/// Which weights there are: [k] the terms.
std::vector<std::vector<int>> terms_of(int order) {
  if (order == 2) return {{}, {0, 1}, {0, 1, 2}};
  if (order == 4) return {{}, {0, 1}, {0, 2}, {0, 1, 3}, {0, 1, 2, 3, 4}};
  std::vector<std::vector<int>> terms(1);
  for (int k = 1; k <= pair_stages + 1; ++k) {
    std::vector<int>& row = terms.emplace_back();
    if (k <= pair_stages) row.push_back(0);
    for (int j = 0; j < k; ++j)
      if (pair[k][j] != 0) row.push_back(j + 1);
  }
  return terms;
}

}  // namespace

ExponentialOrder exponential_order(int order) {
  if (order == 2) return {.stages = 2, .error = 0, .nodes = {0, 1, 1}};
  if (order == 4) return {.stages = 4, .error = 0, .nodes = {0, 0.5, 0.5, 1, 1}};
  ExponentialOrder of_pair{.stages = pair_stages, .error = 5, .nodes = {}};
  for (int k = 0; k <= pair_stages; ++k) of_pair.nodes[k] = ninetieths[k] / 90.0;
  return of_pair;
}

void set_exponential_weights(int order, double h, std::span<const double> rates, ExponentialWeights& w) {
  const std::vector<std::vector<int>> terms = terms_of(order);
  for (std::size_t k = 0; k < terms.size(); ++k)
    for (const int term : terms[k]) w[k][term].resize(rates.size());
  if (order == 2)
    set_second(h, rates, w);
  else if (order == 4)
    set_fourth(h, rates, w);
  else
    set_fifth(h, rates, w);
}

}  // namespace residua
