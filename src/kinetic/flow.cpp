#include "kinetic/flow.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "solve/first_guess.hpp"
#include "solve/semilinear.hpp"

namespace residua::kinetic {
namespace {

constexpr int guess_differences = 8;

}  // namespace

struct Flow::Work {
  Work(const FourierGrid& on, const Model& of, double tolerance, Reductions how)
      : grid(on),
        model(of),
        reductions(how),
        direction(grid.modes()),
        velocity_factor(grid.modes()),
        modes(2 * grid.modes()),
        cells(grid.cells()),
        three_modes(3 * grid.modes()),
        three_cells(3 * grid.cells()),
        solution(make_vec(grid.communicator(), 2 * grid.modes())) {
    for (long k = 0; k < grid.modes(); ++k) {
      const Complex wave(grid.kx(k), grid.ky(k));
      if (const long other = grid.partner(k); other >= k) pairs.push_back({k, other});
      velocity_factor[k] = wave == 0.0 ? 0.0 : wave / std::norm(wave);
      direction[k] = wave == 0.0 ? 0.0 : Complex(0, 1) * times(wave, wave) / std::norm(wave);
    }
    if (reductions == Reductions::reproducible) set_dot_product(solution, dot);
    RESIDUA_PETSC(VecDuplicate(solution, right.address()));
    RESIDUA_PETSC(VecDuplicate(solution, change.address()));
    const auto size = static_cast<PetscInt>(2 * grid.modes());
    const MPI_Comm comm = grid.communicator().mpi();
    RESIDUA_PETSC(MatCreateShell(comm, size, size, PETSC_DETERMINE, PETSC_DETERMINE, this, matrix.address()));
    RESIDUA_PETSC(MatShellSetOperation(matrix, MATOP_MULT, reinterpret_cast<petsc::Operation>(apply)));
    RESIDUA_PETSC(MatSetOption(matrix, MAT_SPD, PETSC_TRUE));
    PC pc = nullptr;
    RESIDUA_PETSC(KSPCreate(comm, ksp.address()));
    RESIDUA_PETSC(KSPSetOptionsPrefix(ksp, "kinetic_stress_"));
    RESIDUA_PETSC(KSPSetOperators(ksp, matrix, matrix));
    RESIDUA_PETSC(KSPSetType(ksp, KSPCG));
    RESIDUA_PETSC(KSPGetPC(ksp, &pc));
    RESIDUA_PETSC(PCSetType(pc, PCNONE));
    RESIDUA_PETSC(KSPSetNormType(ksp, KSP_NORM_NATURAL));  // the residual's, of which the method knows the square
    RESIDUA_PETSC(KSPSetTolerances(ksp, tolerance, 0, PETSC_MAX_REAL, 200));
    RESIDUA_PETSC(KSPSetFromOptions(ksp));
  }

  /// Each part of the vectors is in the cache for all pairs.
  std::vector<double> products(std::span<const DotPair> wanted) const {
    std::vector<double> sums;
    if (reductions == Reductions::reproducible) {
      for (const DotPair& pair : wanted) {
        const double *const a = pair.a.data(), *const b = pair.b.data();
        sums.push_back(grid.sum(reductions, [&](long k) { return a[2 * k] * b[2 * k] + a[2 * k + 1] * b[2 * k + 1]; }));
      }
      return sums;
    }
    sums.resize(wanted.size());
    constexpr std::size_t part = 1024;
    const std::size_t size = 2 * grid.modes();
    for (std::size_t first = 0; first < size; first += part)
      for (std::size_t k = 0; k < wanted.size(); ++k) {
        const double *const a = wanted[k].a.data(), *const b = wanted[k].b.data();
        double total = 0;
#pragma omp simd reduction(+ : total)
        for (std::size_t i = first; i < std::min(first + part, size); ++i) total += a[i] * b[i];
        sums[k] += total;
      }
    grid.communicator().sum(sums);
    return sums;
  }

  /// sign n . sigma, of the modes of sigma = sigma11 + i sigma12 as a complex field.
  void drive(std::span<const Complex> sigma, double sign, std::span<Complex> out) const {
    for (const auto& [k, minus] : pairs) {
      const Complex one = sigma[k], other = std::conj(sigma[minus]), sum = one + other, difference = one - other;
      const double n1 = 0.5 * sign * direction[k].real(), n2 = 0.5 * sign * direction[k].imag();
      const Complex driven(n1 * sum.real() + n2 * difference.imag(), n1 * sum.imag() - n2 * difference.real());
      out[k] = driven;
      out[minus] = std::conj(driven);
    }
  }

