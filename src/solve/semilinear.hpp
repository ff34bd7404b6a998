// Semilinear equations u' = L u + N(t, u) with a diagonal L: what exponential integrators need of a problem.
#pragma once

#include <span>

#include "base/communicator.hpp"
#include "base/error.hpp"

namespace residua {

/// There is no N(t, u). A shorter step may not lead there.
class OutOfDomain : public Error {
 public:
  using Error::Error;
};

class SemilinearSystem {
 public:
  virtual ~SemilinearSystem() = default;

  virtual const Communicator& communicator() const = 0;
  virtual long local_size() const = 0;  ///< unknowns of this rank, a multiple of `width`
  /// So many unknowns in a row have one entry of L: 2 where they are parts of complex numbers.
  virtual int width() const { return 1; }

  /// L, [local_size / width]; entries at most 0.
  virtual void rates(std::span<double> rates) const = 0;
  /// n <- N(t, u). Collective. Throws OutOfDomain, on all ranks, where it is not defined.
  virtual void nonlinear(double t, std::span<const double> u, std::span<double> n) = 0;
  /// The sum of squares over all ranks, from which the size of errors follows. Collective.
  virtual double squares(std::span<const double> v) const = 0;
};

}  // namespace residua
