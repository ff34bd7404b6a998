// Ratios of modified Bessel functions, I_{n+1}(k) / I_n(k) =: R_n(k), and the inverse of R_0: the order parameter of
// the distribution exp(k cos 2 theta) is s = R_0(k).
#pragma once

namespace residua::kinetic {

/// R_n at k >= 0, to a few units in the last place: the continued fraction R_n = 1 / (2 (n + 1) / k + R_{n+1}), whose
/// terms are all positive.
long double bessel_ratio(int n, long double k);

/// The k >= 0 with R_0(k) = s, for 0 <= s < 1.
long double bessel_ratio_inverse(long double s);

}  // namespace residua::kinetic
