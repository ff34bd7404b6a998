#include "closure/frame_residual.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/random.hpp"
#include "grid/whole_rows.hpp"

namespace residua::kinetic {
namespace {

constexpr double least_size = 0.01;

}  // namespace

FrameResidual::FrameResidual(const ClosureNetwork& network, const FrameSamples& samples, std::vector<long> frames,
                             Reductions reductions)
    : Residual(samples.grid().communicator(),
               even_share(samples.grid().communicator(), static_cast<long>(network.weights.size())), 0),
      samples_(samples),
      closure_(network, samples.grid()),
      frames_(std::move(frames)) {
  set_reductions(reductions);
  set_batch(frames_);
}

void FrameResidual::set_batch(std::vector<long> batch) {
  batch_ = std::move(batch);
  resize_rows(2 * std::ssize(batch_) * grid().cells());
}

void FrameResidual::take_batch(long size, std::uint64_t seed) {
  const auto all = static_cast<long>(frames_.size());
  const long parts = std::min(size, all);
  std::vector<long> batch;
  for (long k = 0; k < parts; ++k) {
    const long first = k * all / parts, count = (k + 1) * all / parts - first;
    const double u = uniform(seed, 0, static_cast<std::uint64_t>(k));
    batch.push_back(frames_[first + std::min(count - 1, static_cast<long>(u * static_cast<double>(count)))]);
  }
  set_batch(std::move(batch));
}

double FrameResidual::weight(long frame) const {
  const double cells = static_cast<double>(grid().shape().nx) * grid().shape().ny;
  return 1 /
         std::sqrt(std::hypot(samples_.frames()[frame].size, least_size) * static_cast<double>(batch_.size()) * cells);
}

void FrameResidual::residual_of(long frame, Complex* r) const {
  const Moments f = moments(frame);
  closure_.apply(f, grid().cells(), r);
  for (long i = 0; i < grid().cells(); ++i) r[i] = weight(frame) * (r[i] - f[2][i]);
}

ParameterSum FrameResidual::make_sum() const {
  if (reductions() == Reductions::fast) return {unknowns(), communicator()};
  return {unknowns(), grid().first_row(), grid().rows(), grid().shape().ny};
}

void FrameResidual::pull_back(long frame, const Complex* w, ParameterSum& sum) const {
  std::vector<Complex> bar(w, w + grid().cells());
  for (Complex& x : bar) x *= weight(frame);
  const long leaf = reductions() == Reductions::fast ? grid().cells() : grid().shape().nx;
  closure_.vjp_parameters_of_last(bar.data(), leaf, [&](long k) { return sum.leaf(k); });
}

void FrameResidual::evaluate(Vec u, Vec r) {
  closure_.set_parameters(gather(communicator(), u));
  const VecWriter writer(r);
  auto* to = reinterpret_cast<Complex*>(writer.span().data());
  for (const long frame : batch_) {
    residual_of(frame, to);
    to += grid().cells();
  }
}

void FrameResidual::jvp(Vec u, Vec v, Vec jv) {
  closure_.set_parameters(gather(communicator(), u));
  const std::vector<double> dp = gather(communicator(), v);
  const VecWriter writer(jv);
  std::ranges::fill(writer.span(), 0.0);
  auto* to = reinterpret_cast<Complex*>(writer.span().data());
  const long cells = grid().cells();
  for (const long frame : batch_) {
    closure_.jvp_parameters(moments(frame), dp, cells, to);
    for (long i = 0; i < cells; ++i) to[i] *= weight(frame);
    to += cells;
  }
}

void FrameResidual::vjp(Vec u, Vec w, Vec g) {
  closure_.set_parameters(gather(communicator(), u));
  const VecReader reader(w);
  const auto* from = reinterpret_cast<const Complex*>(reader.span().data());
  ParameterSum sum = make_sum();
  std::vector<Complex> top(grid().cells());
  for (const long frame : batch_) {
    closure_.apply(moments(frame), grid().cells(), top.data());
    pull_back(frame, from, sum);
    from += grid().cells();
  }
  scatter(sum.total(communicator()), g);
}

double FrameResidual::loss_gradient(Vec u, Vec g) {
  closure_.set_parameters(gather(communicator(), u));
  const VecHandle r = make_rows();
  ParameterSum sum = make_sum();
  {
    const VecWriter writer(r);
    auto* to = reinterpret_cast<Complex*>(writer.span().data());
    for (const long frame : batch_) {
      residual_of(frame, to);
      pull_back(frame, to, sum);
      to += grid().cells();
    }
  }
  scatter(sum.total(communicator()), g);
  return half_squares(r);
}

std::vector<RowSegment> FrameResidual::segments() const {
  const long all = 2L * grid().shape().nx * grid().shape().ny, first = 2L * grid().first_row() * grid().shape().nx;
  std::vector<RowSegment> segments;
  for (long k = 0; k < std::ssize(batch_); ++k)
    segments.push_back({2 * k * grid().cells(), 2 * grid().cells(), k * all + first});
  return segments;
}

std::string FrameResidual::describe_row(long local_row) const {
  const long cell = local_row / 2 % grid().cells();
  return fmt::format("w at x = {:.6g}, y = {:.6g} of frame {}", grid().x(cell), grid().y(cell),
                     batch_[local_row / 2 / grid().cells()] + 1);
}

double frame_error(const ClosureNetwork& network, const FrameSamples& samples) {
  const FourierGrid& grid = samples.grid();
  const FieldClosure closure(network, grid);
  std::vector<Complex> top(grid.cells());
  double error = 0, size = 0;
  for (const FrameSample& frame : samples.frames()) {
    const Moments f{frame.moments.data(), grid.cells()};
    closure.apply(f, grid.cells(), top.data());
    error += mean_over_cells(grid, [&](long i) { return std::norm(top[i] - f[2][i]); });
    size += frame.size * frame.size;
  }
  return std::sqrt(error / size);
}

}  // namespace residua::kinetic
