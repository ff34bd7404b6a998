// r(u) = 0, or as small as can be: what must vanish, with its derivatives. Everything that PETSc solves here is one.
//
// u and r are PETSc vectors, split over the ranks of one communicator. J = dr/du is N x P, N = rows(), P = unknowns().
// tests/support/residual_checks.hpp holds the tests that every Residual passes.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/communicator.hpp"
#include "base/reduction.hpp"
#include "solve/row_leaves.hpp"
#include "solve/vec.hpp"

namespace residua {

/// Some rows of [J r]: the local rows first .. first + count - 1.
struct RowChunk {
  long first = 0;
  int count = 0;
  double* data = nullptr;  ///< count x (P + 1), column-major; the last column is r. Whoever gets it may overwrite it.
  int ld = 0;              ///< leading dimension of data
};

using RowSink = std::function<void(const RowChunk&)>;

class Residual {
 public:
  virtual ~Residual() = default;
  Residual(const Residual&) = delete;
  Residual& operator=(const Residual&) = delete;

  const Communicator& communicator() const { return comm_; }
  long local_unknowns() const { return local_unknowns_; }
  long unknowns() const { return unknowns_; }
  long local_rows() const { return local_rows_; }
  long rows() const { return rows_; }

  /// How sums over rows are made, here and in the methods that are given this residual.
  Reductions reductions() const { return reductions_; }
  void set_reductions(Reductions reductions) { reductions_ = reductions; }

  VecHandle make_unknowns() const { return make_vec(comm_, local_unknowns_); }
  VecHandle make_rows() const { return make_vec(comm_, local_rows_); }

  // Collective, all of them. Vectors come from make_unknowns and make_rows or have the same layout.

  /// r <- r(u)
  virtual void evaluate(Vec u, Vec r) = 0;
  /// jv <- J(u) v
  virtual void jvp(Vec u, Vec v, Vec jv) = 0;
  /// g <- J(u)' w
  virtual void vjp(Vec u, Vec w, Vec g) = 0;
  /// g <- J(u)' r(u); returns |r(u)|^2 / 2. Not finite when r is not.
  virtual double loss_gradient(Vec u, Vec g);

  // The same for unknowns that every rank holds in full; the default goes through vectors.

  /// |r(u)|^2 / 2
  virtual double loss_at(std::span<const double> u);
  virtual double loss_gradient_at(std::span<const double> u, std::span<double> g);

  /// Whether `stream_rows` works.
  virtual bool has_rows() const { return false; }
  /// Hands every local row of [J(u) r(u)] to the sink once, in chunks. The sink does not communicate.
  virtual void stream_rows(Vec u, const RowSink& sink);

  /// |r|^2 / 2, in the way `reductions()` asks for.
  virtual double half_squares(Vec r);

  /// The numbers of the local rows in an order that is the same for every rank count (see RowLeaves).
  virtual std::vector<RowSegment> segments() const;

  /// Where a local row comes from, in words: for messages.
  virtual std::string describe_row(long local_row) const;

  /// Throws, on every rank, what failed on any rank in the calls before. Called when a sum is not finite.
  virtual void raise_failure() {}

  /// Throws an Error on every rank that tells the first row of r that is not finite; returns when all are.
  void require_finite(Vec r);

 protected:
  /// Collective.
  Residual(const Communicator& comm, long local_unknowns, long local_rows);

  /// For residuals whose points are drawn anew. Collective.
  void resize_rows(long local_rows);

 private:
  const Communicator& comm_;
  long local_unknowns_, unknowns_, local_rows_ = 0, rows_ = 0;
  Reductions reductions_ = Reductions::fast;
};

}  // namespace residua
