// The main of every test executable: MPI, PETSc and Kokkos are up while the tests run on all ranks. Rank 0 reports;
// another rank prints only its failures. The exit code is the worst over the ranks, so that a failure on one is seen.
#include <gtest/gtest.h>
#include <mpi.h>
#include <petscsys.h>

#include <Kokkos_Core.hpp>
#include <cstdio>
#include <memory>
#include <string>

#ifdef __SANITIZE_ADDRESS__
// Plug-ins of MPI stay loaded, so that the leak check can name the leaks in them, and lsan.supp dismiss them.
extern "C" int dlclose(void*) { return 0; }
#endif

namespace {

class FailuresOfRank : public testing::EmptyTestEventListener {
 public:
  explicit FailuresOfRank(int rank) : rank_(rank) {}

 private:
  // Kept here, since GoogleTest reports an uncaught exception while it holds the lock that its own record needs.
  void OnTestStart(const testing::TestInfo& test) override {
    test_ = std::string(test.test_suite_name()) + "." + test.name();
  }

  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) return;
    std::fprintf(stderr, "rank %d: %s: %s:%d: %s\n", rank_, test_.c_str(),
                 result.file_name() ? result.file_name() : "?", result.line_number(), result.message());
  }

  int rank_;
  std::string test_ = "?";
};

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  int provided = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  int result = 1;
  if (PetscInitialize(&argc, &argv, nullptr, nullptr) == 0) {
    {
      const Kokkos::ScopeGuard kokkos(argc, argv);
      if (rank != 0) {
        auto& listeners = testing::UnitTest::GetInstance()->listeners();
        std::unique_ptr<testing::TestEventListener> silenced(listeners.Release(listeners.default_result_printer()));
        listeners.Append(new FailuresOfRank(rank));  // NOLINT: GoogleTest owns it
      }
      result = RUN_ALL_TESTS();
    }
    if (PetscFinalize() != 0) result = 1;
  }
  MPI_Allreduce(MPI_IN_PLACE, &result, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
  MPI_Finalize();
  return result;
}
