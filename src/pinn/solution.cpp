#include "pinn/solution.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "pinn/lagrangian.hpp"

namespace residua::pinn {
namespace {

constexpr long chunk = 1024;             // points evaluated together
constexpr std::size_t most_carried = 8;  // sets of places whose data are kept

/// Rows [rows][n] of an array with the given stride, from point `first` on.
std::vector<double> slice(std::span<const double> array, long stride, long first, long n) {
  const long rows = stride == 0 ? 0 : static_cast<long>(array.size()) / stride;
  std::vector<double> part(static_cast<std::size_t>(rows * n));
  for (long i = 0; i < rows; ++i) std::copy_n(array.begin() + i * stride + first, n, part.begin() + i * n);
  return part;
}

/// The different places in space of points [dimension][n], and for each point which one it is.
struct Places {
  std::vector<double> at;  ///< [dimension][count], the time zero
  std::vector<long> of;
  long count = 0;
};

Places places_of(std::span<const double> points, long n, int dimension, int time) {
  const auto compare = [&](long p, long q) {
    for (int i = 0; i < dimension; ++i)
      if (i != time && points[i * n + p] != points[i * n + q]) return points[i * n + p] < points[i * n + q] ? -1 : 1;
    return 0;
  };
  std::vector<long> order(static_cast<std::size_t>(n)), first;
  std::iota(order.begin(), order.end(), 0L);
  std::ranges::sort(order, [&](long p, long q) { return compare(p, q) < 0; });
  Places places;
  places.of.resize(order.size());
  for (long p : order) {
    if (first.empty() || compare(first.back(), p) != 0) first.push_back(p);
    places.of[p] = static_cast<long>(first.size()) - 1;
  }
  places.count = static_cast<long>(first.size());
  places.at.resize(static_cast<std::size_t>(dimension) * first.size());
  for (int i = 0; i < dimension; ++i)
    for (long q = 0; q < places.count; ++q) places.at[i * places.count + q] = i == time ? 0 : points[i * n + first[q]];
  return places;
}

}  // namespace

Evaluator::Evaluator(Ansatz::Part part, const Network& network, std::span<const double> theta)
    : part_(std::move(part)), map_(network, part_.channels) {
  map_.set_parameters(theta);
}

std::vector<double> Evaluator::operator()(std::span<const double> coordinates, std::span<const double> data, long n) {
  const long dimension = map_.network().coordinates(), outputs = this->outputs();
  std::vector<double> result(static_cast<std::size_t>(outputs * n));
  for (long first = 0; first < n; first += chunk) {
    const long m = std::min(chunk, n - first);
    std::vector<double> inputs = slice(coordinates, n, first, m);
    const std::vector<double> known = slice(data, n, first, m);
    inputs.insert(inputs.end(), known.begin(), known.end());
    const std::size_t channels_at = inputs.size();
    inputs.resize(static_cast<std::size_t>((part_.program.shape().coordinates + part_.program.shape().inputs) * m));
    const Points points{m, {inputs.data(), m}, {inputs.data() + dimension * m, m}};
    map_.channels(points, {inputs.data() + channels_at, m});
    std::vector<double> values(static_cast<std::size_t>(outputs * m));
    part_.program.evaluate(inputs, static_cast<std::size_t>(m), values);
    for (long i = 0; i < outputs; ++i) std::copy_n(values.begin() + i * m, m, result.begin() + i * n + first);
  }
  return result;
}

void Solution::add(std::shared_ptr<const Ansatz> ansatz, Network network, std::vector<double> theta) {
  std::unique_ptr<Evaluator> at_end;
  if (!ansatz->data().empty()) at_end = std::make_unique<Evaluator>(ansatz->start_of_next(), network, theta);
  windows_.push_back({std::move(ansatz), std::move(network), std::move(theta), std::move(at_end)});
}

void Solution::save(State& state) const {
  state.arrays["windows_found"] = {static_cast<double>(windows())};
  for (int k = 0; k < windows(); ++k) {
    const TimeWindow& w = ansatz(k).window();
    state.arrays[fmt::format("window_{:06}/range", k)] = {w.begin, w.end};
    state.arrays[fmt::format("window_{:06}/theta", k)] = parameters(k);
  }
}

void Solution::load(const State& state, std::span<const Expression> wanted,
                    const std::function<Network(const TimeWindow&)>& network) {
  clear();
  const int found = static_cast<int>(state.arrays.at("windows_found").at(0));
  for (int k = 0; k < found; ++k) {
    const std::vector<double>& range = state.arrays.at(fmt::format("window_{:06}/range", k));
    const TimeWindow window{range.at(0), range.at(1)};
    add(std::make_shared<const Ansatz>(problem_, window, wanted), network(window),
        state.arrays.at(fmt::format("window_{:06}/theta", k)));
  }
}

void Solution::clear() {
  windows_.clear();
  carried_.clear();
}

void Solution::remove_last() {
  windows_.pop_back();
  std::erase_if(carried_, [&](const Carried& c) { return c.window > windows(); });
}

std::vector<double> Solution::start(const Ansatz& ansatz, int k, std::span<const double> coordinates, long n) const {
  const std::size_t channels = ansatz.data().size();
  if (channels == 0 || n == 0) return {};
  const Places places = places_of(coordinates, n, problem_.dimension(), problem_.time);
  const std::vector<double>& at_places = carry(ansatz, k, places.at).data;
  std::vector<double> data(channels * static_cast<std::size_t>(n));
  for (std::size_t c = 0; c < channels; ++c)
    for (long p = 0; p < n; ++p) data[c * n + p] = at_places[c * places.count + places.of[p]];
  return data;
}

const Solution::Carried& Solution::carry(const Ansatz& ansatz, int k, std::vector<double> places) const {
  const long n = static_cast<long>(places.size()) / problem_.dimension();
  const auto known = std::ranges::find_if(carried_, [&](const Carried& c) {
    return c.problem == &ansatz.problem() && c.window <= k && c.places == places;
  });
  Carried state;
  if (known != carried_.end()) {
    state = std::move(*known);
    carried_.erase(known);
  } else {
    state = {&ansatz.problem(), std::move(places), 0,
             std::vector<double>(ansatz.data().size() * static_cast<std::size_t>(n))};
    const Program first(first_start(ansatz.problem(), ansatz.data()), {problem_.dimension(), 0, 0});
    first.evaluate(state.places, static_cast<std::size_t>(n), state.data);
    if (carried_.size() == most_carried) carried_.erase(carried_.begin());
  }
  for (; state.window < k; ++state.window) {
    const Window& window = windows_[state.window];
    std::fill_n(state.places.begin() + problem_.time * n, n, window.ansatz->window().end);
    state.data = (*window.at_end)(state.places, state.data, n);
  }
  std::fill_n(state.places.begin() + problem_.time * n, n, 0.0);
  return carried_.emplace_back(std::move(state));
}

std::vector<double> Solution::evaluate(int k, std::span<const Expression> expressions,
                                       std::span<const double> coordinates, long n) const {
  return problem_.in_labels ? evaluate_at_places(*this, k, expressions, coordinates, n)
                            : evaluate_in_labels(k, expressions, coordinates, n);
}

std::vector<double> Solution::evaluate_in_labels(int k, std::span<const Expression> expressions,
                                                 std::span<const double> coordinates, long n) const {
  const Window& window = windows_[k];
  Evaluator evaluator(window.ansatz->evaluate(expressions), window.network, window.theta);
  return evaluator(coordinates, start(*window.ansatz, k, coordinates, n), n);
}

std::vector<double> Solution::evaluate(std::span<const Expression> expressions, std::span<const double> coordinates,
                                       long n) const {
  if (windows() == 1) return evaluate(0, expressions, coordinates, n);
  std::vector<std::vector<long>> points(windows_.size());
  for (long p = 0; p < n; ++p) points[window_of(coordinates[problem_.time * n + p])].push_back(p);
  std::vector<double> values(expressions.size() * static_cast<std::size_t>(n));
  for (int k = 0; k < windows(); ++k) {
    const auto m = static_cast<long>(points[k].size());
    std::vector<double> here(static_cast<std::size_t>(problem_.dimension() * m));
    for (int i = 0; i < problem_.dimension(); ++i)
      for (long q = 0; q < m; ++q) here[i * m + q] = coordinates[i * n + points[k][q]];
    const std::vector<double> part = evaluate(k, expressions, here, m);
    for (std::size_t e = 0; e < expressions.size(); ++e)
      for (long q = 0; q < m; ++q) values[e * n + points[k][q]] = part[e * m + q];
  }
  return values;
}

int Solution::window_of(double time) const {
  int k = 0;
  while (k + 1 < windows() && time > windows_[k].ansatz->window().end) ++k;
  return k;
}

}  // namespace residua::pinn
