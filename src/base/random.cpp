#include "base/random.hpp"

#include <cmath>
#include <numbers>

#include <Random123/philox.h>

namespace residua {
namespace {

struct Pair {
  double first, second;
};

using Generator = r123::Philox4x32;

Generator::ctr_type random_bits(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
  const auto low = [](std::uint64_t v) { return static_cast<std::uint32_t>(v); };
  const auto high = [](std::uint64_t v) { return static_cast<std::uint32_t>(v >> 32); };
  const Generator::ctr_type counter = {{low(index), high(index), low(stream), high(stream)}};
  const Generator::key_type key = {{low(seed), high(seed)}};
  return Generator()(counter, key);
}

Pair uniform_pair(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
  const Generator::ctr_type bits = random_bits(seed, stream, index);
  const auto real = [](std::uint32_t a, std::uint32_t b) {
    return static_cast<double>(((static_cast<std::uint64_t>(a) << 32) | b) >> 11) * 0x1p-53;
  };
  return {real(bits[0], bits[1]), real(bits[2], bits[3])};
}

}  // namespace

double uniform(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
  return uniform_pair(seed, stream, index).first;
}

double normal(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
  const Pair u = uniform_pair(seed, stream, index);
  return std::sqrt(-2 * std::log1p(-u.first)) * std::cos(2 * std::numbers::pi * u.second);
}

std::uint64_t subseed(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
  const Generator::ctr_type bits = random_bits(seed, stream, index);
  return (static_cast<std::uint64_t>(bits[0]) << 32) | bits[1];
}

}  // namespace residua
