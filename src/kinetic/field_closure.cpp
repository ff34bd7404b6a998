#include "kinetic/field_closure.hpp"

#include <algorithm>

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
      grid_(grid),
      rows_(grid),
      slabs_(grid.in_slabs() ? nullptr : std::make_unique<FourierGrid>(grid.shape(), grid.communicator())),
      cells_(rows_.cells()),
      row_cells_(grid.shape().nx),
      mean_(network.mean),
      map_(network.field_map(slabs_ ? *slabs_ : grid)),
      top_(form_.top(seen, network.sizes), {0, seen + answers, 0}),
      jacobian_(jacobian_of(form_.top(seen, network.sizes), seen + answers), {0, seen + answers, 0}),
      numbers_((seen + answers) * cells_),
      x_(seen * cells_),
      partial_(2 * (seen + answers) * cells_) {
  for (const double deviation : network.deviation) scale_.push_back(deviation > 0 ? 1 / deviation : 0);
  map_->set_parameters(network.weights);
}

Moments FieldClosure::in_rows(Moments f, std::vector<Complex>& work) const {
  if (!slabs_) return f;
  const long cells = grid_.cells();
  std::vector<Complex> own(f[0], f[0] + cells);
  own.insert(own.end(), f[1], f[1] + cells);
  work = rows_.of_cells(own, 2);
  return {work.data(), cells_};
}

std::vector<Complex> FieldClosure::in_rows(const Complex* top) const {
  return rows_.of_cells({top, static_cast<std::size_t>(grid_.cells())}, 1);
}

void FieldClosure::evaluate(Moments f) const {
  form_.load(f, cells_, {}, numbers_);
  for (int k = 0; k < seen; ++k)
    for (long i = k * cells_; i < (k + 1) * cells_; ++i) x_[i] = (numbers_[i] - mean_[k]) * scale_[k];
  map_->apply(x_, std::span(numbers_).subspan(seen * cells_));
}

void FieldClosure::apply(Moments f, long /*cells*/, Complex* top) const {
  std::vector<Complex> work, found(cells_);
  evaluate(in_rows(f, work));
  top_.evaluate(numbers_, static_cast<std::size_t>(cells_), std::span(partial_).first(2 * cells_));
  for (long i = 0; i < cells_; ++i) found[i] = {partial_[i], partial_[cells_ + i]};
  std::ranges::copy(rows_.to_cells(found, 1), top);
}

void FieldClosure::differentiate() const { jacobian_.evaluate(numbers_, static_cast<std::size_t>(cells_), partial_); }

void FieldClosure::jvp(Moments f, Moments df, long /*cells*/, Complex* top) const {
  std::vector<Complex> work, found(cells_);
  evaluate(in_rows(f, work));
  differentiate();
  std::vector<double> change((seen + answers) * cells_), dx(seen * cells_);
  form_.load(in_rows(df, work), cells_, {}, change);
  for (int k = 0; k < seen; ++k)
    for (long i = k * cells_; i < (k + 1) * cells_; ++i) dx[i] = change[i] * scale_[k];
  map_->jvp(dx, {}, std::span(change).subspan(seen * cells_));
  for (long i = 0; i < cells_; ++i) {
    double re = 0, im = 0;
    for (int k = 0; k < seen + answers; ++k) {
      re += partial_[k * cells_ + i] * change[k * cells_ + i];
      im += partial_[(seen + answers + k) * cells_ + i] * change[k * cells_ + i];
    }
    found[i] = {re, im};
  }
  std::ranges::copy(rows_.to_cells(found, 1), top);
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
  std::vector<Complex> work, found(2 * cells_);
  evaluate(in_rows(f, work));
  differentiate();
  const std::vector<Complex> top_bar = in_rows(top);
  std::vector<double> bar(seen * cells_);
  map_->vjp(answers_bar(top_bar.data()), bar, {});
  const auto along = [&](int k, long i) { return pulled_back(top_bar.data(), k, i) + bar[k * cells_ + i] * scale_[k]; };
  for (long i = 0; i < cells_; ++i) {
    found[i] = along(0, i);
    found[cells_ + i] = {along(1, i), along(2, i)};
  }
  found = rows_.to_cells(found, 2);
  for (int m = 0; m < 2; ++m) std::copy_n(found.begin() + m * cells, cells, df + m * f.stride);
}

void FieldClosure::jvp_parameters(Moments f, std::span<const double> dp, long cells, Complex* top) const {
  std::vector<Complex> work, found(cells_);
  evaluate(in_rows(f, work));
  differentiate();
  std::vector<double> dy(answers * cells_);
  map_->jvp({}, dp, dy);
  for (long i = 0; i < cells_; ++i)
    for (int k = 0; k < answers; ++k)
      found[i] += dy[k * cells_ + i] *
                  Complex(partial_[(seen + k) * cells_ + i], partial_[(2 * seen + answers + k) * cells_ + i]);
  found = rows_.to_cells(found, 1);
  for (long i = 0; i < cells; ++i) top[i] += found[i];
}

void FieldClosure::vjp_parameters(Moments f, const Complex* top, long /*cells*/, std::span<double> dp) const {
  std::vector<Complex> work;
  vjp_parameters_in_leaves(in_rows(f, work), in_rows(top).data(), cells_, cells_, [&](long) { return dp; });
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
