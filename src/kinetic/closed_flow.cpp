#include "kinetic/closed_flow.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "grid/whole_rows.hpp"
#include "kinetic/stress.hpp"
#include "solve/anderson.hpp"

namespace residua::kinetic {
namespace {

constexpr int most_turns = 50;

void add(std::span<Complex> to, std::span<const Complex> what) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += what[i];
}

}  // namespace

ClosedFlow::ClosedFlow(KineticSystem& system, const Closure& closure)
    : system_(system),
      closure_(closure),
      cells_(system.grid().cells()),
      implicit_(closure.sees_strain() && closure.level() == 1),
      stress_(cells_),
      next_(cells_) {}

void ClosedFlow::differentiate_in_strain(const KineticSystem::InCells& at) {
  const long rows = 3 + static_cast<long>(closure_.derivatives().size());
  std::vector<Complex> along(rows * cells_);
  const std::span<Complex> strain = std::span(along).last(cells_);
  for (auto* const by : {&by_re_, &by_im_}) {
    by->resize(cells_);
    std::ranges::fill(strain, by == &by_re_ ? Complex(1, 0) : Complex(0, 1));
    closure_.jvp(at.g, {along.data(), cells_}, cells_, by->data());
  }
}

Complex ClosedFlow::against_strain(long i, Complex top) const { return {dot(by_re_[i], top), dot(by_im_[i], top)}; }

void ClosedFlow::settle(const std::function<void()>& turn) {
  const auto dot = [&](std::span<const double> a, std::span<const double> b) {
    return mean_over_cells(system_.grid(), [&](long i) { return a[2 * i] * b[2 * i] + a[2 * i + 1] * b[2 * i + 1]; });
  };
  Anderson iteration(each_by(dot));
  const double tolerance = 10 * system_.flow().tolerance();
  for (int k = 0; k < most_turns; ++k) {
    turn();
    const std::span<const double> f = real_span(std::span<const Complex>(next_));
    const double size = dot(f, f);
    for (long i = 0; i < cells_; ++i) next_[i] -= stress_[i];
    if (dot(f, f) <= tolerance * tolerance * size) return;
    iteration.advance(real_span(std::span(stress_)), f);
  }
  throw Error(
      "the derivative of the flow with a closure that sees its strain rate was not found: the closure answers too "
      "strongly to it here; without closure.strain, or with closure.level = 2");
}

void ClosedFlow::jvp(const KineticSystem::InCells& at, std::span<const double> dp, const Model& dm,
                     std::span<Complex> dg, std::span<Complex> top, Cells& flow) {
  const Model& model = system_.model();
  const int level = closure_.level();
  const Moments along{dg.data(), cells_};
  const auto close = [&] {
    closure_.jvp(at.g, along, cells_, top.data());
    if (!dp.empty()) closure_.jvp_parameters(at.g, dp, cells_, top.data());
  };
  if (closure_.sees_strain()) std::ranges::fill(dg.last(cells_), 0.0);
  if (level == 1) close();
  const Complex* const dw = level > 1 ? along[2] : top.data();
  for (long i = 0; i < cells_; ++i)
    stress_[i] = stress_jvp(model, {at.g[0][i].real(), at.g[1][i], at.fourth[i]}, at.strain[i], dm,
                            {along[0][i].real(), along[1][i], dw[i]});
  if (implicit_) {
    differentiate_in_strain(at);
    const std::vector<Complex> fixed = stress_;
    settle([&] {
      system_.flow().jvp(stress_, flow.velocity, flow.strain, flow.vorticity);
      for (long i = 0; i < cells_; ++i)
        next_[i] = fixed[i] + times(stress_by_fourth(model, at.g[1][i], at.strain[i]), along_strain(i, flow.strain[i]));
    });
    for (long i = 0; i < cells_; ++i) top[i] += along_strain(i, flow.strain[i]);
  } else {
    system_.flow().jvp(stress_, flow.velocity, flow.strain, flow.vorticity);
  }
  if (closure_.sees_strain()) std::ranges::copy(flow.strain, dg.last(cells_).begin());
  if (level > 1) close();
}

void ClosedFlow::vjp(const KineticSystem::InCells& at, const Cells& flow, std::span<Complex> top,
                     std::span<Complex> g_bar, std::span<Model> numbers) {
  const Model& model = system_.model();
  const int level = closure_.level();
  std::vector<Complex> strain = flow.strain, behind(g_bar.size());
  const auto pull_closure_back = [&] {
    closure_.vjp(at.g, top.data(), cells_, behind.data());
    add(g_bar, behind);
  };
  if (level > 1) {
    pull_closure_back();
    if (closure_.sees_strain()) add(strain, std::span(behind).last(cells_));
  }
  if (implicit_) {
    differentiate_in_strain(at);
    for (long i = 0; i < cells_; ++i) strain[i] += against_strain(i, top[i]);
  }
  system_.flow().vjp(flow.velocity, strain, flow.vorticity, stress_);
  if (implicit_) {
    const std::vector<Complex> fixed = strain;
    settle([&] {
      for (long i = 0; i < cells_; ++i)
        strain[i] = fixed[i] +
                    against_strain(i, times(std::conj(stress_by_fourth(model, at.g[1][i], at.strain[i])), stress_[i]));
      system_.flow().vjp(flow.velocity, strain, flow.vorticity, next_);
    });
  }
  for (long i = 0; i < cells_; ++i) {
    const StressInput bar =
        stress_vjp(model, {at.g[0][i].real(), at.g[1][i], at.fourth[i]}, at.strain[i], stress_[i], numbers[i]);
    g_bar[i] += bar.c;
    g_bar[cells_ + i] += bar.z;
    (level > 1 ? g_bar[2 * cells_ + i] : top[i]) += bar.w;
  }
  if (level == 1) pull_closure_back();
}

}  // namespace residua::kinetic
