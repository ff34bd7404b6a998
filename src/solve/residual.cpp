#include "solve/residual.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "solve/agreement.hpp"

namespace residua {

Residual::Residual(const Communicator& comm, long local_unknowns, long local_rows)
    : comm_(comm), local_unknowns_(local_unknowns), unknowns_(comm.sum(local_unknowns)) {
  resize_rows(local_rows);
}

void Residual::resize_rows(long local_rows) {
  local_rows_ = local_rows;
  rows_ = comm_.sum(local_rows);
}

double Residual::loss_gradient(Vec u, Vec g) {
  const VecHandle r = make_rows();
  evaluate(u, r);
  vjp(u, r, g);
  return half_squares(r);
}

double Residual::loss_at(std::span<const double> u) {
  const VecHandle vec = make_unknowns(), r = make_rows();
  scatter(u, vec);
  evaluate(vec, r);
  return half_squares(r);
}

double Residual::loss_gradient_at(std::span<const double> u, std::span<double> g) {
  const VecHandle vec = make_unknowns(), gradient = make_unknowns();
  scatter(u, vec);
  const double f = loss_gradient(vec, gradient);
  std::ranges::copy(gather(comm_, gradient), g.begin());
  return f;
}

void Residual::stream_rows(Vec, const RowSink&) { throw Error("this residual has no explicit rows"); }

double Residual::half_squares(Vec r) {
  if (reductions_ == Reductions::reproducible) {
    // Every rank adds all squares in the one order of the rows: right for any split, if not the fastest.
    std::vector<double> ordered(static_cast<std::size_t>(rows_));
    const VecReader reader(r);
    for (const RowSegment& s : segments()) {
      for (long i = 0; i < s.count; ++i) {
        ordered[static_cast<std::size_t>(s.global + i)] = reader.span()[static_cast<std::size_t>(s.local + i)];
      }
    }
    comm_.sum(ordered);
    double sum = 0;
    for (const double x : ordered) sum += x * x;
    return sum / 2;
  }
  double norm = 0;
  RESIDUA_PETSC(VecNorm(r, NORM_2, &norm));
  return norm * norm / 2;
}

std::vector<RowSegment> Residual::segments() const { return RowLeaves::by_rank(comm_, local_rows_); }

std::string Residual::describe_row(long local_row) const { return "local row " + std::to_string(local_row); }

void Residual::require_finite(Vec r) {
  raise_failure();
  std::string where;
  {
    const VecReader reader(r);
    for (std::size_t i = 0; i < reader.span().size() && where.empty(); ++i) {
      if (std::isfinite(reader.span()[i])) continue;
      where = "the residual is not finite: " + std::to_string(reader.span()[i]) + " in " +
              describe_row(static_cast<long>(i)) + " of rank " + std::to_string(comm_.rank());
    }
  }
  throw_first(comm_, where);
}

}  // namespace residua
