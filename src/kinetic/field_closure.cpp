#include "kinetic/field_closure.hpp"

#include "map/derivative.hpp"

namespace residua::kinetic {
namespace {

std::vector<Expression> jacobian_of(const std::vector<Expression>& top, int numbers) {
  std::vector<Expression> inputs;
  for (int k = 0; k < numbers; ++k) inputs.push_back(Expression::input(k));
  return jacobian(top, inputs);
}

}  // namespace

FieldClosure::FieldClosure(const ClosureNetwork& network, const FourierGrid& grid)
    : form_(network.form()),
      cells_(grid.cells()),
      row_cells_(grid.shape().nx),
      mean_(network.mean),
      map_(network.field_map(grid)),
      top_(form_.top(seen, network.sizes), {0, seen + answers, 0}),
      jacobian_(jacobian_of(form_.top(seen, network.sizes), seen + answers), {0, seen + answers, 0}),
      numbers_((seen + answers) * cells_),
      x_(seen * cells_),
      partial_(2 * (seen + answers) * cells_) {
  for (const double deviation : network.deviation) scale_.push_back(deviation > 0 ? 1 / deviation : 0);
  map_->set_parameters(network.weights);
}

void FieldClosure::evaluate(Moments f) const {
  form_.load(f, cells_, {}, numbers_);
  for (int k = 0; k < seen; ++k)
    for (long i = k * cells_; i < (k + 1) * cells_; ++i) x_[i] = (numbers_[i] - mean_[k]) * scale_[k];
  map_->apply(x_, std::span(numbers_).subspan(seen * cells_));
}

void FieldClosure::apply(Moments f, long cells, Complex* top) const {
  evaluate(f);
  top_.evaluate(numbers_, static_cast<std::size_t>(cells), std::span(partial_).first(2 * cells));
  for (long i = 0; i < cells; ++i) top[i] = {partial_[i], partial_[cells + i]};
}

void FieldClosure::differentiate() const { jacobian_.evaluate(numbers_, static_cast<std::size_t>(cells_), partial_); }

void FieldClosure::jvp(Moments f, Moments df, long cells, Complex* top) const {
  evaluate(f);
  differentiate();
  std::vector<double> change((seen + answers) * cells), dx(seen * cells);
  form_.load(df, cells, {}, change);
  for (int k = 0; k < seen; ++k)
    for (long i = k * cells; i < (k + 1) * cells; ++i) dx[i] = change[i] * scale_[k];
  map_->jvp(dx, {}, std::span(change).subspan(seen * cells));
  for (long i = 0; i < cells; ++i) {
    double re = 0, im = 0;
    for (int k = 0; k < seen + answers; ++k) {
      re += partial_[k * cells + i] * change[k * cells + i];
      im += partial_[(seen + answers + k) * cells + i] * change[k * cells + i];
    }
    top[i] = {re, im};
  }
}

double FieldClosure::pulled_back(const Complex* top, int k, long i) const {
  return partial_[k * cells_ + i] * top[i].real() + partial_[(seen + answers + k) * cells_ + i] * top[i].imag();
}

std::vector<double> FieldClosure::answers_bar(const Complex* top) const {
  std::vector<double> bar(answers * cells_);
  for (int k = 0; k < answers; ++k)
    for (long i = 0; i < cells_; ++i) bar[k * cells_ + i] = pulled_back(top, seen + k, i);
  return bar;
}

void FieldClosure::vjp(Moments f, const Complex* top, long cells, Complex* df) const {
  evaluate(f);
  differentiate();
  std::vector<double> bar(seen * cells);
  map_->vjp(answers_bar(top), bar, {});
  const auto along = [&](int k, long i) { return pulled_back(top, k, i) + bar[k * cells + i] * scale_[k]; };
  for (long i = 0; i < cells; ++i) {
    df[i] = along(0, i);
    df[f.stride + i] = {along(1, i), along(2, i)};
  }
}

void FieldClosure::jvp_parameters(Moments f, std::span<const double> dp, long cells, Complex* top) const {
  evaluate(f);
  differentiate();
  std::vector<double> dy(answers * cells);
  map_->jvp({}, dp, dy);
  for (long i = 0; i < cells; ++i)
    for (int k = 0; k < answers; ++k)
      top[i] +=
          dy[k * cells + i] * Complex(partial_[(seen + k) * cells + i], partial_[(2 * seen + answers + k) * cells + i]);
}

void FieldClosure::vjp_parameters(Moments f, const Complex* top, long cells, std::span<double> dp) const {
  vjp_parameters_in_leaves(f, top, cells, cells, [&](long) { return dp; });
}

void FieldClosure::vjp_parameters_in_leaves(Moments f, const Complex* top, long /*cells*/, long leaf,
                                            const LeafSum& dp) const {
  evaluate(f);
  vjp_parameters_of_last(top, leaf, dp);
}

void FieldClosure::vjp_parameters_of_last(const Complex* top, long leaf, const LeafSum& dp) const {
  differentiate();
  map_->vjp(answers_bar(top), {}, [&](int row) { return dp(static_cast<long>(row) * row_cells_ / leaf); });
}

}  // namespace residua::kinetic
