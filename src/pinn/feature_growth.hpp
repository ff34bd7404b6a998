// How many features a window has that cannot be made shorter, for want of a time or because the deck gives the windows:
// where the deck does not say and nothing was measured, twice as many again and again until the residual at unseen
// points is within the tolerance, hardly falls any more, or another doubling would exceed the most unknown weights. The
// next window begins with as many.
#pragma once

#include "pinn/random_features.hpp"

namespace residua::pinn {

class FeatureGrowth {
 public:
  /// `first`: what is tried first. `short_windows`: whether windows are made shorter instead.
  FeatureGrowth(const Deck& deck, const Problem& problem, const FeatureSettings& first, bool short_windows);

  const FeatureSettings& settings() const { return settings_; }
  int doublings() const { return doublings_; }
  /// After a fit with `settings` that left this residual at unseen points: whether to fit again, with what `settings`
  /// are then.
  bool grow(double residual);
  /// A new window begins, with as many features as the last one had.
  void begin(int count);

 private:
  bool grows_;
  double tolerance_;
  int most_;  ///< features
  FeatureSettings first_, settings_;
  int doublings_ = 0;
  double last_ = 0;  ///< residual of the fit before them
};

}  // namespace residua::pinn
