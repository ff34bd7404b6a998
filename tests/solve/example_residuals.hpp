// Small residuals with known answers, for the tests of this folder.
#pragma once

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/random.hpp"
#include "solve/replicated_residual.hpp"

namespace residua::testing_support {

/// Row i: r_i(u) and its derivatives, from one function; rows split over the ranks in leaves of 16.
class RowwiseResidual : public ReplicatedResidual {
 public:
  using Row = std::function<double(long i, std::span<const double> u, std::span<double> derivatives)>;

  RowwiseResidual(const Communicator& comm, long unknowns, long rows, Row row)
      : ReplicatedResidual(comm, unknowns), row_(std::move(row)) {
    constexpr long leaf = 16;
    const long total = (rows + leaf - 1) / leaf;
    std::vector<RowLeaf> leaves;
    long local = 0;
    for (long l = total * comm.rank() / comm.size(); l < total * (comm.rank() + 1) / comm.size(); ++l) {
      const long count = std::min(leaf, rows - l * leaf);
      leaves.push_back({l, local, count, l * leaf});
      local += count;
    }
    set_leaves(std::move(leaves), total);
  }

  bool has_rows() const override { return rows_known_; }
  void hide_rows() { rows_known_ = false; }

  std::string describe_row(long local_row) const override { return "equation " + std::to_string(global(local_row)); }

 protected:
  void evaluate_here(std::span<const double> u, std::span<double> r) override {
    for_rows({0, static_cast<long>(leaves().size())}, u, [&](std::size_t i, double value, auto) { r[i] = value; });
  }
  void jvp_here(std::span<const double> u, std::span<const double> v, std::span<double> jv) override {
    for_rows({0, static_cast<long>(leaves().size())}, u, [&](std::size_t i, double, std::span<const double> d) {
      jv[i] = 0;
      for (std::size_t k = 0; k < d.size(); ++k) jv[i] += d[k] * v[k];
    });
  }
  void vjp_here(std::span<const double> u, LeafRange range, std::span<const double> w, std::span<double> g) override {
    for_rows(range, u, [&](std::size_t i, double, std::span<const double> d) {
      for (std::size_t k = 0; k < d.size(); ++k) g[k] += d[k] * w[i];
    });
  }
  void stream_here(std::span<const double> u, const RowSink& sink) override {
    constexpr long height = 7;
    std::vector<double> chunk;
    for (long first = 0; first < local_rows(); first += height) {
      const long count = std::min(height, local_rows() - first);
      chunk.assign(static_cast<std::size_t>(count * (unknowns() + 1)), 0.0);
      std::vector<double> d(u.size());
      for (long i = 0; i < count; ++i) {
        const double value = row_(global(first + i), u, d);
        for (std::size_t k = 0; k < d.size(); ++k)
          chunk[k * static_cast<std::size_t>(count) + static_cast<std::size_t>(i)] = d[k];
        chunk[d.size() * static_cast<std::size_t>(count) + static_cast<std::size_t>(i)] = value;
      }
      sink({first, static_cast<int>(count), chunk.data(), static_cast<int>(count)});
    }
  }

 private:
  long global(long local_row) const {
    for (const RowLeaf& leaf : leaves()) {
      if (local_row < leaf.local + leaf.count) return leaf.global + local_row - leaf.local;
    }
    throw Error("no such row");
  }

  template <class Use>
  void for_rows(LeafRange range, std::span<const double> u, Use&& use) {
    std::vector<double> d(u.size());
    for (long l = range.first; l < range.last; ++l) {
      const RowLeaf& leaf = leaves()[static_cast<std::size_t>(l)];
      for (long i = 0; i < leaf.count; ++i) {
        const double value = row_(leaf.global + i, u, d);
        use(static_cast<std::size_t>(leaf.local + i), value, std::span<const double>(d));
      }
    }
  }

  Row row_;
  bool rows_known_ = true;
};

/// sum_k a_k exp(-b_k t) - y(t) on [0, 4], y from a = (1, 2), b = (0.5, 3) plus `noise`. u = (a_1, b_1, a_2, b_2).
inline RowwiseResidual exponential_fit(const Communicator& comm, long rows = 300, double noise = 0) {
  return {comm, 4, rows, [=](long i, std::span<const double> u, std::span<double> d) {
            const double t = 4.0 * static_cast<double>(i) / static_cast<double>(rows - 1);
            double r = -std::exp(-0.5 * t) - 2 * std::exp(-3 * t) - noise * normal(3, 0, static_cast<std::uint64_t>(i));
            for (std::size_t k = 0; k < 4; k += 2) {
              const double e = std::exp(-u[k + 1] * t);
              r += u[k] * e;
              d[k] = e;
              d[k + 1] = -t * u[k] * e;
            }
            return r;
          }};
}

/// Rosenbrock's function as least squares: 10 (u_{k+1} - u_k^2), 1 - u_k. Minimum at all ones.
inline RowwiseResidual rosenbrock(const Communicator& comm, long unknowns) {
  return {comm, unknowns, 2 * (unknowns - 1), [](long i, std::span<const double> u, std::span<double> d) {
            const auto k = static_cast<std::size_t>(i / 2);
            std::fill(d.begin(), d.end(), 0.0);
            if (i % 2 == 0) {
              d[k] = -20 * u[k];
              d[k + 1] = 10;
              return 10 * (u[k + 1] - u[k] * u[k]);
            }
            d[k] = -1;
            return 1 - u[k];
          }};
}

/// Polynomial of degree n-1 through 1 / (1 + t) type data that it can represent: coefficients all 1, monomials on [0,
/// 1]. Linear in u; the condition number grows like 30^n.
inline RowwiseResidual vandermonde(const Communicator& comm, long unknowns, long rows = 400) {
  return {comm, unknowns, rows, [=](long i, std::span<const double> u, std::span<double> d) {
            const double t = static_cast<double>(i) / static_cast<double>(rows - 1);
            double r = 0, power = 1;
            for (std::size_t k = 0; k < u.size(); ++k, power *= t) {
              d[k] = power;
              r += (u[k] - 1) * power;
            }
            return r;
          }};
}

/// u_i^3 + 2 u_i - (i + 1): as many rows as unknowns, both split over the ranks; the base's defaults do the rest.
class DistributedCubic final : public Residual {
 public:
  DistributedCubic(const Communicator& comm, long local) : Residual(comm, local, local) {}

  void evaluate(Vec u, Vec r) override {
    apply(u, u, r, [](double x, double, double i) { return x * x * x + 2 * x - (i + 1); });
  }
  void jvp(Vec u, Vec v, Vec jv) override {
    apply(u, v, jv, [](double x, double y, double) { return (3 * x * x + 2) * y; });
  }
  void vjp(Vec u, Vec w, Vec g) override { jvp(u, w, g); }

 private:
  template <class Function>
  static void apply(Vec a, Vec b, Vec out, Function function) {
    PetscInt first = 0;
    RESIDUA_PETSC(VecGetOwnershipRange(a, &first, nullptr));
    const VecReader x(a), y(b);
    const VecWriter z(out);
    for (std::size_t i = 0; i < z.span().size(); ++i) {
      z.span()[i] = function(x.span()[i], y.span()[i], static_cast<double>(first) + static_cast<double>(i));
    }
  }
};

inline VecHandle make_start(const Residual& residual, const std::vector<double>& values) {
  VecHandle u = residual.make_unknowns();
  scatter(values, u);
  return u;
}

}  // namespace residua::testing_support
