// The shared harness on small residuals; failures on one rank; the adaptors' matrices.
#include "solve/residual.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "example_residuals.hpp"
#include "solve/evaluation.hpp"
#include "solve/jacobian.hpp"
#include "support/residual_checks.hpp"

namespace residua {
namespace {

using namespace testing_support;

TEST(Residual, PassesTheHarness) {
  const Communicator comm;
  RowwiseResidual fit = exponential_fit(comm, 123, 0.1);
  check_residual(fit, make_start(fit, {0.7, 0.3, 1.1, 2}));
  RowwiseResidual rows = rosenbrock(comm, 40);
  check_residual(rows, make_start(rows, std::vector<double>(40, 0.5)));
  RowwiseResidual linear = vandermonde(comm, 9);
  check_residual(linear, make_start(linear, std::vector<double>(9, 0.2)));
  RowwiseResidual small = rosenbrock(comm, 2);  // some ranks have no rows
  check_residual(small, make_start(small, {-1.2, 1}));
  DistributedCubic cubic(comm, 3 + comm.rank());
  check_residual(cubic, make_start(cubic, std::vector<double>(static_cast<std::size_t>(cubic.unknowns()), 0.4)));
}

TEST(Residual, ReproducibleSumsDoNotDependOnTheRanks) {
  const Communicator world, self(MPI_COMM_SELF);
  RowwiseResidual split = exponential_fit(world, 500, 0.1), whole = exponential_fit(self, 500, 0.1);
  const std::vector<double> u{0.7, 0.3, 1.1, 2};
  std::vector<double> g(4), expected(4);
  split.set_reductions(Reductions::reproducible);
  whole.set_reductions(Reductions::reproducible);
  Evaluation on_world(split), on_self(whole);
  EXPECT_EQ(on_world.loss(u), on_self.loss(u));
  EXPECT_EQ(on_world.loss_gradient(u, g), on_self.loss_gradient(u, expected));
  EXPECT_EQ(g, expected);
}

TEST(Residual, FailureOnOneRankIsThrownOnAll) {
  const Communicator comm;
  const int culprit = comm.size() - 1;
  RowwiseResidual failing(comm, 2, 200, [&](long, std::span<const double>, std::span<double> d) {
    std::fill(d.begin(), d.end(), 1.0);
    if (comm.rank() == culprit) throw Error("the table has no such entry");
    return 1.0;
  });
  Evaluation evaluation(failing);
  const std::vector<double> u{1, 2};
  std::vector<double> g(2);
  for (const auto& call :
       std::vector<std::function<void()>>{[&] { evaluation.loss(u); }, [&] { evaluation.loss_gradient(u, g); },
                                          [&] { failing.stream_rows(evaluation.at(u), [](const RowChunk&) {}); }}) {
    try {
      call();
      ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& e) {
      EXPECT_NE(std::string(e.what()).find("no such entry"), std::string::npos) << e.what();
    }
  }
}

TEST(Residual, SaysWhereItIsNotFinite) {
  const Communicator comm;
  RowwiseResidual nan(comm, 1, 100, [](long i, std::span<const double> u, std::span<double> d) {
    d[0] = 1;
    return i == 61 ? std::sqrt(-u[0]) : u[0];
  });
  Evaluation evaluation(nan);
  const std::vector<double> u{1};
  EXPECT_TRUE(std::isnan(evaluation.loss(u)));
  try {
    evaluation.raise_not_finite(u);
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("equation 61"), std::string::npos) << e.what();
  }
}

TEST(Jacobian, ShellAndDenseAgree) {
  const Communicator comm;
  RowwiseResidual fit = exponential_fit(comm, 90, 0.1);
  const VecHandle u = make_start(fit, {0.7, 0.3, 1.1, 2});
  const MatHandle shell = make_jacobian_shell(fit), dense = make_jacobian_dense(fit),
                  columns = make_jacobian_dense(fit);
  set_jacobian_point(shell, u);
  fill_jacobian_dense(fit, u, dense);
  fit.hide_rows();
  fill_jacobian_dense(fit, u, columns);
  const VecHandle v = fit.make_unknowns(), y = fit.make_rows(), expected = fit.make_rows();
  const VecHandle g = fit.make_unknowns(), expected_g = fit.make_unknowns();
  fill_normal(v, 1, 1);
  for (Mat matrix : {dense.get(), columns.get()}) {
    RESIDUA_PETSC(MatMult(shell, v, expected));
    RESIDUA_PETSC(MatMult(matrix, v, y));
    RESIDUA_PETSC(VecAXPY(y, -1.0, expected));
    EXPECT_LT(vec_norm(y), 1e-12 * vec_norm(expected));
    RESIDUA_PETSC(MatMultTranspose(shell, expected, expected_g));
    RESIDUA_PETSC(MatMultTranspose(matrix, expected, g));
    RESIDUA_PETSC(VecAXPY(g, -1.0, expected_g));
    EXPECT_LT(vec_norm(g), 1e-12 * vec_norm(expected_g));
  }
}

TEST(Jacobian, KspSolvesWithTheShellAndItsTranspose) {
  const Communicator comm;
  RowwiseResidual fit = exponential_fit(comm, 200);
  const VecHandle u = make_start(fit, {0.7, 0.3, 1.1, 2});
  const MatHandle shell = make_jacobian_shell(fit);
  set_jacobian_point(shell, u);
  const VecHandle x = make_start(fit, {1, -2, 3, -4}), b = fit.make_rows(), found = fit.make_unknowns();
  RESIDUA_PETSC(MatMult(shell, x, b));
  KspHandle ksp;
  RESIDUA_PETSC(KSPCreate(comm.mpi(), ksp.address()));
  RESIDUA_PETSC(KSPSetType(ksp, KSPLSQR));
  RESIDUA_PETSC(KSPSetOperators(ksp, shell, shell));
  PC pc = nullptr;
  RESIDUA_PETSC(KSPGetPC(ksp, &pc));
  RESIDUA_PETSC(PCSetType(pc, PCNONE));
  RESIDUA_PETSC(KSPSetTolerances(ksp, 1e-14, 1e-300, PETSC_DEFAULT, 100));
  RESIDUA_PETSC(KSPSolve(ksp, b, found));
  RESIDUA_PETSC(VecAXPY(found, -1.0, x));
  EXPECT_LT(vec_norm(found), 1e-8);
}

TEST(Petsc, ErrorsAndExceptionsCross) {
  KspHandle ksp;
  RESIDUA_PETSC(KSPCreate(PETSC_COMM_WORLD, ksp.address()));
  try {
    RESIDUA_PETSC(KSPSetType(ksp, "no_such_type"));
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("no_such_type"), std::string::npos) << e.what();
  }
  EXPECT_THROW(RESIDUA_PETSC(petsc::guarded([] { throw InputError("from a callback"); })), InputError);
}

}  // namespace
}  // namespace residua
