// Semilinear equations u' = L u + N(t, u; p) of which N can be differentiated, in the state and in parameters p that
// every rank holds in full; L does not depend on them. What the derivatives of a trajectory need (etd_trajectory.hpp).
//
// The inner product of states is the plain one of their arrays over all ranks: <v, N_u du> = <N_u' v, du>.
#pragma once

#include "solve/parameter_sum.hpp"
#include "solve/semilinear.hpp"

namespace residua {

class DifferentiableSystem : public SemilinearSystem {
 public:
  virtual long parameters() const = 0;
  /// From now on; those of the system before it is called first are its own.
  virtual void set_parameters(std::span<const double> p) = 0;

  /// dn <- N_u du + N_p dp at (t, u). Collective.
  virtual void jvp(double t, std::span<const double> u, std::span<const double> du, std::span<const double> dp,
                   std::span<double> dn) = 0;
  /// u_bar <- N_u' n_bar and p_bar += N_p' n_bar at (t, u). Collective.
  virtual void vjp(double t, std::span<const double> u, std::span<const double> n_bar, std::span<double> u_bar,
                   ParameterSum& p_bar) = 0;
  /// An empty sum for `vjp`.
  virtual ParameterSum make_sum() const { return {parameters(), communicator()}; }
};

}  // namespace residua
