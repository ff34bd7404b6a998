#include "closure/closure_fit.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.hpp"
#include "grid/point_set.hpp"
#include "kinetic/learned_closure.hpp"
#include "solve/point_residual.hpp"

namespace residua::kinetic {
namespace {

constexpr double least_size = 0.01;
constexpr double least_spread = 1e-8;  // of what is more than rounding

/// Which of model_names() are inputs.
std::vector<int> numbers_of(const std::vector<std::string>& parameters) {
  std::vector<int> numbers;
  for (const std::string& name : parameters) {
    const auto found = std::ranges::find(model_names(), name);
    numbers.push_back(static_cast<int>(found - model_names().begin()));
  }
  return numbers;
}

/// Raw numbers, target, weight of some samples, [column][count].
std::vector<double> data_of(const ClosureNetwork& network, const MomentSamples& samples, PointRange range) {
  const std::vector<int> parameters = numbers_of(network.parameters);
  const ClosureForm form = network.form();
  const int moments = 1 + 2 * network.level, numbers = 2 * form.fields() - 1, raw = form.raw();
  std::vector<double> data((raw + 3) * range.count);
  for (long i = 0; i < range.count; ++i) {
    const long row = range.first + i;
    const auto put = [&](int column, double value) { data[column * range.count + i] = value; };
    for (int k = 0; k < moments; ++k) put(k, samples.moment(row, k));
    for (int k = moments; k < numbers; ++k) put(k, samples.behind(row, k - moments));
    for (std::size_t k = 0; k < parameters.size(); ++k)
      put(numbers + static_cast<int>(k), samples.parameter(row, parameters[k]));
    put(raw, samples.moment(row, moments));
    put(raw + 1, samples.moment(row, moments + 1));
    put(raw + 2, 1 / std::sqrt(std::hypot(samples.frame_size(row), least_size)));
  }
  return data;
}

std::vector<double> invariants_of(const ClosureForm& form, std::span<const double> data, long count) {
  std::vector<double> x(form.invariants() * count);
  ClosureInvariants(form).evaluate(data.first(form.raw() * count), count, x);
  return x;
}

PointBlock block_of(const ClosureNetwork& network, const MomentSamples& samples, double weight,
                    const Communicator& comm) {
  const PointRange range = share(samples.count(), comm.rank(), comm.size());
  const ClosureForm form = network.form();
  std::vector<double> data = data_of(network, samples, range);
  std::vector<double> x = invariants_of(form, data, range.count);
  PointMap map(network.network(), ChannelSet(), closure_program(form, network.sizes));
  std::vector<double> weights(map.residuals() * range.count, weight);
  return {"closure",       std::move(map), range.first,     range.count,
          samples.count(), std::move(x),   std::move(data), std::move(weights)};
}

}  // namespace

ClosureNetwork begin_closure(ClosureNetwork network, const MomentSamples& samples, std::uint64_t seed) {
  for (int k = 0; k < static_cast<int>(model_names().size()); ++k) network.fixed.push_back(samples.parameter(0, k));
  const ClosureForm form = network.form();
  network.sizes.assign(form.covariants(), 1.0);
  const long count = samples.count();
  const std::vector<double> data = data_of(network, samples, {0, count});
  const std::vector<double> x = invariants_of(form, data, count);
  for (int k = 0; k < form.invariants(); ++k) {
    double sum = 0, squares = 0;
    for (long i = 0; i < count; ++i) sum += x[k * count + i];
    const double mean = sum / static_cast<double>(count);
    for (long i = 0; i < count; ++i) squares += std::pow(x[k * count + i] - mean, 2);
    network.mean.push_back(mean);
    const double deviation = std::sqrt(squares / static_cast<double>(count));
    network.deviation.push_back(deviation > least_spread ? deviation + 1e-3 : 0);
  }
  const Program squares(form.covariant_squares(), {0, form.raw(), 0});
  std::vector<double> sizes(form.covariants() * count);
  squares.evaluate(std::span(data).first(form.raw() * count), count, sizes);
  for (int j = 0; j < form.covariants(); ++j) {
    double sum = 0;
    for (long i = 0; i < count; ++i) sum += sizes[j * count + i];
    const double size = std::sqrt(sum / static_cast<double>(count));
    network.sizes[j] = size > least_spread ? size + 1e-6 : 0;
  }
  network.weights = network.first_weights(seed);
  return network;
}

std::unique_ptr<Residual> sample_residual(const ClosureNetwork& network, const MomentSamples& samples,
                                          Reductions reductions, const Communicator& communicator, double weight) {
  std::vector<PointBlock> blocks;
  blocks.push_back(block_of(network, samples, weight, communicator));
  auto residual = std::make_unique<PointResidual>(communicator, std::move(blocks));
  residual->set_reductions(reductions);
  return residual;
}

ClosureFit::ClosureFit(std::unique_ptr<Residual> residual, const TrainerSettings& settings, NextBatch next_batch,
                       HeldBackSamples held_back)
    : residual_(std::move(residual)),
      held_back_(std::move(held_back.residual)),
      trainer_(*residual_, settings),
      next_batch_(std::move(next_batch)) {
  if (held_back_) trainer_.hold_back(*held_back_, held_back.patience);
}

void ClosureFit::resume(const State& state) {
  trainer_.resume(state);
  first_iteration_ = Trainer::iteration_of(state);
}

Outcome ClosureFit::run(ClosureNetwork& network, const Hook& hook) {
  if (next_batch_) next_batch_(first_iteration_);
  trainer_.on_iteration([&](const Iterate& at) {
    const Control control = hook(at);
    // The step to come evaluates where it ends: there the next batch counts.
    if (next_batch_) next_batch_(at.iteration + 1);
    return control;
  });
  const VecHandle u = residual_->make_unknowns();
  scatter(network.weights, u);
  Outcome outcome = trainer_.solve(u);
  if (outcome.failed) throw Error(fmt::format("the fit of the closure failed: {}", outcome.reason));
  network.weights = gather(residual_->communicator(), u);
  return outcome;
}

double closure_error(const ClosureNetwork& network, const MomentSamples& samples) {
  const long count = samples.count();
  const ClosureForm form = network.form();
  const std::vector<double> data = data_of(network, samples, {0, count}), x = invariants_of(form, data, count);
  std::vector<double> r(2 * count);
  PointMap map(network.network(), ChannelSet(), closure_program(form, network.sizes));
  map.set_parameters(network.weights);
  map.apply({count, {x.data(), count}, {data.data(), count}}, {r.data(), count});
  const double* const target = data.data() + form.raw() * count;
  const double* const weight = target + 2 * count;
  double error = 0, size = 0;
  for (long i = 0; i < count; ++i) {
    error += std::pow(std::hypot(r[i], r[count + i]) / weight[i], 2);
    size += target[i] * target[i] + target[count + i] * target[count + i];
  }
  return std::sqrt(error / size);
}

}  // namespace residua::kinetic
