// A closure of level 1 by a map of whole fields (map/field_map.hpp): of c, Re z and Im z, each as the network has seen
// them in training, (value - mean) / deviation, with outputs y that make w by the plain form (closure_form.hpp). So it
// is realizable in each cell. It is not equivariant.
//
// w in a cell depends on others: a call is for all cells of this rank, and collective. The map has whole rows of cells;
// of a grid in pencils they are moved there and back (grid/whole_rows.hpp).
#pragma once

#include <memory>
#include <vector>

#include "grid/whole_rows.hpp"
#include "kinetic/closure.hpp"
#include "kinetic/closure_form.hpp"
#include "kinetic/closure_network.hpp"
#include "map/field_map.hpp"
#include "map/program.hpp"

namespace residua::kinetic {

class FieldClosure final : public Closure {
 public:
  /// A network of fields. The grid must outlive it. Collective.
  FieldClosure(const ClosureNetwork& network, const FourierGrid& grid);

  int level() const override { return 1; }
  void apply(Moments f, long cells, Complex* top) const override;
  void jvp(Moments f, Moments df, long cells, Complex* top) const override;
  void vjp(Moments f, const Complex* top, long cells, Complex* df) const override;
  long parameters() const override { return map_->parameters(); }
  void set_parameters(std::span<const double> p) override { map_->set_parameters(p); }
  void jvp_parameters(Moments f, std::span<const double> dp, long cells, Complex* top) const override;
  void vjp_parameters(Moments f, const Complex* top, long cells, std::span<double> dp) const override;
  void vjp_parameters_in_leaves(Moments f, const Complex* top, long cells, long leaf, const LeafSum& dp) const override;
  /// The same at the moments of the last call of any of these, without a forward pass of its own; `top` in whole rows.
  void vjp_parameters_of_last(const Complex* top, long leaf, const LeafSum& dp) const;

 private:
  static constexpr int seen = 3, answers = 2;  ///< numbers in a cell: c, Re z, Im z, and y

  /// What the network sees of the grid's cells, or f_2 of them, in whole rows.
  Moments in_rows(Moments f, std::vector<Complex>& work) const;
  std::vector<Complex> in_rows(const Complex* top) const;
  /// numbers_ <- those of the fields f, in whole rows as all that follows, and y of them.
  void evaluate(Moments f) const;
  /// partial_ <- d (Re w, Im w) / d number k at numbers_, [2][5][cells].
  void differentiate() const;
  /// The transposed derivative of `top` in number k.
  double pulled_back(const Complex* top, int k, long i) const;
  std::vector<double> answers_bar(const Complex* top) const;

  ClosureForm form_;
  const FourierGrid& grid_;
  WholeRows rows_;
  std::unique_ptr<FourierGrid> slabs_;  ///< of whole rows, where the grid is not
  long cells_;                          ///< in whole rows
  int row_cells_;
  std::vector<double> mean_, scale_;  ///< of what the network sees
  std::unique_ptr<FieldMap> map_;     ///< keeps what it was applied to last
  Program top_, jacobian_;
  mutable std::vector<double> numbers_, x_, partial_;
};

}  // namespace residua::kinetic
