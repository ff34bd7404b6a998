// Rates of the network kernels, as points or rows per second and as a fraction of the matrix product rate (dgemm of
// the BLAS that is linked) of the same process.
//
// A shared machine disturbs every clock. So time is that of the thread, each measurement is short, and stands between
// two of dgemm: `fraction` is the best rate over the best dgemm rate, `fraction_median` the median over measurements of
// the rate over the better of its two neighbours. Flops are those of the products with the square weight matrices:
// forward, back and gradient, 6 per weight, channel and point. mib is the high-water mark of the process's memory.
#include <benchmark/benchmark.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <vector>

#include "peer_problems.hpp"

extern "C" void dgemm_(const char* trans_a, const char* trans_b, const int* m, const int* n, const int* k,
                       const double* alpha, const double* a, const int* lda, const double* b, const int* ldb,
                       const double* beta, double* c, const int* ldc);

namespace {

using residua::PeerProblem;
using residua::PointArray;
using residua::PointMap;

double thread_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

/// Work units per second of one call.
template <class F>
double rate(double units, const F& f) {
  const double start = thread_seconds();
  f();
  return units / (thread_seconds() - start);
}

/// Flops per second of one large dgemm.
double dgemm_rate() {
  static const int n = 768;
  static std::vector<double> a(n * n, 1.0), b(n * n, 0.5), c(n * n);
  const double one = 1, zero = 0;
  return rate(2.0 * n * n * n,
              [&] { dgemm_("N", "N", &n, &n, &n, &one, a.data(), &n, b.data(), &n, &zero, c.data(), &n); });
}

double median(std::vector<double> x) {
  std::ranges::nth_element(x, x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2));
  return x[x.size() / 2];
}

double mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

double flops_per_point(const PointMap& map) {
  const auto& layers = map.network().layers();
  double weights = 0;
  for (std::size_t l = 1; l + 1 < layers.size(); ++l) weights += static_cast<double>(layers[l].in) * layers[l].out;
  return 6 * weights * map.channel_set().size();
}

/// Loss and its gradient in all parameters.
void loss_gradient(benchmark::State& state, const char* name) {
  const PeerProblem problem = residua::peer_problem(name);
  PointMap map = problem.map();
  const std::ptrdiff_t count = 160 * PointMap::block();
  const residua::Points points = problem.points().slice(0, count);
  const std::vector<double> weight(static_cast<std::size_t>(map.residuals() * count), 2.0 / static_cast<double>(count));
  std::vector<double> gradient(problem.theta.size());
  double best = 0, best_dgemm = 0;
  std::vector<double> fractions;
  const double flops = flops_per_point(map);
  for (auto _ : state) {
    const double before = dgemm_rate();
    const double now = rate(static_cast<double>(count), [&] {
      map.loss_gradient(points, PointArray<const double>{weight.data(), count}, gradient);
    });
    const double dgemm = std::max(before, dgemm_rate());
    best = std::max(best, now);
    best_dgemm = std::max(best_dgemm, dgemm);
    fractions.push_back(now * flops / dgemm);
  }
  state.counters["points_per_s"] = best;
  state.counters["gflops"] = best * flops * 1e-9;
  state.counters["dgemm_gflops"] = best_dgemm * 1e-9;
  state.counters["fraction"] = best * flops / best_dgemm;
  state.counters["fraction_median"] = median(fractions);
  state.counters["mib"] = mib();
}

/// Residuals alone.
void residual(benchmark::State& state, const char* name) {
  const PeerProblem problem = residua::peer_problem(name);
  PointMap map = problem.map();
  const std::ptrdiff_t count = 160 * PointMap::block();
  std::vector<double> r(static_cast<std::size_t>(map.residuals() * count));
  double best = 0;
  for (auto _ : state)
    best = std::max(best, rate(static_cast<double>(count), [&] {
                      map.apply(problem.points().slice(0, count), {r.data(), count});
                    }));
  state.counters["points_per_s"] = best;
}

/// Rows of the Jacobian: `chunk` points at a time into the same memory, or all of them into one array in huge pages.
void rows(benchmark::State& state) {
  const PeerProblem problem = residua::peer_problem("jacobian");
  PointMap map = problem.map();
  const std::ptrdiff_t chunk = state.range(0);
  // A stride of many pages' power of two would send all columns to the same few places of the caches.
  const std::ptrdiff_t ld = chunk % 512 == 0 ? chunk + 8 : chunk;
  constexpr std::size_t huge_page = std::size_t{1} << 21;
  const std::size_t bytes =
      (static_cast<std::size_t>(ld) * problem.theta.size() * sizeof(double) + huge_page - 1) / huge_page * huge_page;
  const std::unique_ptr<double, decltype(&std::free)> jacobian(
      static_cast<double*>(std::aligned_alloc(huge_page, bytes)), &std::free);
  madvise(jacobian.get(), bytes, MADV_HUGEPAGE);
  double best = 0;
  for (auto _ : state)
    best = std::max(best, rate(static_cast<double>(problem.count), [&] {
                      for (std::ptrdiff_t first = 0; first < problem.count; first += chunk)
                        map.rows(problem.points().slice(first, std::min(chunk, problem.count - first)), jacobian.get(),
                                 ld);
                    }));
  state.counters["rows_per_s"] = best;
  state.counters["mib"] = mib();
}

BENCHMARK_CAPTURE(loss_gradient, burgers, "burgers")->Unit(benchmark::kMillisecond)->Iterations(40);
BENCHMARK_CAPTURE(loss_gradient, ks, "ks")->Unit(benchmark::kMillisecond)->Iterations(30);
BENCHMARK_CAPTURE(loss_gradient, ns, "ns")->Unit(benchmark::kMillisecond)->Iterations(30);
BENCHMARK_CAPTURE(residual, burgers, "burgers")->Unit(benchmark::kMillisecond)->Iterations(40);
BENCHMARK(rows)->Arg(48)->Arg(240)->Arg(4096)->Unit(benchmark::kMillisecond)->Iterations(20);

}  // namespace

BENCHMARK_MAIN();
