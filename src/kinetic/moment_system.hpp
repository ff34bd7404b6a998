// The closed hierarchy as a system that can be differentiated (solve/differentiable.hpp), in its state and in
// parameters: those of the closure, such as a network's weights, and numbers of the model.
//
// With V the flow of the moments and s_m the source of field m (kinetic_system.hpp), N_m = s_m - div(u f_m) is a
// function of cells between two transforms, and V is given by an equation A om = b(sigma) with symmetric A (flow.hpp):
// a derivative of N, or its transpose, costs one more evaluation and one more solve with A, or, where the closure of
// one moment sees the strain rate, some of them (closed_flow.hpp). In plain sums over modes and means over cells
// to_cells and to_modes of FourierGrid are each other's transpose.
//
// L is that of the model at the beginning. What other D_T and D_R add to it counts as a part of N, which is for small
// changes of them: it is stepped over explicitly. A learned closure that has a number among its inputs keeps to the
// value that it was made with.
//
// Each solve for the stress begins from 0, so that N is a function of its arguments alone, to the bit.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "grid/whole_rows.hpp"
#include "kinetic/closed_flow.hpp"
#include "kinetic/kinetic_system.hpp"
#include "solve/differentiable.hpp"

namespace residua::kinetic {

class MomentSystem final : public DifferentiableSystem {
 public:
  struct Settings {
    Model model;
    double stress_tolerance = 1e-13;
    Reductions reductions = Reductions::fast;
    std::optional<Margin> margin = Margin{.higher = 0.01};  ///< as of KineticSystem
    bool closure_parameters = true;                         ///< The parameters: those of the closure,
    std::vector<std::string> numbers = {};                  ///< then these of the model, of `differentiable_numbers`.
  };

  /// The grid must outlive it. Throws Error for a number that has no name.
  MomentSystem(const FourierGrid& grid, std::unique_ptr<Closure> closure, const Settings& settings);

  KineticSystem& system() { return system_; }
  const FourierGrid& grid() const { return system_.grid(); }
  int fields() const { return system_.angular().fields(); }  ///< f_0 .. f_N

  const Communicator& communicator() const override { return grid().communicator(); }
  long local_size() const override { return system_.local_size(); }
  int width() const override { return 2; }
  void rates(std::span<double> rates) const override;
  void nonlinear(double t, std::span<const double> u, std::span<double> n) override;
  double squares(std::span<const double> v) const override { return system_.squares(v); }

  long parameters() const override { return weights_ + static_cast<long>(numbers_.size()); }
  void set_parameters(std::span<const double> p) override;
  void jvp(double t, std::span<const double> u, std::span<const double> du, std::span<const double> dp,
           std::span<double> dn) override;
  void vjp(double t, std::span<const double> u, std::span<const double> n_bar, std::span<double> u_bar,
           ParameterSum& p_bar) override;
  /// With reproducible reductions a leaf is a row of cells.
  ParameterSum make_sum() const override;

  /// The modes of the velocity u + i v.
  void velocity(double t, std::span<const double> u, std::span<Complex> modes);
  /// Its derivative along (du, dp), and u_bar and p_bar as in `vjp` of the modes v_bar.
  void velocity_jvp(double t, std::span<const double> u, std::span<const double> du, std::span<const double> dp,
                    std::span<Complex> modes);
  void velocity_vjp(double t, std::span<const double> u, std::span<const Complex> v_bar, std::span<double> u_bar,
                    ParameterSum& p_bar);

 private:
  struct Cells;

  /// Moments, the next one and the flow in the cells.
  Cells evaluate(double t, std::span<const double> u);
  /// to += (L(p) - L) u, or with `along` the change of L along a change of D_T and D_R.
  void add_linear(const Model& along, std::span<const double> u, std::span<double> to) const;
  Model excess() const;  ///< of the present model over the first one, in D_T and D_R
  /// The change of f, of f_{N+1} and of the flow along (du, dp), into g_, next_ and change_; returns that of the
  /// numbers.
  Model differentiate(const Cells& in, std::span<const double> du, std::span<const double> dp);
  /// The transposed derivative of the source and the fluxes of all fields, that of A as the strain rate's.
  void transpose_balance(const Cells& in, std::span<const double> n_bar);
  /// u_bar <- and p_bar += the transpose of `differentiate`, of what g_, next_ and change_ hold.
  void pull_back(const Cells& in, std::span<double> u_bar, ParameterSum& p_bar);

  /// p_bar += what each cell adds to the numbers', [number][cells], and to the weights' for next_, row by row.
  void add_in_leaves(const Cells& in, std::span<const double> of_numbers, ParameterSum& p_bar) const;

  Settings settings_;
  Closure* closure_;
  Flow flow_;
  KineticSystem system_;
  ClosedFlow closed_;
  WholeRows rows_;
  std::vector<Derivative> derivatives_;
  long weights_;
  std::vector<double Model::*> numbers_;
  std::vector<double> rates_;
  std::vector<Complex> top_;
  /// Derivatives of f and what stands behind it, of f_{N+1} and of the flow, along or transposed.
  std::vector<Complex> g_, next_;
  ClosedFlow::Cells change_;
};

/// alpha, beta, zeta, D_T, D_R.
const std::vector<std::string>& differentiable_numbers();

}  // namespace residua::kinetic