  /// The modes of the strain rate of this vorticity.
  void strain_of(std::span<const Complex> vorticity, std::span<Complex> strain) const {
    for (std::size_t k = 0; k < strain.size(); ++k) strain[k] = 0.5 * times(direction[k], vorticity[k]);
  }

  void multiply(std::span<const Complex> x, std::span<Complex> y) {
    const std::span<Complex> one(modes.data(), x.size());
    strain_of(x, one);
    grid.to_cells(one, 1, cells);
    grid.to_modes([this](int row, Complex* to) { stress_of_strain(row, to); }, one);
    drive(one, 1, y);
    for (std::size_t k = 0; k < y.size(); ++k) y[k] += x[k];
  }

  /// `strain_stress` of the strain rate in a row of cells. In real numbers, since GCC makes no vectors of the others.
  void stress_of_strain(int row, Complex* stress) const {
    const int width = grid.width();
    const long first = static_cast<long>(row) * width;
    const double factor = 0.25 * model.beta;
    const auto *const density = reinterpret_cast<const double*>(c + first),
                      *const fourth = reinterpret_cast<const double*>(w + first),
                      *const e = reinterpret_cast<const double*>(cells.data() + first);
    auto* const to = reinterpret_cast<double*>(stress);
#pragma omp simd
    for (int i = 0; i < width; ++i) {
      const double scale = density[2 * i], re = e[2 * i], im = e[2 * i + 1], w1 = fourth[2 * i], w2 = fourth[2 * i + 1];
      to[2 * i] = factor * (scale * re + (rounded_product(re, w1) + rounded_product(im, w2)));
      to[2 * i + 1] = factor * (scale * im + (rounded_product(re, w2) - rounded_product(im, w1)));
    }
  }

  /// The absolute tolerance becomes the relative one times `size`.
  void set_absolute(double size) {
    PetscReal relative = 0, divergence = 0;
    PetscInt most = 0;
    RESIDUA_PETSC(KSPGetTolerances(ksp, &relative, nullptr, &divergence, &most));
    RESIDUA_PETSC(KSPSetTolerances(ksp, relative, relative * size, divergence, most));
  }

  /// The solution for `right` from those before.
  void solve() {
    {
      const VecReader b(right);
      const VecWriter x(solution);
      first_guess.guess(b.span(), x.span());
    }
    solve_for(solution, false);
    const VecReader b(right), x(solution);
    first_guess.keep(b.span(), x.span());
  }

  /// For the right-hand side `right`. Throws Error when the solver gives up.
  void solve_for(Vec x, bool from_zero) {
    RESIDUA_PETSC(KSPSetInitialGuessNonzero(ksp, from_zero ? PETSC_FALSE : PETSC_TRUE));
    RESIDUA_PETSC(KSPSolve(ksp, right, x));
    KSPConvergedReason reason = KSP_CONVERGED_ITERATING;
    PetscInt count = 0;
    RESIDUA_PETSC(KSPGetConvergedReason(ksp, &reason));
    RESIDUA_PETSC(KSPGetIterationNumber(ksp, &count));
    iterations += count;
    if (reason == KSP_DIVERGED_INDEFINITE_MAT)
      throw OutOfDomain(
          "the state is no longer that of a density: |w| > c makes the particles' stress indefinite; a smaller "
          "time.step, or more angles or cells");
    if (reason < 0)
      throw Error(fmt::format("the solution for the stress failed after {} iterations ({})", count,
                              KSPConvergedReasons[reason]));
  }

  /// The same from 0 and relative to the right-hand side, into `change`.
  void solve_for_change() {
    set_absolute(0);
    solve_for(change, true);
  }

