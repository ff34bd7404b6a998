// A Residual whose unknowns every rank holds in full and whose rows are split over the ranks: a network with replicated
// parameters on its points. A derived class works on arrays of this rank alone; this base gathers the unknowns and
// makes the one reduction of a gradient.
//
// Rows come in leaves: contiguous local rows that are numbered globally, each wholly on one rank, in an order that does
// not depend on the rank count. With reproducible reductions a sum is taken over each leaf, and then along the tree of
// base/reduction.hpp; else over all local leaves at once.
//
// An exception on one rank does not leave the others waiting: it turns the results into NaN, and is thrown on all ranks
// by raise_failure, which the methods call when a sum is not finite.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "solve/residual.hpp"

namespace residua {

/// Local rows [local, local + count), which are the rows from `global` on whatever the rank count.
struct RowLeaf {
  long number = 0;  ///< 0 .. total leaves - 1
  long local = 0;
  long count = 0;
  long global = 0;
};

class ReplicatedResidual : public Residual {
 public:
  void evaluate(Vec u, Vec r) override;
  void jvp(Vec u, Vec v, Vec jv) override;
  void vjp(Vec u, Vec w, Vec g) override;
  double loss_gradient(Vec u, Vec g) override;
  double loss_at(std::span<const double> u) override;
  double loss_gradient_at(std::span<const double> u, std::span<double> g) override;
  void stream_rows(Vec u, const RowSink& sink) override;
  double half_squares(Vec r) override;
  std::vector<RowSegment> segments() const override;
  void raise_failure() override;

 protected:
  /// Leaves [first, last) of this rank, in the order given to set_leaves.
  struct LeafRange {
    long first = 0, last = 0;
  };

  /// `unknowns` in all; PETSc's vectors split them evenly. Collective.
  ReplicatedResidual(const Communicator& comm, long unknowns);

  /// The leaves of this rank, in the order of their local rows, and their number over all ranks. Collective; may be
  /// called again when points change.
  void set_leaves(std::vector<RowLeaf> leaves, long total);
  const std::vector<RowLeaf>& leaves() const { return leaves_; }

  // What a derived class computes, for the rows of this rank. u, v, g have all unknowns; r, w, jv all local rows.

  /// Called once before each of the others, or before a sequence of them over leaves, with the same u.
  virtual void prepare(std::span<const double>) {}

  virtual void evaluate_here(std::span<const double> u, std::span<double> r) = 0;
  virtual void jvp_here(std::span<const double> u, std::span<const double> v, std::span<double> jv) = 0;
  /// g += J' w over the rows of the leaves.
  virtual void vjp_here(std::span<const double> u, LeafRange leaves, std::span<const double> w,
                        std::span<double> g) = 0;
  /// g += J' r over the rows of the leaves; returns |r|^2 / 2 over them. Where `fused` is false, evaluate and
  /// vjp take its place.
  virtual double loss_gradient_here(std::span<const double> u, LeafRange leaves, std::span<double> g);
  virtual bool fused() const { return false; }
  /// All local rows of [J r].
  virtual void stream_here(std::span<const double> u, const RowSink& sink);

 private:
  /// Runs the body; on an exception keeps its message and returns false.
  template <class Body>
  bool attempt(Body&& body);
  /// Sums over leaves, on all ranks, what `add` adds to its array for some leaves; NaN when not `ready`.
  template <class Add>
  std::vector<double> sum_over_leaves(std::size_t size, bool ready, Add&& add);
  /// r(u), NaN after a failure.
  void evaluate_or_fail(std::span<const double> u, std::span<double> r);
  double half_squares(std::span<const double> r);
  double leaf_half_squares(LeafRange range, std::span<const double> r) const;

  std::vector<RowLeaf> leaves_;
  long total_leaves_ = 0;
  std::string failure_;
};

}  // namespace residua
