// A closure of which the middle is a network of the moments in a cell (closure_form.hpp, closure_network.hpp).
#pragma once

#include <vector>

#include "kinetic/closure.hpp"
#include "kinetic/closure_form.hpp"
#include "kinetic/closure_network.hpp"
#include "kinetic/model.hpp"
#include "map/point_map.hpp"
#include "map/program.hpp"

namespace residua::kinetic {

/// r = weight (f_{N+1} - target) for a network whose coordinates are the invariants; data channels are the raw numbers,
/// Re and Im of the target, the weight.
Program closure_program(const ClosureForm& form, const std::vector<double>& sizes);

/// I [invariants][cells] of raw numbers [raw][cells].
class ClosureInvariants {
 public:
  explicit ClosureInvariants(const ClosureForm& form);
  void evaluate(std::span<const double> raw, long cells, std::span<double> invariants) const;

 private:
  Program program_;
};

class LearnedClosure final : public Closure {
 public:
  LearnedClosure(const ClosureNetwork& network, const Model& model);

  int level() const override { return form_.level(); }
  std::vector<Derivative> derivatives() const override { return form_.derivatives(); }
  bool sees_strain() const override { return form_.sees_strain(); }
  void apply(Moments f, long cells, Complex* top) const override;
  void jvp(Moments f, Moments df, long cells, Complex* top) const override;
  void vjp(Moments f, const Complex* top, long cells, Complex* df) const override;
  /// Those are the network's weights.
  long parameters() const override { return static_cast<long>(network_.parameters()); }
  void set_parameters(std::span<const double> p) override;
  void jvp_parameters(Moments f, std::span<const double> dp, long cells, Complex* top) const override;
  void vjp_parameters(Moments f, const Complex* top, long cells, std::span<double> dp) const override;

 private:
  static constexpr long block = 192;  ///< whole blocks of the maps, in a cache of the first level

  /// The numbers that a form is of, and its invariants, of at most `block` cells.
  void load(const ClosureForm& form, const ClosureInvariants& invariants, Moments f, long first, long count) const;
  /// Raw numbers and the invariants.
  void load(Moments f, long first, long count) const;
  /// Behind the raw numbers a target of 0 and a weight of 1.
  void load_target(long count) const;
  /// d (Re, Im of the next moment) / d raw number k, [2][raw][count], for the cells loaded last.
  void differentiate(long count) const;

  ClosureForm form_, of_ratios_;
  std::vector<double> parameters_;  ///< values of those that are inputs
  ClosureInvariants invariants_, invariants_of_ratios_;
  Program top_;               ///< the next moment of c, ratios and y
  Program jacobian_;          ///< of that in raw numbers and in y, and of I in raw numbers
  mutable PointMap network_;  ///< y; evaluation works in the maps' own memory
  mutable PointMap fitted_;   ///< the next moment, for derivatives in the weights
  mutable PointMap slope_;    ///< y and its first derivatives in I
  mutable std::vector<double> data_, x_, y_, inputs_, partial_, total_;
};

}  // namespace residua::kinetic
