// The flow of given moments, with the stress implicit in the strain rate.
//
// For a plane wave of direction (cos phi, sin phi) only the component n . (Sigma11, Sigma12), n = (-sin 2 phi, cos 2
// phi), drives the flow: the vorticity is om = -n . Sigma and the strain rate (E11, E12) = n om / 2, for any |k|. With
// sigma = sigma_0 + B e (model.hpp) the equation for om is therefore
//
//     (I + n . B n/2) om = -n . sigma_0,
//
// symmetric and positive, with a condition number of at most 1 + beta max(c) / 4: om is what the Fourier solution of
// Stokes' equations would be as a preconditioner of the strain rate. KSP solves it by conjugate gradients from a
// guess that the last solutions give (solve/first_guess.hpp); options have the prefix kinetic_stress_. Two transforms
// for each iteration.
#pragma once

#include <memory>
#include <span>

#include "base/reduction.hpp"
#include "io/state.hpp"
#include "kinetic/model.hpp"
#include "solve/vec_dot.hpp"

namespace residua::kinetic {

class Flow {
 public:
  /// `tolerance`: of the residual relative to the stress. Collective. The grid must outlive it.
  Flow(const FourierGrid& grid, const Model& model, double tolerance, Reductions reductions);
  ~Flow();

  /// Solves for c (of which the real part counts), z and w in this rank's cells. Throws OutOfDomain where no
  /// density has them, and Error when the solver gives up.
  void solve(const Complex* c, const Complex* z, const Complex* w);

  /// The modes of the vorticity.
  std::span<const Complex> vorticity() const;
  /// Another one, of which `to_cells` and `strain_to_cells` are then.
  void set_vorticity(std::span<const Complex> modes);

  /// Inner products of vorticities, as real numbers, that the solve has, too.
  const DotProducts& dots() const;

  /// The next solve begins from 0 and does not depend on those before.
  void forget();
  /// What the next solve's bits depend on, the same on all ranks; and back. Collective.
  void save(State& state) const;
  void load(const State& state);

  /// In this rank's cells: u + i v, e and om, [3][cells].
  void to_cells(std::span<Complex> cells);
  /// e alone, [cells].
  void strain_to_cells(std::span<Complex> cells);

  /// The derivative of the last solution along a change of the stress sigma in the cells at fixed strain rate: what
  /// `to_cells` gives, each [cells]. Another solve with the same operator, from 0.
  void jvp(std::span<const Complex> stress, std::span<Complex> velocity, std::span<Complex> strain,
           std::span<Complex> vorticity);
  /// stress <- the transpose of that, in means over the cells of Re(conj(a) b); of vorticity the real part counts.
  void vjp(std::span<const Complex> velocity, std::span<const Complex> strain, std::span<const Complex> vorticity,
           std::span<Complex> stress);

  /// Power taken up by the viscosity, 2 int E:E / L^2, and what is put in, -int Sigma:E / L^2, for the moments of the
  /// last solve.
  struct Power {
    double dissipated = 0, injected = 0;
  };
  Power power();

  void set_model(const Model& model);
  double tolerance() const;  ///< KSP's, which options may have changed
  long iterations() const;   ///< of all solves so far

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};

}  // namespace residua::kinetic
