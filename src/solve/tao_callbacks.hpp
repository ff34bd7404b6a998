// A Tao's own user routines seen as a Residual, so that the methods of this library work in any PETSc program:
// -tao_type residua_ssbroyden and residua_adam need an objective with gradient, residua_lm a residual with its
// Jacobian.
#pragma once

#include "solve/residual.hpp"

namespace residua {

class TaoCallbacks final : public Residual {
 public:
  /// Collective. `comm` is the Tao's.
  TaoCallbacks(const Communicator& comm, Tao tao);

  void evaluate(Vec u, Vec r) override;
  void jvp(Vec u, Vec v, Vec jv) override;
  void vjp(Vec u, Vec w, Vec g) override;
  double loss_gradient(Vec u, Vec g) override;
  bool has_rows() const override { return least_squares_; }
  void stream_rows(Vec u, const RowSink& sink) override;

 private:
  Mat jacobian(Vec u);

  Tao tao_;
  bool least_squares_;
};

}  // namespace residua
