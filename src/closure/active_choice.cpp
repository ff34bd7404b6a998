#include "closure/active_choice.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/random.hpp"
#include "deck/deck.hpp"
#include "run/context.hpp"

namespace residua::kinetic {
namespace {

constexpr std::uint64_t pair_stream = 0xac71, network_stream = 0xac72;

/// Of closed runs with these networks; none when the run has to stop.
std::optional<double> spread_of(const std::vector<std::shared_ptr<const ClosureNetwork>>& networks,
                                SimulationSettings settings, const Start& start, double end,
                                const Communicator& communicator, const Watch& watch) {
  bool stopped = false;
  const auto run = [&](const std::shared_ptr<const ClosureNetwork>& network) {
    settings.closure = ClosureChoice{"learned", network->level, network};
    return run_frames(settings, start, {end}, communicator, [&](Simulation& simulation) {
      stopped = !watch(simulation);
      return !stopped;
    });
  };
  const Frames first = run(networks[0]);
  double squares = 0;
  for (std::size_t k = 1; k < networks.size() && !stopped; ++k) {
    const std::vector<FrameError> errors = frame_errors(run(networks[k]), first, settings, communicator);
    squares += errors.empty() ? 1 : errors[0].z * errors[0].z;
  }
  if (stopped) return {};
  return std::sqrt(squares / static_cast<double>(networks.size() - 1));
}

}  // namespace

void check_active(const Deck& deck) {
  if (deck.integer("active.rounds") == 0) return;
  const std::size_t pairs = pairs_of(deck, "data").size();
  const auto wanted = static_cast<std::size_t>(deck.integer("active.first") + deck.integer("active.rounds"));
  if (wanted > pairs)
    throw deck.error(
        "active.rounds",
        fmt::format("[data] has {} pairs of alpha and zeta, and {} are to have kinetic runs", pairs, wanted),
        "active.first and active.rounds are at most as many together");
}

ActiveChoice::ActiveChoice(const Deck& deck)
    : all_(pairs_of(deck, "data")), seed_(static_cast<std::uint64_t>(deck.integer("fit.seed"))) {
  const auto rounds = static_cast<std::size_t>(deck.integer("active.rounds"));
  first_ = rounds > 0 ? static_cast<std::size_t>(deck.integer("active.first")) : all_.size();
  most_ = first_ + rounds;
  if (deck.text("active.choice") == "spread") networks_ = static_cast<std::size_t>(deck.integer("active.networks"));
  for (std::size_t k = 0; k < first_; ++k) chosen_.push_back(rounds > 0 ? draw(left()) : k);
}

std::vector<Pair> ActiveChoice::pairs() const {
  std::vector<Pair> pairs;
  for (const std::size_t k : chosen_) pairs.push_back(all_[k]);
  return pairs;
}

std::vector<std::size_t> ActiveChoice::left() const {
  std::vector<std::size_t> left;
  for (std::size_t k = 0; k < all_.size(); ++k)
    if (std::ranges::find(chosen_, k) == chosen_.end()) left.push_back(k);
  return left;
}

std::size_t ActiveChoice::draw(const std::vector<std::size_t>& from) const {
  const double place = uniform(seed_, pair_stream, chosen_.size()) * static_cast<double>(from.size());
  return from[static_cast<std::size_t>(place)];
}

bool ActiveChoice::choose(RunContext& context, const SimulationSettings& settings, const Start& start, const Fit& fit,
                          const Watch& watch) {
  const std::vector<std::size_t> candidates = left();
  std::size_t next = draw(candidates);
  std::optional<double> most;
  if (networks_ > 0) {
    std::vector<std::shared_ptr<const ClosureNetwork>> networks;
    for (std::size_t k = 0; k < networks_; ++k) {
      const std::optional<ClosureNetwork> network = fit(k == 0 ? seed_ : subseed(seed_, network_stream, k));
      if (!network) return false;
      networks.push_back(std::make_shared<ClosureNetwork>(*network));
    }
    for (const std::size_t k : candidates) {
      const std::optional<double> spread = spread_of(networks, at_pair(settings, all_[k]), start,
                                                     context.deck().real("time.end"), context.communicator(), watch);
      if (!spread) return false;
      if (most && *spread <= *most) continue;
      most = spread;
      next = k;
    }
  }
  chosen_.push_back(next);
  const std::string name = fmt::format("choice_{}_", chosen_.size() - first_);
  context.metric(name + "alpha", all_[next].alpha);
  context.metric(name + "zeta", all_[next].zeta);
  if (most) context.metric(name + "spread", *most);
  return true;
}

void ActiveChoice::save(State& state) const { state.arrays["active"] = {chosen_.begin(), chosen_.end()}; }

void ActiveChoice::load(const State& state) {
  chosen_.clear();
  for (const double k : state.arrays.at("active")) chosen_.push_back(static_cast<std::size_t>(k));
}

}  // namespace residua::kinetic
