#include "pinn/windows.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "deck/deck.hpp"

namespace residua::pinn {
namespace {

constexpr double first_share = 0.1, least_share = 1e-3;
constexpr double most_inherited = 1e3;  // a residual this far above that of the window before does not come from there
constexpr double in_vain = 0.25;        // a halving that leaves more than this share of the residual

std::vector<double> edges_of(const Deck& deck, double begin, double end) {
  std::vector<double> edges = {begin};
  const std::vector<double> inner =
      deck.has("windows.edges") ? deck.list_of_real("windows.edges") : std::vector<double>{};
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (!(inner[i] > edges.back()) || !(inner[i] < end))
      throw deck.error(fmt::format("windows.edges.{}", i), "edges ascend, inside the range of time");
    edges.push_back(inner[i]);
  }
  const auto count = deck.has("windows.count") ? deck.integer("windows.count") : 1;
  if (!inner.empty() && deck.has("windows.count"))
    throw deck.error("windows.count", "give `count` or `edges`, not both");
  for (std::int64_t i = 1; i < count; ++i)
    edges.push_back(begin + (end - begin) * static_cast<double>(i) / static_cast<double>(count));
  edges.push_back(end);
  return edges;
}

}  // namespace

Windows::Windows(const Deck& deck, const Problem& problem)
    : begin_(problem.time < 0 ? 0 : problem.box.lo[problem.time]),
      end_(problem.time < 0 ? 0 : problem.box.hi[problem.time]),
      tolerance_(deck.real("training.tolerance")),
      at_(begin_),
      length_(first_share * span()),
      allowed_(tolerance_) {
  const bool given = deck.has("windows.count") || deck.has("windows.edges");
  if (problem.time < 0 && given) throw deck.error("windows", "the equation has no time coordinate");
  const bool features = deck.text("method") == "random_features";
  if (problem.time < 0)
    edges_ = {begin_, end_};
  else if (given || !features)
    edges_ = edges_of(deck, begin_, end_);
}

bool Windows::done() const { return adaptive() ? at_ >= end_ : number_ + 1 >= static_cast<int>(edges_.size()); }

TimeWindow Windows::next() const {
  if (!adaptive()) return {edges_[number_], edges_[number_ + 1]};
  const double left = end_ - at_;
  if (left <= 1.01 * length_) return {at_, end_};
  return {at_, at_ + (left < 2 * length_ ? left / 2 : length_)};
}

Windows::Verdict Windows::judge(double residual) {
  const TimeWindow window = next();
  if (!adaptive()) {
    ++number_;
    return Verdict::take;
  }
  const double length = window.end - window.begin;
  stalled_ = attempt_ > 0 && residual > in_vain * last_residual_ ? stalled_ + 1 : 0;
  if (residual <= allowed_) {
    const double relative = residual / allowed_;
    if (stalled_ > 0) {  // it is not the halvings that brought it below
      length_ = std::ldexp(length, stalled_);
      allowed_ = std::max(allowed_, 2 * residual);
    } else {
      length_ = length * (relative < 1e-3 ? 2 : relative < 0.03 ? 1.4 : 1);
      allowed_ = std::max(tolerance_, std::min(allowed_, 2 * residual));
    }
    move_on(window.end, residual);
    return Verdict::take;
  }
  const bool inherited =
      number_ == 0 ? stalled_ == 4 : stalled_ >= 2 && last_residual_ < most_inherited * taken_residual_;
  if (inherited) {
    length_ = std::ldexp(last_length_, stalled_ - 1);  // as long as the first that was no worse
    allowed_ = 2 * last_residual_;
    move_on(window.begin + last_length_, last_residual_);
    return Verdict::take_longer;
  }
  if (length <= 1.01 * least_share * span()) {
    length_ = std::ldexp(length, stalled_);
    allowed_ = 2 * residual;
    move_on(window.end, residual);
    return Verdict::take;
  }
  last_residual_ = residual;
  last_length_ = length;
  length_ = length / 2;
  ++attempt_;
  return Verdict::try_shorter;
}

void Windows::move_on(double to, double residual) {
  at_ = to;
  taken_residual_ = residual;
  attempt_ = stalled_ = 0;
  ++number_;
}

void Windows::save(State& state) const {
  state.arrays["windows"] = {at_,
                             length_,
                             allowed_,
                             last_residual_,
                             last_length_,
                             taken_residual_,
                             static_cast<double>(number_),
                             static_cast<double>(attempt_),
                             static_cast<double>(stalled_)};
}

void Windows::load(const State& state) {
  const std::vector<double>& a = state.arrays.at("windows");
  at_ = a.at(0);
  length_ = a.at(1);
  allowed_ = a.at(2);
  last_residual_ = a.at(3);
  last_length_ = a.at(4);
  taken_residual_ = a.at(5);
  number_ = static_cast<int>(a.at(6));
  attempt_ = static_cast<int>(a.at(7));
  stalled_ = static_cast<int>(a.at(8));
}

}  // namespace residua::pinn