  /// Velocity, strain rate and vorticity in the cells, [3][cells], of the vorticity's modes.
  void flow_of(Vec vorticity, std::span<Complex> flow_cells) {
    const VecReader reader(vorticity);
    const std::span<const Complex> om = complex_span(reader.span());
    const std::size_t n = om.size();
    for (std::size_t k = 0; k < n; ++k) three_modes[k] = times(velocity_factor[k], om[k]);
    strain_of(om, std::span(three_modes).subspan(n, n));
    std::ranges::copy(om, three_modes.begin() + static_cast<std::ptrdiff_t>(2 * n));
    grid.to_cells(three_modes, 3, flow_cells);
  }

  static PetscErrorCode apply(Mat matrix, Vec x, Vec y) {
    return petsc::guarded([&] {
      void* context = nullptr;
      RESIDUA_PETSC(MatShellGetContext(matrix, &context));
      const VecReader in(x);
      const VecWriter out(y);
      static_cast<Work*>(context)->multiply(complex_span(in.span()), complex_span(out.span()));
    });
  }

  const FourierGrid& grid;
  Model model;
  Reductions reductions;
  std::vector<Complex> direction;            ///< n as a complex number, i k^2 / |k|^2
  std::vector<Complex> velocity_factor;      ///< u + i v over the vorticity: (i ky, -i kx) psi, psi = om / k^2
  std::vector<std::pair<long, long>> pairs;  ///< k and -k
  std::vector<Complex> modes, cells, three_modes, three_cells;
  DotProducts dots = [this](std::span<const DotPair> wanted) { return products(wanted); };
  DotProduct dot = [this](std::span<const double> a, std::span<const double> b) {
    const DotPair pair{a, b};
    return products({&pair, 1})[0];
  };
  FirstGuess first_guess{guess_differences, dots};
  VecHandle solution, right, change;  ///< change: of derivatives
  MatHandle matrix;
  KspHandle ksp;
  const Complex *c = nullptr, *z = nullptr, *w = nullptr;
  long iterations = 0;
};

Flow::Flow(const FourierGrid& grid, const Model& model, double tolerance, Reductions reductions)
    : work_(std::make_unique<Work>(grid, model, tolerance, reductions)) {}

Flow::~Flow() = default;

void Flow::solve(const Complex* c, const Complex* z, const Complex* w) {
  Work& work = *work_;
  work.c = c;
  work.z = z;
  work.w = w;
  const std::span<Complex> stress(work.modes.data(), work.grid.modes());
  const Model model = work.model;  // a copy, which stores to the cells cannot change
  const int width = work.grid.width();
  const auto active = [&](int row, Complex* to) {
    const long first = static_cast<long>(row) * width;
    for (int i = 0; i < width; ++i) to[i] = active_stress(model, c[first + i].real(), z[first + i], w[first + i]);
  };
  work.grid.to_modes(active, stress);
  // What part of the stress drives a flow may be mere rounding: the residual counts against the whole of it.
  const double size = std::sqrt(work.grid.sum(work.reductions, [&](long k) { return std::norm(stress[k]); }));
  work.set_absolute(size);
  {
    const VecWriter right(work.right);
    work.drive(stress, -1, complex_span(right.span()));
  }
  work.solve();
}

std::span<const Complex> Flow::vorticity() const {
  const VecReader reader(work_->solution);
  return complex_span(reader.span());
}

void Flow::set_vorticity(std::span<const Complex> modes) {
  const VecWriter writer(work_->solution);
  std::ranges::copy(modes, complex_span(writer.span()).begin());
}

const DotProducts& Flow::dots() const { return work_->dots; }

void Flow::forget() {
  const VecWriter writer(work_->solution);
  std::ranges::fill(writer.span(), 0.0);
  work_->first_guess.clear();
}

void Flow::save(State& state) const {
  const FirstGuess::Kept kept = work_->first_guess.save();
  std::vector<double>& all = state.arrays["stress_solutions"];
  for (const std::vector<double>& each : kept.vectors) {
    const std::vector<double> whole = work_->grid.communicator().gather(each);
    all.insert(all.end(), whole.begin(), whole.end());
  }
  state.arrays["stress_products"] = kept.numbers;
}

void Flow::load(const State& state) {
  forget();
  const FourierGrid& grid = work_->grid;
  const std::vector<double>& all = state.arrays.at("stress_solutions");
  FirstGuess::Kept kept{{}, state.arrays.at("stress_products")};
  const auto size = static_cast<std::size_t>(2 * grid.all_modes());
  for (std::size_t at = 0; at < all.size(); at += size) {
    const double* const part = all.data() + at + 2 * grid.first_mode();
    kept.vectors.emplace_back(part, part + 2 * grid.modes());
  }
  work_->first_guess.load(kept);
  if (kept.vectors.empty()) return;
  const VecWriter writer(work_->solution);
  std::ranges::copy(kept.vectors[1], writer.span().begin());  // the last one
}

void Flow::to_cells(std::span<Complex> cells) { work_->flow_of(work_->solution, cells); }

void Flow::strain_to_cells(std::span<Complex> cells) {
  const VecReader reader(work_->solution);
  const std::span<Complex> modes(work_->modes.data(), work_->grid.modes());
  work_->strain_of(complex_span(reader.span()), modes);
  work_->grid.to_cells(modes, 1, cells);
}

void Flow::jvp(std::span<const Complex> stress, std::span<Complex> velocity, std::span<Complex> strain,
               std::span<Complex> vorticity) {
  Work& work = *work_;
  const std::span<Complex> modes(work.modes.data(), work.grid.modes());
  work.grid.to_modes(stress, 1, modes);
  {
    const VecWriter right(work.right);
    work.drive(modes, -1, complex_span(right.span()));
  }
  work.solve_for_change();
  work.flow_of(work.change, work.three_cells);
  const Complex* from = work.three_cells.data();
  for (const std::span<Complex> to : {velocity, strain, vorticity}) {
    std::copy_n(from, to.size(), to.begin());
    from += to.size();
  }
}

void Flow::vjp(std::span<const Complex> velocity, std::span<const Complex> strain, std::span<const Complex> vorticity,
               std::span<Complex> stress) {
  Work& work = *work_;
  const std::size_t n = work.grid.modes(), size = work.cells.size();
  Complex* to = work.three_cells.data();
  for (const std::span<const Complex> from : {velocity, strain}) to = std::ranges::copy(from, to).out;
  for (std::size_t i = 0; i < size; ++i) to[i] = vorticity[i].real();
  work.grid.to_modes(work.three_cells, 3, work.three_modes);
  {
    const VecWriter right(work.right);
    const std::span<Complex> om = complex_span(right.span());
    const Complex* const modes = work.three_modes.data();
    for (std::size_t k = 0; k < n; ++k)
      om[k] = times(std::conj(work.velocity_factor[k]), modes[k]) +
              0.5 * times(std::conj(work.direction[k]), modes[n + k]) + modes[2 * n + k];
    work.grid.make_real(om);  // as all vorticities are
  }
  work.solve_for_change();
  const VecReader reader(work.change);
  const std::span<Complex> modes(work.modes.data(), n);
  work.strain_of(complex_span(reader.span()), modes);  // half the transpose of `drive`, on a real field's modes
  for (Complex& mode : modes) mode *= -2.0;
  work.grid.to_cells(modes, 1, stress);
}

Flow::Power Flow::power() {
  Work& work = *work_;
  const std::span<const Complex> om = vorticity();
  const std::span<Complex> strain(work.modes.data(), om.size()), stress(work.modes.data() + om.size(), om.size());
  work.strain_of(om, strain);
  work.grid.to_cells(strain, 1, work.cells);
  for (std::size_t i = 0; i < work.cells.size(); ++i) {
    const double c = work.c[i].real();
    work.cells[i] =
        active_stress(work.model, c, work.z[i], work.w[i]) + strain_stress(work.model, c, work.w[i], work.cells[i]);
  }
  work.grid.to_modes(work.cells, 1, stress);
  Power power;  // E:E = 2 |e|^2 and Sigma:E = 2 Re(conj(e) sigma)
  power.dissipated = 4 * work.grid.sum(Reductions::reproducible, [&](long k) { return std::norm(strain[k]); });
  power.injected = -2 * work.grid.sum(Reductions::reproducible,
                                      [&](long k) { return times(std::conj(strain[k]), stress[k]).real(); });
  return power;
}

void Flow::set_model(const Model& model) { work_->model = model; }

double Flow::tolerance() const {
  PetscReal relative = 0;
  RESIDUA_PETSC(KSPGetTolerances(work_->ksp, &relative, nullptr, nullptr, nullptr));
  return relative;
}

long Flow::iterations() const { return work_->iterations; }

}  // namespace residua::kinetic
