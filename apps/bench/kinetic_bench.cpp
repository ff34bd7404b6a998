// The right-hand side of the kinetic equation and of closed moments, in ns of this thread per cell and angular field,
// at the states of the stages of four steps in time, more than the first guesses for the stress remember: the best
// pass through all of them. Beside it is what the machine can do, measured in the same process: `fft` is the time that
// the same number of lines takes with FFTW in the cache, `stream` that of the bytes that have to be moved at the rate
// of a copy in main memory (STREAM), both over that of the right-hand side, and `ceiling` their sum. Neither counts a
// network, nor the transforms of a grid of angles in the angle. `network` is the share that a network's products would
// take at the rate of dgemm and its activations on numbers in the cache: a floor of its own, which `with_network`
// counts, too. `stress` is the mean number of iterations for the stress.
//
// Moved has to be, for each field: its modes and its values in the cells, each written once and read once; for the flow
// three fields of cells, written and read, and in each iteration for the stress c and w.
//
// `on_ranks`, with mpirun: `speedup` is the time of a right-hand side on one rank over that on all of them.
//
// Arguments: cells of a side, moments beyond f_0, what closes them.
#include <benchmark/benchmark.h>
#include <fftw3.h>
#include <petscsys.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <numeric>

#include "kinetic/kinetic_system.hpp"
#include "kinetic/learned_closure.hpp"
#include "map/blas.hpp"
#include "map/vector_math.hpp"
#include "solve/etd.hpp"

namespace {

using residua::Communicator;
using residua::Complex;
using residua::FourierGrid;
using residua::kinetic::Angular;
using residua::kinetic::ClosureNetwork;
using residua::kinetic::Flow;
using residua::kinetic::KineticSystem;
using residua::kinetic::Margin;
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

/// Bytes a second of a copy that no cache holds, the best of a few: what is read and what is written.
double copy_rate() {
  constexpr std::size_t size = 1 << 23;
  const std::vector<double> from(size, 1.0);
  std::vector<double> to(size);
  double best = INFINITY;
  for (int trial = 0; trial < 10; ++trial) {
    best = std::min(best, seconds([&] { std::copy(from.begin(), from.end(), to.begin()); }));
    benchmark::DoNotOptimize(to.data());
  }
  return 2 * sizeof(double) * size / best;
}

/// A network that nothing was fitted to, of the size of those that are: for one moment 16 x 16, for more one layer
/// of 8.
ClosureNetwork some_network(int level, bool gradients) {
  ClosureNetwork network;
  network.level = level;
  network.gradients = gradients;
  network.hidden = level == 1 ? std::vector<int>{16, 16} : std::vector<int>{8};
  const residua::kinetic::ClosureForm form = network.form();
  network.mean.assign(form.invariants(), 0.4);
  network.deviation.assign(form.invariants(), 0.7);
  network.sizes.assign(form.covariants(), 0.3);
  network.weights = network.network().glorot(3);
  return network;
}

enum Kind { cut_off, bingham, learned, learned_of_gradients, grid_of_angles };
const char* const names[] = {"cut_off", "bingham", "learned", "learned_of_gradients", "grid_of_angles"};

const Model model{.alpha = -1, .beta = 0.8, .zeta = 1, .translation = 0.05, .rotation = 0.05, .length = 10};

std::unique_ptr<Angular> make_angular(Kind kind, int moments) {
  if (kind == grid_of_angles) return residua::kinetic::make_angle_grid(6 * moments);
  if (kind == cut_off || kind == bingham)
    return residua::kinetic::make_hierarchy(
        residua::kinetic::make_closure(kind == bingham ? "bingham" : "truncation", moments));
  return residua::kinetic::make_hierarchy(
      std::make_unique<residua::kinetic::LearnedClosure>(some_network(moments, kind == learned_of_gradients), model));
}

/// Waves on the isotropic state, decaying with the moment.
std::vector<double> some_state(const FourierGrid& grid, const Angular& angular) {
  std::vector<double> u(2 * angular.fields() * grid.modes());
  auto* const modes = reinterpret_cast<Complex*>(u.data());
  for (int field = 0; field < angular.fields(); ++field)
    for (int p = -2; p <= 2; ++p)
      for (int q = -2; q <= 2; ++q)
        if (const long k = grid.find(p, q); k >= 0)
          modes[field * grid.modes() + k] =
              field == 0 ? (p == 0 && q == 0)
                         : 0.02 * std::pow(0.3, 0.5 * field * angular.stride()) * std::polar(1.0, p + 2.0 * q + field);
  return u;
}

/// A system that keeps the states at which it is evaluated.
class StageStates final : public residua::SemilinearSystem {
 public:
  StageStates(KineticSystem& system, std::vector<std::vector<double>>& states) : system_(system), states_(states) {}
  const Communicator& communicator() const override { return system_.communicator(); }
  long local_size() const override { return system_.local_size(); }
  int width() const override { return system_.width(); }
  void rates(std::span<double> rates) const override { system_.rates(rates); }
  void nonlinear(double t, std::span<const double> u, std::span<double> n) override {
    states_.emplace_back(u.begin(), u.end());
    system_.nonlinear(t, u, n);
  }
  double squares(std::span<const double> v) const override { return system_.squares(v); }

