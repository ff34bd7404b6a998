// The derivative of the flow of closed moments, and its transpose.
//
// With F the derivative of the strain rate e in the stress at fixed e (flow.hpp), that of the stress sigma(f_0, f_1, w,
// e) gives e' = F sigma'. Of N > 1 moments w = f_2, and a closure that sees e is applied with e' afterwards. Of one
// moment w = W(f_0, f_1, e), and with W_e its derivative in e and sigma_w that of the stress in w (stress.hpp)
//
//     sigma' = s + sigma_w W_e F sigma',   s = sigma' at fixed e,
//
// and the transpose likewise, from right to left: each solved as a fixed point (solve/anderson.hpp) to ten times the
// flow's tolerance.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "kinetic/kinetic_system.hpp"

namespace residua::kinetic {

class ClosedFlow {
 public:
  /// `closure` ends the hierarchy of `system`. Both must outlive it.
  ClosedFlow(KineticSystem& system, const Closure& closure);

  /// Changes of the flow in the cells, or what is pulled back.
  struct Cells {
    std::vector<Complex> velocity, strain, vorticity;
  };

  /// Of the state `at` that the system evaluated last, along dg [row][cells], of moments and derivatives, along dp of
  /// the closure's parameters where there are any, and dm of the model. Writes the strain rate behind dg, top <- the
  /// derivative of f_{N+1}, and `flow`.
  void jvp(const KineticSystem::InCells& at, std::span<const double> dp, const Model& dm, std::span<Complex> dg,
           std::span<Complex> top, Cells& flow);

  /// The transpose in means over the cells: g_bar += that of `flow` and of top, which becomes that of f_{N+1} in all
  /// that it does, for the closure's parameters; to numbers[i] is added what the model's are to the stress in cell i.
  void vjp(const KineticSystem::InCells& at, const Cells& flow, std::span<Complex> top, std::span<Complex> g_bar,
           std::span<Model> numbers);

 private:
  /// dW / d Re e, dW / d Im e.
  void differentiate_in_strain(const KineticSystem::InCells& at);
  Complex along_strain(long i, Complex e) const { return e.real() * by_re_[i] + e.imag() * by_im_[i]; }
  Complex against_strain(long i, Complex top) const;
  /// stress_ <- that for which `turn` writes the same to next_. Throws Error where it is not found.
  void settle(const std::function<void()>& turn);

  KineticSystem& system_;
  const Closure& closure_;
  long cells_;
  bool implicit_;  ///< w is a function of e
  std::vector<Complex> stress_, next_, by_re_, by_im_;
};

}  // namespace residua::kinetic
