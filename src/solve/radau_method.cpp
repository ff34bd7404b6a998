#include "solve/radau_method.hpp"

#include <cmath>

#include "solve/lapack.hpp"

namespace residua {
namespace {

/// P_n(x) and its derivative on [-1, 1], x < 1.
struct Legendre {
  double value, slope;
};

Legendre legendre(int n, double x) {
  double p = 1, q = 0;
  for (int k = 1; k <= n; ++k) {
    const double next = ((2 * k - 1) * x * p - (k - 1) * q) / k;
    q = p;
    p = next;
  }
  return {p, n * (x * p - q) / (x * x - 1)};
}

/// 0, c_1, ..., c_s: zeros of P_s - P_{s-1}, by Newton's method with the zeros found so far divided out.
std::vector<double> radau_nodes(int s) {
  std::vector<double> found = {1.0};
  for (int k = 1; k < s; ++k) {
    double x = -1 + 1e-3;  // left of all that remain, from where the iteration is monotone
    for (int iteration = 0; iteration < 100; ++iteration) {
      const Legendre a = legendre(s, x), b = legendre(s - 1, x);
      double inverse = (a.slope - b.slope) / (a.value - b.value);
      for (const double z : found) inverse -= 1 / (x - z);
      const double step = 1 / inverse;
      x -= step;
      if (std::abs(step) < 1e-15) break;
    }
    found.insert(found.end() - 1, x);
  }
  std::vector<double> nodes = {0.0};
  for (const double x : found) nodes.push_back((1 + x) / 2);
  return nodes;
}

/// Columns solve the system, in place of the right-hand sides [n][count] (column-major).
template <class Number>
void solve(int n, std::vector<Number> a, std::vector<Number>& b, int count) {
  for (int c = 0; c < n; ++c) {
    int pivot = c;
    for (int r = c + 1; r < n; ++r)
      if (std::abs(a[c * n + r]) > std::abs(a[c * n + pivot])) pivot = r;
    for (int k = 0; k < n; ++k) std::swap(a[k * n + c], a[k * n + pivot]);
    for (int k = 0; k < count; ++k) std::swap(b[k * n + c], b[k * n + pivot]);
    for (int r = 0; r < n; ++r) {
      if (r == c) continue;
      const Number factor = a[c * n + r] / a[c * n + c];
      for (int k = c; k < n; ++k) a[k * n + r] -= factor * a[k * n + c];
      for (int k = 0; k < count; ++k) b[k * n + r] -= factor * b[k * n + c];
    }
  }
  for (int r = 0; r < n; ++r)
    for (int k = 0; k < count; ++k) b[k * n + r] /= a[r * n + r];
}

template <class Number>
std::vector<Number> identity(int n) {
  std::vector<Number> one(n * n);
  for (int i = 0; i < n; ++i) one[i * n + i] = 1;
  return one;
}

}  // namespace

RadauMethod::RadauMethod(int stages) : s(stages), nodes(radau_nodes(stages)) {
  const int n = s + 1;
  std::vector<double> weights(n, 1.0);
  for (int i = 0; i < n; ++i)
    for (int k = 0; k < n; ++k)
      if (k != i) weights[i] /= nodes[i] - nodes[k];
  derivative.resize(s * n);
  for (int i = 1; i < n; ++i) {
    double sum = 0;
    for (int k = 0; k < n; ++k) {
      if (k == i) continue;
      derivative[(i - 1) * n + k] = weights[k] / weights[i] / (nodes[i] - nodes[k]);
      sum += derivative[(i - 1) * n + k];
    }
    derivative[(i - 1) * n + i] = -sum;
  }

  std::vector<double> inverse(s * s), real(s), imaginary(s), vectors(s * s), work(10 * s);
  for (int i = 0; i < s; ++i)
    for (int k = 0; k < s; ++k) inverse[k * s + i] = derivative[i * n + k + 1];
  const int one = 1, length = 10 * s;
  int info = 0;
  dgeev_("N", "V", &s, inverse.data(), &s, real.data(), imaginary.data(), nullptr, &one, vectors.data(), &s,
         work.data(), &length, &info);
  lapack::check(info, "geev");
  std::vector<std::complex<double>> all(s * s);
  for (int k = 0; k < s; ++k)
    for (int i = 0; i < s; ++i) {
      const int first = imaginary[k] < 0 ? k - 1 : k;  // a pair's columns hold the real and the imaginary part
      all[k * s + i] = imaginary[k] == 0 ? std::complex<double>(vectors[k * s + i])
                                         : std::complex<double>(vectors[first * s + i],
                                                                (k == first ? 1 : -1) * vectors[(first + 1) * s + i]);
    }
  std::vector<std::complex<double>> inverse_vectors = identity<std::complex<double>>(s);
  solve(s, all, inverse_vectors, s);
  for (int k = 0; k < s; ++k) {
    if (imaginary[k] < 0) continue;
    eigenvalues.emplace_back(real[k], imaginary[k]);
    for (int i = 0; i < s; ++i) {
      right.push_back(all[k * s + i]);
      left.push_back(inverse_vectors[i * s + k]);
    }
  }

  std::vector<double> vandermonde(n * n), coefficients = identity<double>(n);
  for (int i = 0; i < n; ++i)
    for (int k = 0; k < n; ++k) {
      const double x = 2 * nodes[i] - 1;
      vandermonde[k * n + i] = x == 1 ? 1 : legendre(k, x).value;
    }
  solve(n, vandermonde, coefficients, n);
  for (int i = 0; i < n; ++i) {
    last.push_back(coefficients[i * n + s]);
    last_but_one.push_back(coefficients[i * n + s - 1]);
  }
}

std::vector<double> RadauMethod::lagrange(double x) const {
  std::vector<double> values(nodes.size(), 1.0);
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (std::size_t k = 0; k < nodes.size(); ++k)
      if (k != i) values[i] *= (x - nodes[k]) / (nodes[i] - nodes[k]);
  return values;
}

}  // namespace residua
