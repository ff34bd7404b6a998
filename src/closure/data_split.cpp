#include "closure/data_split.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "base/random.hpp"

namespace residua::kinetic {
namespace {

constexpr std::uint64_t split_stream = 0x5b17;
constexpr std::size_t enough_pairs = 3, enough_runs = 2;

/// The number of each run's pair.
std::vector<std::size_t> pairs_of_runs(const std::vector<ClosureRun>& runs) {
  std::vector<Pair> pairs;
  std::vector<std::size_t> numbers;
  for (const ClosureRun& run : runs) {
    const auto found = std::ranges::find_if(
        pairs, [&](const Pair& pair) { return pair.alpha == run.pair.alpha && pair.zeta == run.pair.zeta; });
    numbers.push_back(found - pairs.begin());
    if (found == pairs.end()) pairs.push_back(run.pair);
  }
  return numbers;
}

/// Which of so many units are held back.
std::vector<bool> drawn(std::size_t units, double share, std::uint64_t seed) {
  std::vector<std::size_t> order(units);
  std::iota(order.begin(), order.end(), 0UL);
  std::ranges::sort(order, {}, [&](std::size_t k) { return std::pair(uniform(seed, split_stream, k), k); });
  const auto wanted = static_cast<std::size_t>(std::lround(share * static_cast<double>(units)));
  std::vector<bool> held(units);
  for (std::size_t k = 0; k < std::clamp<std::size_t>(wanted, 1, units - 1); ++k) held[order[k]] = true;
  return held;
}

}  // namespace

DataSplit split_data(const std::vector<ClosureRun>& runs, long frames, double share, std::uint64_t seed) {
  const std::vector<std::size_t> pairs = pairs_of_runs(runs);
  const auto per_run = static_cast<std::size_t>(frames);
  const std::size_t all = runs.size() * per_run, pair_count = 1 + std::ranges::max(pairs);
  const bool by_pair = pair_count >= enough_pairs, by_run = !by_pair && runs.size() >= enough_runs;
  const std::size_t units = by_pair ? pair_count : (by_run ? runs.size() : all);
  const auto unit_of = [&](std::size_t frame) {
    const std::size_t run = frame / per_run;
    return by_pair ? pairs[run] : (by_run ? run : frame);
  };
  const std::vector<bool> held = share > 0 ? drawn(units, share, seed) : std::vector<bool>(units);
  DataSplit split;
  for (std::size_t k = 0; k < all; ++k)
    (held[unit_of(k)] ? split.held_back : split.fitted).push_back(static_cast<long>(k));
  split.told = fmt::format("{} of {} {}", std::ranges::count(held, true), units,
                           by_pair ? "pairs of alpha and zeta" : (by_run ? "kinetic runs" : "frames"));
  return split;
}

}  // namespace residua::kinetic
