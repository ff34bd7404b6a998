#include "solve/band_matrix.hpp"

#include <algorithm>

#include "solve/lapack.hpp"

namespace residua {
namespace {

using Complex = std::complex<double>;

void getrf(int n, double* a, int* pivots, int* info) { dgetrf_(&n, &n, a, &n, pivots, info); }
void getrf(int n, Complex* a, int* pivots, int* info) { zgetrf_(&n, &n, a, &n, pivots, info); }
void gbtrf(int n, int kl, int ku, double* a, int ld, int* pivots, int* info) {
  dgbtrf_(&n, &n, &kl, &ku, a, &ld, pivots, info);
}
void gbtrf(int n, int kl, int ku, Complex* a, int ld, int* pivots, int* info) {
  zgbtrf_(&n, &n, &kl, &ku, a, &ld, pivots, info);
}
void getrs(int n, const double* a, const int* pivots, double* b, int* info) {
  const int one = 1;
  dgetrs_("N", &n, &one, a, &n, pivots, b, &n, info);
}
void getrs(int n, const Complex* a, const int* pivots, Complex* b, int* info) {
  const int one = 1;
  zgetrs_("N", &n, &one, a, &n, pivots, b, &n, info);
}
void gbtrs(int n, int kl, int ku, const double* a, int ld, const int* pivots, double* b, int* info) {
  const int one = 1;
  dgbtrs_("N", &n, &kl, &ku, &one, a, &ld, pivots, b, &n, info);
}
void gbtrs(int n, int kl, int ku, const Complex* a, int ld, const int* pivots, Complex* b, int* info) {
  const int one = 1;
  zgbtrs_("N", &n, &kl, &ku, &one, a, &ld, pivots, b, &n, info);
}

}  // namespace

BandMatrix::BandMatrix(int n, int lower, int upper)
    : n_(n), lower_(std::min(lower, n - 1)), upper_(std::min(upper, n - 1)), full_(2L * lower + upper >= n / 2) {
  if (full_) lower_ = upper_ = n - 1;
  entries_.resize(static_cast<std::size_t>(n) * (full_ ? n : lower_ + upper_ + 1));
}

void BandMatrix::set_zero() { std::ranges::fill(entries_, 0.0); }

template <class Number>
BandLu<Number>::BandLu(const BandMatrix& j, const BandMatrix& m, Number shift)
    : n_(j.size()), lower_(j.lower()), upper_(j.upper()), full_(j.full()), pivots_(j.size()) {
  // The band's factors need room for the rows that pivoting brings.
  const int ld = full_ ? n_ : 2 * lower_ + upper_ + 1;
  factors_.resize(static_cast<std::size_t>(ld) * n_);
  for (int c = 0; c < n_; ++c)
    for (int r = j.first_row(c); r < j.end_row(c); ++r)
      factors_[static_cast<std::size_t>(c) * ld + (full_ ? r : lower_ + upper_ + r - c)] = j(r, c) + shift * m(r, c);
  int info = 0;
  if (full_)
    getrf(n_, factors_.data(), pivots_.data(), &info);
  else
    gbtrf(n_, lower_, upper_, factors_.data(), ld, pivots_.data(), &info);
  if (info < 0) lapack::check(info, "getrf");
  singular_ = info > 0;
}

template <class Number>
void BandLu<Number>::solve(std::span<Number> b) const {
  int info = 0;
  if (full_)
    getrs(n_, factors_.data(), pivots_.data(), b.data(), &info);
  else
    gbtrs(n_, lower_, upper_, factors_.data(), 2 * lower_ + upper_ + 1, pivots_.data(), b.data(), &info);
  lapack::check(info, "getrs");
}

template class BandLu<double>;
template class BandLu<Complex>;

}  // namespace residua
