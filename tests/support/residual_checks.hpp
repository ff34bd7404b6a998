// The tests that every Residual passes, on any number of ranks:
//
//     Taylor:     |r(u + h v) - r(u) - h J v| falls like h^2
//     transpose:  <w, J v> = <J' w, v> to 1e-12
//     rows:       explicit rows are J times unit vectors, and carry r
//     loss:       loss_gradient is J' r and |r|^2 / 2
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "solve/residual.hpp"

namespace residua::testing_support {

struct ResidualCheckSettings {
  double first_step = 1e-2;  ///< of the Taylor test, along a random direction with entries of order 1
  double tolerance = 1e-12;  ///< relative
  std::uint64_t seed = 5;
};

inline void fill_normal(Vec vec, std::uint64_t seed, std::uint64_t stream) {
  PetscInt first = 0;
  RESIDUA_PETSC(VecGetOwnershipRange(vec, &first, nullptr));
  const VecWriter writer(vec);
  for (std::size_t i = 0; i < writer.span().size(); ++i) {
    writer.span()[i] = normal(seed, stream, static_cast<std::uint64_t>(first) + i);
  }
}

inline double vec_norm(Vec vec) {
  double value = 0;
  RESIDUA_PETSC(VecNorm(vec, NORM_2, &value));
  return value;
}

inline double vec_dot(Vec a, Vec b) {
  PetscScalar value = 0;
  RESIDUA_PETSC(VecDot(a, b, &value));
  return value;
}

inline VecHandle duplicate(Vec vec) {
  VecHandle copy;
  RESIDUA_PETSC(VecDuplicate(vec, copy.address()));
  RESIDUA_PETSC(VecCopy(vec, copy));
  return copy;
}

inline void check_taylor(Residual& residual, Vec u, const ResidualCheckSettings& settings) {
  const VecHandle r = residual.make_rows(), moved = residual.make_rows(), jv = residual.make_rows();
  const VecHandle v = residual.make_unknowns(), at = residual.make_unknowns();
  fill_normal(v, settings.seed, 1);
  residual.evaluate(u, r);
  residual.jvp(u, v, jv);
  const double rounding = 1e-13 * (vec_norm(r) + vec_norm(jv));
  std::vector<double> errors;
  for (int k = 0; k < 12; ++k) {
    const double h = settings.first_step * std::pow(2.0, -k);
    RESIDUA_PETSC(VecWAXPY(at, h, v, u));
    residual.evaluate(at, moved);
    RESIDUA_PETSC(VecAXPY(moved, -1.0, r));
    RESIDUA_PETSC(VecAXPY(moved, -h, jv));
    errors.push_back(vec_norm(moved));
  }
  if (errors.front() < 100 * rounding) return;  // linear in u
  double best = 0;
  for (std::size_t k = 0; k + 1 < errors.size(); ++k) {
    if (errors[k + 1] < 100 * rounding) break;
    const double slope = std::log2(errors[k] / errors[k + 1]);
    if (std::abs(slope - 2) < std::abs(best - 2)) best = slope;
  }
  EXPECT_NEAR(best, 2, 0.1) << "Taylor test: errors from " << errors.front() << " to " << errors.back();
}

inline void check_transpose(Residual& residual, Vec u, const ResidualCheckSettings& settings) {
  const VecHandle jv = residual.make_rows(), w = residual.make_rows();
  const VecHandle v = residual.make_unknowns(), g = residual.make_unknowns();
  for (std::uint64_t trial = 0; trial < 3; ++trial) {
    fill_normal(v, settings.seed, 10 + trial);
    fill_normal(w, settings.seed, 20 + trial);
    residual.jvp(u, v, jv);
    residual.vjp(u, w, g);
    const double scale = vec_norm(w) * vec_norm(jv) + vec_norm(g) * vec_norm(v);
    EXPECT_NEAR(vec_dot(w, jv), vec_dot(g, v), settings.tolerance * scale) << "transpose, trial " << trial;
  }
}

inline void check_rows(Residual& residual, Vec u, const ResidualCheckSettings& settings) {
  const long columns = residual.unknowns(), rows = residual.local_rows();
  std::vector<double> j(static_cast<std::size_t>(rows * (columns + 1)), NAN);
  residual.stream_rows(u, [&](const RowChunk& chunk) {
    for (long k = 0; k <= columns; ++k) {
      std::copy_n(chunk.data + k * chunk.ld, chunk.count, j.begin() + k * rows + chunk.first);
    }
  });
  const VecHandle unit = residual.make_unknowns(), column = residual.make_rows();
  const auto compare = [&](long k, const std::string& what) {
    const double scale = std::max(vec_norm(column), 1e-300);
    const VecReader reader(column);
    double worst = 0;
    for (long i = 0; i < rows; ++i) {
      const double difference =
          std::abs(j[static_cast<std::size_t>(k * rows + i)] - reader.span()[static_cast<std::size_t>(i)]);
      worst = std::isnan(difference) ? INFINITY : std::max(worst, difference);
    }
    EXPECT_LE(worst, settings.tolerance * scale) << what;
  };
  const long stride = std::max(1L, columns / 50);
  for (long k = 0; k < columns; k += stride) {
    RESIDUA_PETSC(VecZeroEntries(unit));
    if (residual.communicator().root()) {
      RESIDUA_PETSC(VecSetValue(unit, static_cast<PetscInt>(k), 1.0, INSERT_VALUES));
    }
    RESIDUA_PETSC(VecAssemblyBegin(unit));
    RESIDUA_PETSC(VecAssemblyEnd(unit));
    residual.jvp(u, unit, column);
    compare(k, "column " + std::to_string(k) + " of the explicit rows");
  }
  residual.evaluate(u, column);
  compare(columns, "the residual beside the explicit rows");
}

inline void check_loss(Residual& residual, Vec u, const ResidualCheckSettings& settings) {
  const VecHandle r = residual.make_rows();
  const VecHandle g = residual.make_unknowns(), expected = residual.make_unknowns();
  residual.evaluate(u, r);
  residual.vjp(u, r, expected);
  const double f = residual.loss_gradient(u, g);
  EXPECT_NEAR(f, vec_norm(r) * vec_norm(r) / 2, settings.tolerance * f);
  EXPECT_NEAR(residual.half_squares(r), f, settings.tolerance * f);
  RESIDUA_PETSC(VecAXPY(g, -1.0, expected));
  EXPECT_LE(vec_norm(g), settings.tolerance * vec_norm(r) * std::max(1.0, vec_norm(expected)));
}

/// All of them, in both ways of reducing. Collective.
inline void check_residual(Residual& residual, Vec u, const ResidualCheckSettings& settings = {}) {
  const Reductions before = residual.reductions();
  for (const Reductions reductions : {Reductions::fast, Reductions::reproducible}) {
    SCOPED_TRACE(reductions == Reductions::fast ? "fast reductions" : "reproducible reductions");
    residual.set_reductions(reductions);
    check_taylor(residual, u, settings);
    check_transpose(residual, u, settings);
    if (residual.has_rows()) check_rows(residual, u, settings);
    check_loss(residual, u, settings);
  }
  residual.set_reductions(before);
}

}  // namespace residua::testing_support
