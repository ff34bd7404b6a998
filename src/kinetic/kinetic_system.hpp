// The kinetic equation or its closed hierarchy as a semilinear system: unknowns are the modes in space of the angular
// fields, [field][mode] complex; L is -D_T k^2 - n^2 D_R, and N is advection and rotation,
//
//     N(g_n) = s_n - div(u g_n)     (model.hpp, angular.hpp),
//
// with products on the cells and the flow from the moments of the same instant. The mean of c does not change, to the
// bit.
//
// A closure that sees the flow's strain rate e gets that of the same instant, too. Of one moment alone it gives the w
// of the stress, w = W(c, z, e), which is then an equation for the flow: W is evaluated with the e of the vorticity
// before, and the flow solved with this w, in turn, until both vorticities are the same to the flow's tolerance
// (solve/anderson.hpp).
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "kinetic/angular.hpp"
#include "kinetic/closure.hpp"
#include "kinetic/flow.hpp"
#include "solve/semilinear.hpp"

namespace residua::kinetic {

class KineticSystem final : public SemilinearSystem {
 public:
  struct Settings {
    Model model;
    Reductions reductions = Reductions::fast;
    /// Of moments: a state that leaves what is realizable by more ends the run (realizable.hpp); one that leaves it by
    /// less is drawn back in what N and `evaluate` see. Without it only a state that is not finite ends the run.
    std::optional<Margin> margin = {};
  };

  /// The grid and the flow must outlive it.
  KineticSystem(const FourierGrid& grid, std::unique_ptr<Angular> angular, Flow& flow, const Settings& settings);

  const FourierGrid& grid() const { return grid_; }
  const Angular& angular() const { return *angular_; }
  const Model& model() const { return settings_.model; }
  void set_model(const Model& model);  ///< the flow's, too; of the same side L
  Flow& flow() { return flow_; }
  long unknowns() const { return angular_->fields() * grid_.modes(); }  ///< complex, of this rank

  const Communicator& communicator() const override { return grid_.communicator(); }
  long local_size() const override { return 2 * unknowns(); }
  int width() const override { return 2; }
  void rates(std::span<double> rates) const override;
  /// Throws Error, on all ranks, that names time, place and values of a state that cannot be.
  void nonlinear(double t, std::span<const double> u, std::span<double> n) override;
  double squares(std::span<const double> v) const override;

  /// cells [derivative][cells] <- derivatives in space of moments of the state with the modes u. Collective.
  void differentiate(std::span<const double> u, std::span<const Derivative> wanted, std::span<Complex> cells) const;

  /// modes += the transpose of that, in means over the cells of Re(conj(a) b).
  void differentiate_transposed(std::span<const Complex> cells, std::span<const Derivative> wanted,
                                std::span<Complex> modes) const;

  /// The fields in the cells, g [field][cells], behind them the derivatives and the strain rate that `angular` asks
  /// for, and w, and the flow of them. Valid until the next call or `nonlinear`.
  struct InCells {
    Moments g;
    std::span<const Complex> fourth, velocity, strain, vorticity;
  };
  InCells evaluate(double t, std::span<const double> u);
  /// The share of all cells that were drawn back in the last `evaluate`. Collective.
  double share_drawn_back() const;

 private:
  /// Ends the run where the fields g_ cannot be; moments within the margin are drawn back.
  void check(double t);
  /// The flow of the moments g_, with the strain rate behind them; returns w.
  const Complex* solve_flow();

  const FourierGrid& grid_;
  std::unique_ptr<Angular> angular_;
  Flow& flow_;
  Settings settings_;
  std::vector<Derivative> derivatives_;
  long drawn_back_ = 0;  ///< cells of this rank
  std::vector<Complex> g_, fourth_, flow_cells_, turn_;
};

}  // namespace residua::kinetic
