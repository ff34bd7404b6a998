// Counter-based random numbers: a pure function of (seed, stream, index), so that what is drawn depends neither on the
// rank count nor on the order of the draws. Philox 4x32-10 of Random123 (Salmon et al., SC 2011).
#pragma once

#include <cstdint>

namespace residua {

/// Uniform in [0, 1), with 53 random bits.
double uniform(std::uint64_t seed, std::uint64_t stream, std::uint64_t index);

/// Standard normal, by Box-Muller from the same counter.
double normal(std::uint64_t seed, std::uint64_t stream, std::uint64_t index);

/// 64 random bits: a seed for part `index` of `stream` of a run, so that no two parts draw the same.
std::uint64_t subseed(std::uint64_t seed, std::uint64_t stream, std::uint64_t index);

}  // namespace residua
