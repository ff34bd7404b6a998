// How Psi depends on the angle: fields g_n = int e^{i n theta} Psi with n = 0, s, 2s, .., and what the flow does to
// them in a cell, the source i n/2 om g_n + n/2 (A g_{n-2} - conj(A) g_{n+2}) (model.hpp).
//
// Two representations: the hierarchy of even n, closed by a Closure at its top; and a grid of angles, where the source
// is computed as -d_theta(thetadot Psi), and polar starts are possible.
#pragma once

#include <memory>

#include "kinetic/closure.hpp"

namespace residua::kinetic {

/// All cells of this rank.
struct FlowCells {
  Moments g;
  long cells = 0;
  const Complex* fourth = nullptr;     ///< w
  const Complex* turn = nullptr;       ///< A
  const Complex* vorticity = nullptr;  ///< real
};

class Angular {
 public:
  virtual ~Angular() = default;

  virtual int fields() const = 0;
  /// n of field j is j times this.
  virtual int stride() const = 0;
  /// Which field is g_n; -1 when none is.
  int field_of(int n) const { return n % stride() == 0 && n / stride() < fields() ? n / stride() : -1; }

  /// Which derivatives have to stand behind the fields of g in `fourth`, `begin` and `source`.
  virtual std::vector<Derivative> derivatives() const { return {}; }
  /// Whether the strain rate has to stand behind those; in `fourth` only where there are no fields beyond g_2.
  virtual bool sees_strain() const { return false; }
  /// w = g_4 of some cells: a row of g, or `work` [cells], which it may write to.
  virtual const Complex* fourth(Moments g, long cells, Complex* work) const = 0;
  /// Has to come before `source`.
  virtual void begin(const FlowCells& in) = 0;
  /// s [count] of one field in the cells first, first + 1, ..; that of field 0 is 0.
  virtual void source(const FlowCells& in, int field, long first, int count, Complex* s) const = 0;
};

/// The hierarchy f_0 .. f_N of even modes, N at least 1, with f_{N+1} by the closure.
std::unique_ptr<Angular> make_hierarchy(std::unique_ptr<Closure> closure);

/// Modes n = 0 .. (angles - 1) / 3 on a grid of `angles` (at least 16) angles: products have no aliases.
std::unique_ptr<Angular> make_angle_grid(int angles);

}  // namespace residua::kinetic