 private:
  KineticSystem& system_;
  std::vector<std::vector<double>>& states_;
};

struct Case {
  Case(const Communicator& communicator, int n, int moments, Kind kind)
      : grid({n, n, model.length, model.length}, communicator),
        flow(grid, model, 1e-10, residua::Reductions::fast),  // as the default tolerance of steps asks for
        system(grid, make_angular(kind, moments), flow, settings(kind)) {
    StageStates recorder(system, states);
    const residua::TsHandle ts = residua::make_etd(recorder, {.order = 4, .step = 0.05}, "bench_");
    const residua::VecHandle u = residua::make_vec(communicator, system.local_size());
    const std::vector<double> start = some_state(grid, system.angular());
    {
      const residua::VecWriter writer(u);
      std::ranges::copy(start, writer.span().begin());
    }
    slope.resize(start.size());
    RESIDUA_PETSC(TSSetSolution(ts, u));
    RESIDUA_PETSC(TSSetMaxTime(ts, 1));
    for (int step = 0; step < 4; ++step) RESIDUA_PETSC(TSStep(ts));
    evaluate();
  }

  static KineticSystem::Settings settings(Kind kind) {
    KineticSystem::Settings settings{.model = model};
    // what is realizable is looked at, too
    if (kind != cut_off && kind != grid_of_angles) settings.margin = Margin{.higher = 0.2};
    return settings;
  }

  void evaluate() {
    for (const std::vector<double>& u : states) system.nonlinear(0, u, slope);
  }
  double count() const { return static_cast<double>(states.size()); }

