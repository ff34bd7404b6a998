#include "kinetic/anderson.hpp"

#include <cmath>

namespace residua::kinetic {
namespace {

constexpr double least_new = 1e-6;  ///< of a change, that is none of those before

void add(std::vector<double>& to, double factor, std::span<const double> what) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += factor * what[i];
}

}  // namespace

void Anderson::learn(std::span<const double> x, std::span<const double> f) {
  if (changes_.size() == most) changes_.clear();
  Change change{{x.begin(), x.end()}, {f.begin(), f.end()}};
  add(change.x, -1, last_x_);
  add(change.f, -1, last_f_);
  const double whole = std::sqrt(dot_(change.f, change.f));
  for (const Change& before : changes_) {
    const double along = dot_(before.f, change.f);
    add(change.x, -along, before.x);
    add(change.f, -along, before.f);
  }
  const double size = std::sqrt(dot_(change.f, change.f));
  if (!(size > least_new * whole)) return;
  for (double& value : change.x) value /= size;
  for (double& value : change.f) value /= size;
  changes_.push_back(std::move(change));
}

void Anderson::advance(std::span<double> x, std::span<const double> f) {
  if (begun_) learn(x, f);
  begun_ = true;
  last_x_.assign(x.begin(), x.end());
  last_f_.assign(f.begin(), f.end());
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += f[i];
  for (const Change& change : changes_) {
    const double gamma = dot_(change.f, f);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] -= gamma * (change.x[i] + change.f[i]);
  }
}

}  // namespace residua::kinetic
