#include "solve/replicated_residual.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "solve/agreement.hpp"

namespace residua {
namespace {

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
std::vector<double> ReplicatedResidual::sum_over_leaves(std::size_t size, bool ready, Add&& add) {
  const auto here = static_cast<long>(leaves_.size());
  const auto filled = [&](LeafRange range) {
    std::vector<double> value(size);
    if (!ready || !attempt([&] { add(range, std::span(value)); })) fill_nan(value);
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

void ReplicatedResidual::evaluate_or_fail(std::span<const double> u, std::span<double> r) {
  const bool done = attempt([&] {
    prepare(u);
    evaluate_here(u, r);
  });
  if (!done) fill_nan(r);
}

void ReplicatedResidual::evaluate(Vec u, Vec r) {
  const std::vector<double> all = gather(communicator(), u);
  const VecWriter writer(r);
  evaluate_or_fail(all, writer.span());
}

double ReplicatedResidual::loss_at(std::span<const double> u) {
  std::vector<double> r(static_cast<std::size_t>(local_rows()));
  evaluate_or_fail(u, r);
  return half_squares(r);
}

void ReplicatedResidual::jvp(Vec u, Vec v, Vec jv) {
  const std::vector<double> all_u = gather(communicator(), u), all_v = gather(communicator(), v);
  const VecWriter writer(jv);
  const bool done = attempt([&] {
    prepare(all_u);
    jvp_here(all_u, all_v, writer.span());
  });
  if (!done) fill_nan(writer.span());
}

void ReplicatedResidual::vjp(Vec u, Vec w, Vec g) {
  const std::vector<double> all = gather(communicator(), u);
  const VecReader reader(w);
  const bool ready = attempt([&] { prepare(all); });
  scatter(sum_over_leaves(static_cast<std::size_t>(unknowns()), ready,
                          [&](LeafRange range, std::span<double> sum) { vjp_here(all, range, reader.span(), sum); }),
          g);
}

double ReplicatedResidual::loss_gradient(Vec u, Vec g) {
  const std::vector<double> all = gather(communicator(), u);
  std::vector<double> gradient(all.size());
  const double f = loss_gradient_at(all, gradient);
  scatter(gradient, g);
  return f;
}

double ReplicatedResidual::loss_gradient_at(std::span<const double> u, std::span<double> g) {
  const std::size_t n = g.size();
  std::vector<double> r;
  const bool ready = attempt([&] {
    prepare(u);
    if (fused()) return;
    r.resize(static_cast<std::size_t>(local_rows()));
    evaluate_here(u, r);
  });
  // The loss goes with the gradient, so that one reduction does.
  const std::vector<double> sum = sum_over_leaves(n + 1, ready, [&](LeafRange range, std::span<double> part) {
    if (fused()) {
      part[n] = loss_gradient_here(u, range, part.first(n));
    } else {
      vjp_here(u, range, r, part.first(n));
      part[n] = leaf_half_squares(range, r);
    }
  });
  std::copy_n(sum.begin(), n, g.begin());
  return sum[n];
}

double ReplicatedResidual::leaf_half_squares(LeafRange range, std::span<const double> r) const {
  double sum = 0;
  for (long i = range.first; i < range.last; ++i) {
    const RowLeaf& leaf = leaves_[static_cast<std::size_t>(i)];
    for (const double x : r.subspan(static_cast<std::size_t>(leaf.local), static_cast<std::size_t>(leaf.count))) {
      sum += x * x / 2;
    }
  }
  return sum;
}

double ReplicatedResidual::half_squares(std::span<const double> r) {
  return sum_over_leaves(1, true, [&](LeafRange range, std::span<double> sum) { sum[0] = leaf_half_squares(range, r); })
      .front();
}

double ReplicatedResidual::half_squares(Vec r) {
  const VecReader reader(r);
  return half_squares(reader.span());
}

double ReplicatedResidual::loss_gradient_here(std::span<const double>, LeafRange, std::span<double>) {
  throw Error("this residual has no fused loss and gradient");
}

void ReplicatedResidual::stream_here(std::span<const double>, const RowSink&) {
  throw Error("this residual has no explicit rows");
}

void ReplicatedResidual::stream_rows(Vec u, const RowSink& sink) {
  const std::vector<double> all = gather(communicator(), u);
  attempt([&] {
    prepare(all);
    stream_here(all, sink);
  });
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