  FourierGrid grid;
  Flow flow;
  KineticSystem system;
  std::vector<std::vector<double>> states;
  std::vector<double> slope;
};

/// Of one tanh in the cache, the best of a few.
double tanh_seconds() {
  constexpr int size = 1024;
  alignas(64) double values[size] = {};
  for (int i = 0; i < size; ++i) values[i] = 1e-3 * i;
  double best = INFINITY;
  for (int trial = 0; trial < 20; ++trial)
    best = std::min(best, seconds([&] {
                            for (int repeat = 0; repeat < 100; ++repeat) {
                              for (int i = 0; i < size; i += residua::native_lanes)
                                residua::store(values + i,
                                               residua::vector_tanh(residua::load<residua::NativePack>(values + i)));
                              benchmark::DoNotOptimize(values);
                            }
                          }) / (100 * size));
  return best;
}

/// Of one multiplication with its addition in dgemm, the best of a few.
double product_seconds() {
  constexpr int n = 256;
  const std::vector<double> a(n * n, 1.0), b(n * n, 1.0);
  std::vector<double> c(n * n);
  double best = INFINITY;
  for (int trial = 0; trial < 20; ++trial)
    best = std::min(best, seconds([&] {
                            residua::blas::gemm('N', 'N', n, n, n, 1.0, a.data(), n, b.data(), n, 0.0, c.data(), n);
                          }) / (static_cast<double>(n) * n * n));
  return best;
}

/// What a cell's network cannot do without: its products and its activations.
double network_seconds(const residua::Network& network) {
  const std::vector<int>& hidden = network.spec().hidden;
  return static_cast<double>(network.weights()) * product_seconds() +
         std::accumulate(hidden.begin(), hidden.end(), 0) * tanh_seconds();
}

void right_hand_side(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0)), moments = static_cast<int>(state.range(1));
  const Kind kind = static_cast<Kind>(state.range(2));
  const Communicator self(MPI_COMM_SELF);
  Case at(self, n, moments, kind);
  double best = INFINITY;
  const long before = at.flow.iterations();
  for (auto _ : state) best = std::min(best, seconds([&] { at.evaluate(); }) / at.count());
  const FourierGrid& grid = at.grid;
  const Angular& angular = at.system.angular();
  const double iterations =
      static_cast<double>(at.flow.iterations() - before) / static_cast<double>(state.iterations()) / at.count();
  const double fields = angular.fields(), columns = 2 * grid.most_p() + 1, cells = grid.cells(), modes = grid.modes();
  // each field but c: one transform to cells, three of rows and two of columns back; c: 2; the flow: 1 and 3, and 2 an
  // iteration; each gradient one
  const double pairs = 6 + 2 * (iterations + 1) + static_cast<double>(angular.derivatives().size());
  const double transforms = line_seconds(n) * ((fields - 1) * (4 * n + 3 * columns) + pairs * (n + columns));
  const double moved = sizeof(Complex) * (2 * fields * (cells + modes) + (6 + 2 * iterations) * cells) / copy_rate();
  state.SetLabel(names[kind]);
  state.counters["ns"] = 1e9 * best / (fields * cells);
  state.counters["fft"] = transforms / best;
  state.counters["stream"] = moved / best;
  state.counters["ceiling"] = (transforms + moved) / best;
  if (kind == learned || kind == learned_of_gradients) {
    const double network = cells * network_seconds(some_network(moments, kind == learned_of_gradients).network());
    state.counters["network"] = network / best;
    state.counters["with_network"] = (transforms + moved + network) / best;
  }
  state.counters["stress"] = iterations;
  state.counters["ms"] = 1e3 * best;
}

/// Seconds on one rank, the others waiting, over those on all, in turn: of each the best.
void on_ranks(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0)), moments = static_cast<int>(state.range(1));
  const Communicator self(MPI_COMM_SELF), world;
  Case alone(self, n, moments, cut_off), shared(world, n, moments, cut_off);
  const auto wall_seconds = [&](const auto& work) {
    world.barrier();
    const double start = MPI_Wtime();
    work();
    world.barrier();
    return MPI_Wtime() - start;
  };
  double one = INFINITY, all = INFINITY;
  for (auto _ : state) {
    one = std::min(one, wall_seconds([&] {
                     if (world.root()) alone.evaluate();
                   }));
    all = std::min(all, wall_seconds([&] { shared.evaluate(); }));
  }
  state.counters["ranks"] = world.size();
  state.counters["speedup"] = one / all;
  state.counters["ms"] = 1e3 * all;
}

BENCHMARK(right_hand_side)
    ->ArgsProduct({{64, 128, 256}, {8, 16, 32}, {cut_off}})
    ->ArgsProduct({{64, 96, 128, 256}, {1}, {bingham, learned_of_gradients}})
    ->ArgsProduct({{64, 96, 128, 256}, {2}, {learned}})
    ->Args({64, 16, grid_of_angles})
    ->Unit(benchmark::kMillisecond)
    ->Iterations(10);
BENCHMARK(on_ranks)->ArgsProduct({{64, 128, 256}, {1, 16}})->Unit(benchmark::kMillisecond)->Iterations(100);

class Silent final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& /*context*/) override { return true; }
  void ReportRuns(const std::vector<Run>& /*runs*/) override {}
};

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  MPI_Init(nullptr, nullptr);
  if (PetscInitializeNoArguments() == 0) {
    Silent silent;
    if (Communicator().root())
      benchmark::RunSpecifiedBenchmarks();
    else
      benchmark::RunSpecifiedBenchmarks(&silent);
    static_cast<void>(PetscFinalize());
  }
  MPI_Finalize();
}
