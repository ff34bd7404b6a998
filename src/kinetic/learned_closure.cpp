#include "kinetic/learned_closure.hpp"

#include <algorithm>

#include "map/derivative.hpp"

namespace residua::kinetic {
namespace {

std::vector<Expression> inputs(int first, int count) {
  std::vector<Expression> leaves;
  for (int k = 0; k < count; ++k) leaves.push_back(Expression::input(first + k));
  return leaves;
}

/// @top/@raw, @top/@y, @I/@raw in raw numbers and y behind them.
Program jacobian_program(const ClosureForm& form, const std::vector<double>& sizes) {
  const std::vector<Expression> raw = inputs(0, form.raw()), y = inputs(form.raw(), form.covariants());
  const std::vector<Expression> top = form.top(form.raw(), sizes);
  std::vector<Expression> all = jacobian(top, raw);
  for (const Expression& e : jacobian(top, y)) all.push_back(e);
  for (const Expression& e : jacobian(form.invariant(), raw)) all.push_back(e);
  return {all, {0, form.raw() + form.covariants(), 0}};
}

MultiIndex first_derivative(int coordinate) {
  MultiIndex alpha;
  alpha.order[static_cast<std::size_t>(coordinate)] = 1;
  return alpha;
}

ChannelSet slopes(int coordinates) {
  std::vector<Channel> wanted;
  for (int k = 0; k < coordinates; ++k) wanted.emplace_back(first_derivative(k));
  return ChannelSet(wanted);
}

}  // namespace

Program closure_program(const ClosureForm& form, const std::vector<double>& sizes) {
  const int target = form.raw(), weight = target + 2, network = weight + 1;
  const std::vector<Expression> top = form.top(network, sizes);
  std::vector<Expression> all{Expression::input(weight) * (top[0] - Expression::input(target)),
                              Expression::input(weight) * (top[1] - Expression::input(target + 1))};
  const std::vector<Expression> residual = all;
  for (const Expression& e : jacobian(residual, inputs(network, form.covariants()))) all.push_back(e);
  return {all, {form.invariants(), network + form.covariants(), 0}};
}

ClosureInvariants::ClosureInvariants(const ClosureForm& form) : program_(form.invariant(), {0, form.raw(), 0}) {}

void ClosureInvariants::evaluate(std::span<const double> raw, long cells, std::span<double> invariants) const {
  program_.evaluate(raw, static_cast<std::size_t>(cells), invariants);
}

LearnedClosure::LearnedClosure(const ClosureNetwork& network, const Model& model)
    : form_(network.form()),
      of_ratios_(network.form(true)),
      invariants_(form_),
      invariants_of_ratios_(of_ratios_),
      top_(of_ratios_.top(form_.raw(), network.sizes), {0, form_.raw() + form_.covariants(), 0}),
      jacobian_(jacobian_program(form_, network.sizes)),
      network_(network.network(), ChannelSet()),
      fitted_(network.network(), ChannelSet(), closure_program(form_, network.sizes)),
      slope_(network.network(), slopes(form_.invariants())) {
  for (const std::string& name : network.parameters) parameters_.push_back(model_value(model, name));
  set_parameters(network.weights);
  data_.resize((form_.raw() + std::max(3, form_.covariants())) * block);
  x_.resize(form_.invariants() * block);
  y_.resize(2 * block);
}

void LearnedClosure::set_parameters(std::span<const double> p) {
  network_.set_parameters(p);
  fitted_.set_parameters(p);
  slope_.set_parameters(p);
}

void LearnedClosure::load(const ClosureForm& form, const ClosureInvariants& invariants, Moments f, long first,
                          long count) const {
  form.load({f.f + first, f.stride}, count, parameters_, data_);
  invariants.evaluate({data_.data(), static_cast<std::size_t>(form.raw() * count)}, count,
                      {x_.data(), static_cast<std::size_t>(form.invariants() * count)});
}

void LearnedClosure::load(Moments f, long first, long count) const { load(form_, invariants_, f, first, count); }

void LearnedClosure::load_target(long count) const {
  double* const to = std::fill_n(data_.data() + form_.raw() * count, 2 * count, 0.0);
  std::fill_n(to, count, 1.0);
}

void LearnedClosure::apply(Moments f, long cells, Complex* top) const {
  for (long first = 0; first < cells; first += block) {
    const long count = std::min(block, cells - first);
    load(of_ratios_, invariants_of_ratios_, f, first, count);
    network_.channels({count, {x_.data(), count}, {}}, {data_.data() + form_.raw() * count, count});
    top_.evaluate({data_.data(), static_cast<std::size_t>(top_.shape().inputs * count)}, count,
                  {y_.data(), static_cast<std::size_t>(2 * count)});
    for (long i = 0; i < count; ++i) top[first + i] = {y_[i], y_[count + i]};
  }
}

void LearnedClosure::differentiate(long count) const {
  const int raw = form_.raw(), outputs = form_.covariants(), invariants = form_.invariants();
  const int channels = 1 + invariants;
  std::vector<double> y(outputs * channels * count);
  slope_.channels({count, {x_.data(), count}, {}}, {y.data(), count});
  inputs_.assign(data_.begin(), data_.begin() + raw * count);
  for (int j = 0; j < outputs; ++j)
    inputs_.insert(inputs_.end(), y.begin() + j * channels * count, y.begin() + (j * channels + 1) * count);
  partial_.resize(jacobian_.outputs() * count);
  jacobian_.evaluate(inputs_, static_cast<std::size_t>(count), partial_);
  const double* by_raw = partial_.data();
  const double* by_y = by_raw + 2 * raw * count;
  const double* invariant_by_raw = by_y + 2 * outputs * count;
  total_.assign(by_raw, by_y);
  std::vector<int> at;
  for (int k = 0; k < invariants; ++k) at.push_back(slope_.channel_set().find(first_derivative(k)));
  for (int part = 0; part < 2; ++part)
    for (int j = 0; j < outputs; ++j)
      for (int k = 0; k < invariants; ++k)
        for (int r = 0; r < raw; ++r)
          for (long i = 0; i < count; ++i)
            total_[(part * raw + r) * count + i] += by_y[(part * outputs + j) * count + i] *
                                                    y[(j * channels + at[k]) * count + i] *
                                                    invariant_by_raw[(k * raw + r) * count + i];
}

void LearnedClosure::jvp(Moments f, Moments df, long cells, Complex* top) const {
  for (long first = 0; first < cells; first += block) {
    const long count = std::min(block, cells - first);
    load(f, first, count);
    differentiate(count);
    const auto slope = [&](int part, int r, long i) { return total_[(part * form_.raw() + r) * count + i]; };
    for (long i = 0; i < count; ++i) {
      double sum[2] = {};
      for (int part = 0; part < 2; ++part) {
        sum[part] = slope(part, 0, i) * df[0][first + i].real();
        for (int m = 1; m < form_.fields(); ++m)
          sum[part] +=
              slope(part, 2 * m - 1, i) * df[m][first + i].real() + slope(part, 2 * m, i) * df[m][first + i].imag();
      }
      top[first + i] = {sum[0], sum[1]};
    }
  }
}

void LearnedClosure::vjp(Moments f, const Complex* top, long cells, Complex* df) const {
  for (long first = 0; first < cells; first += block) {
    const long count = std::min(block, cells - first);
    load(f, first, count);
    differentiate(count);
    const auto along = [&](int r, long i) {
      return total_[r * count + i] * top[first + i].real() +
             total_[(form_.raw() + r) * count + i] * top[first + i].imag();
    };
    for (long i = 0; i < count; ++i) {
      df[first + i] = along(0, i);
      for (int m = 1; m < form_.fields(); ++m) df[m * f.stride + first + i] = {along(2 * m - 1, i), along(2 * m, i)};
    }
  }
}

void LearnedClosure::jvp_parameters(Moments f, std::span<const double> dp, long cells, Complex* top) const {
  for (long first = 0; first < cells; first += block) {
    const long count = std::min(block, cells - first);
    load(f, first, count);
    load_target(count);
    fitted_.jvp({count, {x_.data(), count}, {data_.data(), count}}, dp, {y_.data(), count});
    for (long i = 0; i < count; ++i) top[first + i] += Complex(y_[i], y_[count + i]);
  }
}

void LearnedClosure::vjp_parameters(Moments f, const Complex* top, long cells, std::span<double> dp) const {
  for (long first = 0; first < cells; first += block) {
    const long count = std::min(block, cells - first);
    load(f, first, count);
    load_target(count);
    for (long i = 0; i < count; ++i) {
      y_[i] = top[first + i].real();
      y_[count + i] = top[first + i].imag();
    }
    fitted_.vjp({count, {x_.data(), count}, {data_.data(), count}}, {y_.data(), count}, dp);
  }
}

}  // namespace residua::kinetic
