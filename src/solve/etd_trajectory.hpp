// A solution u_0, u_1, .. u_n of u' = L u + N(t, u; p) by n equal steps of the exponential method of etd.hpp, and the
// derivatives of the discrete map from (u_0, p) to all of them: what they are to the last bit, not approximations of
// the equation's own.
//
// The tangent runs along with the states. The adjoint runs backwards, and a state on the way back is computed again
// from the last one that was kept: of n steps with s slots for states, each is done at most r times for that, with the
// least r for which (s + 1 + r)! / ((s + 1)! r!) >= n (A. Griewank, A. Walther, ACM Trans. Math. Softw. 26 (2000) 19):
// memory is s + O(1) states, whatever n. 16 slots and r = 2 reach 171 steps. The number of slots does not change a bit,
// where N is a function of its arguments alone.
#pragma once

#include <functional>

#include "solve/differentiable.hpp"
#include "solve/exponential_rule.hpp"

namespace residua {

class EtdTrajectory {
 public:
  struct Settings {
    int order = 4;
    double step = 0;
    long steps = 0;
    int slots = 16;
  };

  /// The system must outlive it.
  EtdTrajectory(DifferentiableSystem& system, const Settings& settings);

  /// Calls visit(k, u_k) for k = 0 .. n. Collective, like all here.
  using Visit = std::function<void(long k, std::span<const double> u)>;
  void run(std::span<const double> u0, const Visit& visit);

  /// Calls visit(k, u_k, du_k) with the derivatives along (du_0, dp).
  using VisitTangent = std::function<void(long k, std::span<const double> u, std::span<const double> du)>;
  void tangent(std::span<const double> u0, std::span<const double> du0, std::span<const double> dp,
               const VisitTangent& visit);

  /// Of a function F of all states: seed(k, bar) adds dF/du_k to `bar`, and is called for k = n .. 0. Then u0_bar <-
  /// dF/du_0 and p_bar += dF/dp.
  using Seed = std::function<void(long k, std::span<double> bar)>;
  void adjoint(std::span<const double> u0, const Seed& seed, std::span<double> u0_bar, ParameterSum& p_bar);

 private:
  /// All stages of the step from u_k; the states of the later ones stay in `stages_`, the end is `u`.
  void step(long k, std::span<double> u);
  void stages_from(long k, std::span<const double> u);
  /// The adjoint of the steps first .. first + count - 1 from the state u before them, with so many slots.
  void reverse(long first, long count, std::span<const double> u, int slots, const Seed& seed, ParameterSum& p_bar);
  void step_back(long k, std::span<const double> u, const Seed& seed, ParameterSum& p_bar);

  DifferentiableSystem& system_;
  Settings settings_;
  ExponentialRule rule_;
  ExponentialRule::Stages states_, n_, n_bar_;  ///< of the stages of a step
  std::vector<double> bar_, stage_bar_;
};

}  // namespace residua
