// The right-hand side of the kinetic equation and of closed moments, in ns of this thread per cell and angular field,
// and the share of it that its Fourier transforms alone need: `fft` is the time that the same number of lines takes
// with FFTW in the cache, over that of the right-hand side. `stress` is the number of iterations for the stress.
//
// Arguments: cells of a side, moments beyond f_0 (1: Bingham's closure).
#include <benchmark/benchmark.h>
#include <fftw3.h>
#include <petscsys.h>

#include <algorithm>
#include <cmath>
#include <ctime>

#include "kinetic/kinetic_system.hpp"

namespace {

using residua::Communicator;
using residua::Complex;
using residua::FourierGrid;
using residua::kinetic::Flow;
using residua::kinetic::KineticSystem;
using residua::kinetic::Model;

double thread_seconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

template <class F>
double seconds(const F& f) {
  const double start = thread_seconds();
  f();
  return thread_seconds() - start;
}

/// Of one line of length n, the best of a few.
double line_seconds(int n) {
  std::vector<Complex> in(n, 1.0), out(n);
  const auto raw = [](std::vector<Complex>& v) { return reinterpret_cast<fftw_complex*>(v.data()); };
  const fftw_plan plan = fftw_plan_dft_1d(n, raw(in), raw(out), FFTW_FORWARD, FFTW_ESTIMATE);
  double best = INFINITY;
  for (int trial = 0; trial < 20; ++trial)
    best = std::min(best, seconds([&] {
                            for (int i = 0; i < 200; ++i) fftw_execute(plan);
                          }) / 200);
  fftw_destroy_plan(plan);
  return best;
}

/// Waves on the isotropic state, decaying with the moment.
std::vector<double> some_state(const FourierGrid& grid, int moments) {
  std::vector<double> u(2 * (moments + 1) * grid.modes());
  auto* const modes = reinterpret_cast<Complex*>(u.data());
  for (int m = 0; m <= moments; ++m)
    for (int p = -2; p <= 2; ++p)
      for (int q = -2; q <= 2; ++q)
        if (const long k = grid.find(p, q); k >= 0)
          modes[m * grid.modes() + k] =
              m == 0 ? (p == 0 && q == 0) : 0.02 * std::pow(0.3, m) * std::polar(1.0, p + 2.0 * q + m);
  return u;
}

void right_hand_side(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0)), moments = static_cast<int>(state.range(1));
  const Model model{.alpha = -1, .beta = 0.8, .zeta = 1, .translation = 0.05, .rotation = 0.05, .length = 10};
  const Communicator self(MPI_COMM_SELF);
  const FourierGrid grid({n, n, model.length, model.length}, self);
  Flow flow(grid, model, 1e-13, residua::Reductions::fast);
  auto closure = residua::kinetic::make_closure(moments == 1 ? "bingham" : "truncation", moments);
  KineticSystem system(grid, residua::kinetic::make_hierarchy(std::move(closure)), flow, {.model = model});
  const std::vector<double> u = some_state(grid, moments), none(2 * grid.modes());
  std::vector<double> slope(u.size());
  double best = INFINITY;
  const long before = flow.iterations();
  for (auto _ : state) {
    // a first guess as good as that of a stage: three digits
    for (Complex& om : flow.vorticity()) om *= 1.001;
    best = std::min(best, seconds([&] { system.nonlinear(0, u, slope); }));
  }
  const double iterations = static_cast<double>(flow.iterations() - before) / static_cast<double>(state.iterations());
  const double fields = moments + 1, columns = 2 * grid.most_p() + 1;
  // each field: one transform to cells, three of rows and two of columns back; the flow: 1 and 3, and 2 an iteration
  const double pairs = 4 + 2 * (iterations + 1);
  const double transforms = line_seconds(n) * (fields * (4 * n + 3 * columns) + pairs * (n + columns));
  state.counters["ns"] = 1e9 * best / (fields * n * n);
  state.counters["fft"] = transforms / best;
  state.counters["stress"] = iterations;
  state.counters["ms"] = 1e3 * best;
}

BENCHMARK(right_hand_side)
    ->ArgsProduct({{64, 128}, {1, 8, 16, 32}})
    ->Args({256, 16})
    ->Unit(benchmark::kMillisecond)
    ->Iterations(30);

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  MPI_Init(nullptr, nullptr);
  if (PetscInitializeNoArguments() == 0) {
    benchmark::RunSpecifiedBenchmarks();
    static_cast<void>(PetscFinalize());
  }
  MPI_Finalize();
}
