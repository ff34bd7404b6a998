#include "solve/replicated_residual.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "solve/agreement.hpp"

namespace residua {
namespace {

/// PETSc's own even split.
long even_share(const Communicator& comm, long total) {
  return total / comm.size() + (comm.rank() < total % comm.size() ? 1 : 0);
}

void fill_nan(std::span<double> a) { std::fill(a.begin(), a.end(), NAN); }

}  // namespace

ReplicatedResidual::ReplicatedResidual(const Communicator& comm, long unknowns)
    : Residual(comm, even_share(comm, unknowns), 0) {}

void ReplicatedResidual::set_leaves(std::vector<RowLeaf> leaves, long total) {
  long rows = 0;
  for (const RowLeaf& leaf : leaves) {
    if (leaf.local != rows) throw Error("residual: leaves are not in the order of their local rows");
    rows += leaf.count;
  }
  leaves_ = std::move(leaves);
  total_leaves_ = total;
  resize_rows(rows);
}

template <class Body>
bool ReplicatedResidual::attempt(Body&& body) {
  try {
    body();
    return true;
  } catch (const std::exception& e) {
    if (failure_.empty()) failure_ = e.what();
    return false;
  }
}

void ReplicatedResidual::raise_failure() { throw_first(communicator(), std::exchange(failure_, {})); }

template <class Add>
std::vector<double> ReplicatedResidual::sum_over_leaves(std::size_t size, Add&& add) {
  const auto here = static_cast<long>(leaves_.size());
  const auto filled = [&](LeafRange range) {
    std::vector<double> value(size);
    if (!attempt([&] { add(range, std::span(value)); })) fill_nan(value);
    return value;
  };
  if (reductions() == Reductions::fast) {
    std::vector<double> total = filled({0, here});
    communicator().sum(total);
    return total;
  }
  TreeReduction tree(total_leaves_);
  for (long i = 0; i < here; ++i) tree.put(leaves_[static_cast<std::size_t>(i)].number, filled({i, i + 1}));
  return tree.finish(communicator());
}

void ReplicatedResidual::evaluate(Vec u, Vec r) {
  const std::vector<double> all = gather(communicator(), u);
  const VecWriter writer(r);
  if (!attempt([&] { evaluate_here(all, writer.span()); })) fill_nan(writer.span());
}

void ReplicatedResidual::jvp(Vec u, Vec v, Vec jv) {
  const std::vector<double> all_u = gather(communicator(), u), all_v = gather(communicator(), v);
  const VecWriter writer(jv);
  if (!attempt([&] { jvp_here(all_u, all_v, writer.span()); })) fill_nan(writer.span());
}

void ReplicatedResidual::vjp(Vec u, Vec w, Vec g) {
  const std::vector<double> all = gather(communicator(), u);
  const VecReader reader(w);
  scatter(sum_over_leaves(static_cast<std::size_t>(unknowns()),
                          [&](LeafRange range, std::span<double> sum) { vjp_here(all, range, reader.span(), sum); }),
          g);
}

double ReplicatedResidual::loss_gradient(Vec u, Vec g) {
  if (!fused()) return Residual::loss_gradient(u, g);
  const std::vector<double> all = gather(communicator(), u);
  const auto n = static_cast<std::size_t>(unknowns());
  std::vector<double> sum = sum_over_leaves(
      n + 1, [&](LeafRange range, std::span<double> part) { part[n] = loss_gradient_here(all, range, part.first(n)); });
  scatter(std::span(sum).first(n), g);
  return sum[n];
}

double ReplicatedResidual::half_squares(Vec r) {
  const VecReader reader(r);
  return sum_over_leaves(1,
                         [&](LeafRange range, std::span<double> sum) {
                           for (long i = range.first; i < range.last; ++i) {
                             const RowLeaf& leaf = leaves_[static_cast<std::size_t>(i)];
                             for (const double x : reader.span().subspan(static_cast<std::size_t>(leaf.local),
                                                                         static_cast<std::size_t>(leaf.count))) {
                               sum[0] += x * x / 2;
                             }
                           }
                         })
      .front();
}

double ReplicatedResidual::loss_gradient_here(std::span<const double>, LeafRange, std::span<double>) {
  throw Error("this residual has no fused loss and gradient");
}

void ReplicatedResidual::stream_here(std::span<const double>, const RowSink&) {
  throw Error("this residual has no explicit rows");
}

void ReplicatedResidual::stream_rows(Vec u, const RowSink& sink) {
  const std::vector<double> all = gather(communicator(), u);
  attempt([&] { stream_here(all, sink); });
  raise_failure();
}

std::vector<RowSegment> ReplicatedResidual::segments() const {
  std::vector<RowSegment> merged;
  for (const RowLeaf& leaf : leaves_) {
    if (!merged.empty() && merged.back().global + merged.back().count == leaf.global) {
      merged.back().count += leaf.count;
    } else {
      merged.push_back({leaf.local, leaf.count, leaf.global});
    }
  }
  return merged;
}

}  // namespace residua
