// A stop by what a fit has not seen. With the rows of a least-squares problem in two parts, r and s of the same
// unknowns, a method makes |r|^2 small; |s|^2, of the part that is held back, falls with it while what is learned is
// common to both, and rises when it is not. The unknowns with the least |s|^2 / 2 are kept, and a fit in which that has
// not fallen for `patience` iterations is exhausted (L. Prechelt, "Early stopping - but when?", 1998).
#pragma once

#include <cmath>
#include <vector>

#include "io/state.hpp"
#include "solve/residual.hpp"

namespace residua {

class HeldBack {
 public:
  /// The residual s must outlive it.
  HeldBack(Residual& residual, long patience) : residual_(residual), patience_(patience) {}

  /// Looks at the unknowns after an iteration, and returns |s|^2 / 2 there. Seeing an iteration twice changes nothing.
  /// Collective.
  double watch(long iteration, Vec u);

  bool exhausted() const { return seen_ - iteration_ >= patience_; }
  long iteration() const { return iteration_; }                      ///< the best one
  double loss() const { return loss_; }                              ///< there; not finite when it never was
  const std::vector<double>& unknowns() const { return unknowns_; }  ///< there; all of them, on every rank

  void save(State& state) const;
  void load(const State& state);

 private:
  Residual& residual_;
  long patience_, iteration_ = 0, seen_ = 0;
  double loss_ = INFINITY;
  std::vector<double> unknowns_;
};

}  // namespace residua
