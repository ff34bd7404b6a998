// The form of learned closures: what a network sees of the moments in a cell, and how its outputs make the next moment.
//
// With a_m = f_m / c, the next a_{N+1} of a distribution lies in a disc (the recursion of Levinson; realizable.hpp).
// For N = 1 its centre is a_1^2 and its radius 1 - |a_1|^2. A closure of this form lies within it whatever the network
// says:
//
//     f_{N+1} = c (centre + radius rho),   rho = q / sqrt(1 + |q|^2),   q = sum_j y_j(I) B_j / s_j.
//
// Rotation by phi takes a_m to e^{2i m phi} a_m, and reflection a_m to its conjugate. I are real invariants of both: c
// and, with smoothed absolute values |a|_e = sqrt(|a|^2 + e),
//
//     |a_m|_e, |a_1|^2,   p_m = Re(a_{m+1} conj(a_1 a_m)),   p_1 / (|a_1|^2 + 0.01),
//
// and then the model's parameters that the closure is to know. B are covariants, which turn as a_{N+1} does: a_1^{N+1},
// all a_i a_j with i + j = N + 1, and a_N^2 conj(a_{N-1}); s are their sizes, and those of size 0 are left out. y is
// smooth where a_1 = 0.
//
// With gradients, d_m = D f_m / c and e_m = conj(D) f_m / c (closure.hpp) add the invariants
//
//     |d_1|^2, |e_1|^2, |d_0|^2, Re(d_1 e_1 conj(a_1)^2)
//
// and the covariants d_N e_1, d_N d_0, a_N e_1^2, a_N d_1 conj(e_1).
//
// With the strain rate e of the flow, which turns as a_1 does (and stands for itself, whatever c is), there are
//
//     |e|^2, Re(e conj(a_1)), for N = 2 Re(a_2 conj(a_1 e)),   and   e a_N, e^2 a_{N-1}, for N > 1 e a_1 a_{N-1}.
//
// The vorticity is not among them: who turns with the fluid sees another one.
//
// The plain form of N = 1 is as realizable, but neither turns nor is reflected with the moments: I are c, Re z, Im z
// and the parameters, and q = y_1 + i y_2.
#pragma once

#include <vector>

#include "kinetic/closure.hpp"
#include "kinetic/complex_expression.hpp"

namespace residua::kinetic {

/// What a closure sees beside the moments in a cell.
struct ClosureSight {
  bool gradients = false;  ///< of the moments
  bool strain = false;     ///< e
  int parameters = 0;      ///< so many numbers of the model
};

/// Formulas in the numbers of a cell: c, Re f_1, Im f_1, .., Re f_N, Im f_N, Re and Im of each derivative and of e,
/// then the parameters: "raw" numbers. Or `of_ratios` where all but c, e and the parameters have been divided by c: the
/// same with a third of the divisions.
class ClosureForm {
 public:
  /// Throws Error for a level below 1, and where there are more than `max_coordinates` invariants, parameters counted.
  ClosureForm(int level, const ClosureSight& sees, bool of_ratios = false);
  static ClosureForm plain(int parameters, bool of_ratios = false);

  int level() const { return level_; }
  const std::vector<Derivative>& derivatives() const { return derivatives_; }
  bool sees_strain() const { return sees_.strain; }
  /// Rows of what is given.
  int fields() const { return 1 + level_ + static_cast<int>(derivatives_.size()) + (sees_.strain ? 1 : 0); }
  int raw() const { return 2 * fields() - 1 + sees_.parameters; }
  int invariants() const { return static_cast<int>(invariants_.size()); }
  int covariants() const { return static_cast<int>(covariants_.size()); }

  /// raw [raw()][cells] <- the numbers of some cells, with these parameters.
  void load(Moments f, long cells, std::span<const double> parameters, std::span<double> raw) const;

  /// I in input(0 .. raw() - 1).
  const std::vector<Expression>& invariant() const { return invariants_; }
  /// Squares of |B_j| in the same.
  std::vector<Expression> covariant_squares() const;

  /// Re and Im of f_{N+1} in the same, with y_j = input(first + j) and sizes s.
  std::vector<Expression> top(int first, const std::vector<double>& sizes) const;

 private:
  ClosureForm(const ClosureSight& sees, bool of_ratios, int level)
      : level_(level), sees_(sees), of_ratios_(of_ratios) {}
  /// a_0 = 1 and a_1 .. a_N.
  std::vector<ComplexExpression> ratios() const;
  /// A field of the raw numbers, not the first, over c.
  ComplexExpression ratio(int field) const;
  void add_gradients(const std::vector<ComplexExpression>& a);
  void add_strain(const std::vector<ComplexExpression>& a);
  /// Behind the other invariants, when all raw numbers are known.
  void add_parameters();

  int level_;
  ClosureSight sees_;
  bool of_ratios_;
  std::vector<Derivative> derivatives_;
  std::vector<Expression> invariants_;
  std::vector<ComplexExpression> covariants_;
};

}  // namespace residua::kinetic
