#include "pinn/feature_growth.hpp"

#include "deck/deck.hpp"

namespace residua::pinn {
namespace {

constexpr int most_unknowns = 5000;   // the work grows with their third power
constexpr double hardly_falls = 0.5;  // a residual above this share of that with half the features

}  // namespace

FeatureGrowth::FeatureGrowth(const Deck& deck, const Problem& problem, const FeatureSettings& first, bool short_windows)
    : grows_(!short_windows && !deck.has("features.count") && !deck.has("points.count") &&
             first.features == FeatureKind::placed && problem.observations.empty()),
      tolerance_(deck.real("training.tolerance")),
      most_(most_unknowns / problem.fields()),
      first_(first),
      settings_(first) {}

bool FeatureGrowth::grow(double residual) {
  const bool falls = doublings_ == 0 || residual < hardly_falls * last_;
  if (!grows_ || residual <= tolerance_ || !falls || 2 * settings_.count > most_) return false;
  last_ = residual;
  settings_.count *= 2;
  settings_.points *= 2;
  ++doublings_;
  return true;
}

void FeatureGrowth::begin(int count) {
  settings_ = first_;
  settings_.count = count;
  settings_.points *= count / first_.count;
  doublings_ = 0;
}

}  // namespace residua::pinn
