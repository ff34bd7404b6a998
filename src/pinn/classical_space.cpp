#include "pinn/classical_space.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "map/derivative.hpp"
#include "map/substitute.hpp"
#include "pinn/classical_modes.hpp"

namespace residua::pinn {

ClassicalSpace::ClassicalSpace(const Problem& problem, const ClassicalForm& form, std::vector<SpectralLine> lines)
    : problem_(problem), form_(form), lines_(std::move(lines)) {
  for (const SpectralLine& line : lines_) nodes_ *= line.size();
  points_.resize(static_cast<std::size_t>(problem.dimension()) * nodes_);
  for (int p = 0; p < nodes_; ++p) {
    const std::vector<int> index = index_of(p);
    for (int d = 0; d < form.directions(); ++d)
      points_[static_cast<std::size_t>(form.space[d]) * nodes_ + p] = lines_[d].nodes()[index[d]];
  }
  equation_row_.resize(problem.unknowns.size());
  for (int j = 0; j < problem.fields(); ++j)
    equation_row_[form.equation[j]] = form.velocity[j] < 0 ? j : form.velocity[j];
  is_fixed_.resize(static_cast<std::size_t>(size()));
  in_modes_ = problem.time >= 0 && lines_.size() > 1 &&
              std::ranges::all_of(lines_, [](const SpectralLine& line) { return line.fourier(); });
  compile();
  fix_faces();
  fix_seams();
  find_band();
}

std::vector<int> ClassicalSpace::index_of(int node) const {
  std::vector<int> index(lines_.size());
  for (std::size_t d = lines_.size(); d-- > 0; node /= lines_[d].size()) index[d] = node % lines_[d].size();
  return index;
}

int ClassicalSpace::node_of(std::span<const int> index) const {
  int node = 0;
  for (std::size_t d = 0; d < lines_.size(); ++d) node = node * lines_[d].size() + index[d];
  return node;
}

void ClassicalSpace::fill_channel(Channel& channel) const {
  channel.start = {0};
  for (int p = 0; p < nodes_; ++p) {
    const std::vector<int> index = index_of(p);
    std::vector<std::pair<std::vector<int>, double>> terms = {{index, 1.0}};
    for (std::size_t d = 0; d < lines_.size(); ++d) {
      const int order = channel.alpha[form_.space[d]];
      if (order == 0) continue;
      const Stencil stencil = lines_[d].derivative(index[d], order);
      std::vector<std::pair<std::vector<int>, double>> more;
      for (const auto& [at, weight] : terms)
        for (std::size_t k = 0; k < stencil.weights.size(); ++k) {
          more.emplace_back(at, weight * stencil.weights[k]);
          more.back().first[d] = stencil.first + static_cast<int>(k);
        }
      terms = std::move(more);
    }
    for (const auto& [at, weight] : terms) {
      channel.node.push_back(node_of(at));
      channel.weight.push_back(weight);
    }
    channel.start.push_back(static_cast<int>(channel.node.size()));
  }
}

void ClassicalSpace::compile() {
  const std::vector<UnknownDerivative> wanted = unknown_derivatives(problem_.residual);
  for (const UnknownDerivative& u : wanted) {
    MultiIndex alpha = u.alpha;
    const int in_time = problem_.time < 0 ? 0 : alpha[problem_.time];
    if (problem_.time >= 0) alpha[problem_.time] = 0;
    const bool second = form_.time_order[u.unknown] == 2;
    channels_.push_back({second && in_time > 0 ? form_.velocity[u.unknown] : u.unknown,
                         second ? in_time == 2 : in_time == 1,
                         alpha,
                         {},
                         {},
                         {}});
    if (!in_modes_) fill_channel(channels_.back());
  }
  const std::vector<Expression> equations = substitute(problem_.residual, [&](const Expression& leaf) {
    if (leaf.op() != Op::unknown) return leaf;
    const auto it = std::ranges::find(wanted, UnknownDerivative{leaf.index(), leaf.alpha()});
    return Expression::input(static_cast<int>(it - wanted.begin()));
  });
  const auto count = static_cast<int>(wanted.size());
  std::vector<Expression> inputs;
  inputs.reserve(wanted.size());
  for (int k = 0; k < count; ++k) inputs.push_back(Expression::input(k));
  const ProgramShape shape{problem_.dimension(), count, 0};
  equations_ = Program(equations, shape);
  derivatives_ = Program(jacobian(equations, inputs), shape);
}

void ClassicalSpace::fix_faces() {
  // Where faces meet, a value takes precedence over a slope.
  for (const ConditionKind kind : {ConditionKind::dirichlet, ConditionKind::neumann})
    for (int d = 0; d < form_.directions(); ++d)
      for (const Condition& c : problem_.conditions) {
        if (c.kind != kind || c.coordinate != form_.space[d] || form_.periodic[d]) continue;
        const auto distance = std::ranges::count_if(problem_.conditions, [&](const Condition& other) {
          return other.kind != ConditionKind::initial && other.coordinate == c.coordinate && other.high == c.high &&
                 other.unknown == c.unknown && other.derivative < c.derivative;
        });
        fix_face(c, d, static_cast<int>(distance));
      }
  conditions_ = Program(condition_expressions_, {problem_.dimension(), 0, 0});
}

void ClassicalSpace::fix_face(const Condition& c, int direction, int distance) {
  const SpectralLine& line = lines_[direction];
  const int end = c.high ? line.size() - 1 : 0, at = c.high ? end - distance : distance;
  const Stencil stencil = line.derivative(end, c.derivative);
  const int velocity = form_.velocity[c.unknown];
  const auto output = static_cast<int>(condition_expressions_.size());
  condition_expressions_.push_back(c.value);
  if (velocity >= 0) condition_expressions_.push_back(total_derivative(c.value, problem_.time));
  for (int p = 0; p < nodes_; ++p) {
    std::vector<int> index = index_of(p);
    const int row = p * form_.states + c.unknown;
    if (index[direction] != at || is_fixed_[row]) continue;
    std::vector<double> point(static_cast<std::size_t>(problem_.dimension()));
    for (int i = 0; i < problem_.dimension(); ++i) point[i] = points_[static_cast<std::size_t>(i) * nodes_ + p];
    point[c.coordinate] = problem_.face(c);
    face_points_.push_back(point);
    for (const int state : {c.unknown, velocity}) {
      if (state < 0) continue;
      FixedRow fixed{p * form_.states + state,
                     {},
                     output + (state == c.unknown ? 0 : 1),
                     static_cast<int>(face_points_.size()) - 1};
      for (std::size_t k = 0; k < stencil.weights.size(); ++k) {
        if (stencil.weights[k] == 0) continue;
        index[direction] = stencil.first + static_cast<int>(k);
        fixed.terms.emplace_back(node_of(index) * form_.states + state, stencil.weights[k]);
      }
      is_fixed_[fixed.row] = 1;
      fixed_.push_back(std::move(fixed));
    }
  }
}

void ClassicalSpace::fix_seams() {
  if (lines_.size() != 1) return;
  const SpectralLine& line = lines_[0];
  if (line.fourier()) return;
  for (int e = line.circle() ? 0 : 1; e < line.elements(); ++e) {
    const int before = e == 0 ? line.elements() - 1 : e - 1;
    const int right = line.first_node(e), left = line.first_node(before) + line.block() - 1;
    for (int j = 0; j < problem_.fields(); ++j)
      for (const int state : {j, form_.velocity[j]}) {
        if (state < 0) continue;
        for (int k = 0; k < form_.order[j][0]; ++k) {
          const int node = k % 2 == 0 ? left - k / 2 : right + k / 2;
          FixedRow fixed{node * form_.states + state, {}, -1, -1};
          for (const auto& [at, sign] : {std::pair{left, 1.0}, std::pair{right, -1.0}}) {
            const Stencil stencil = line.derivative(at, k);
            for (std::size_t q = 0; q < stencil.weights.size(); ++q)
              if (stencil.weights[q] != 0)
                fixed.terms.emplace_back((stencil.first + static_cast<int>(q)) * form_.states + state,
                                         sign * stencil.weights[q]);
          }
          is_fixed_[fixed.row] = 1;
          fixed_.push_back(std::move(fixed));
        }
      }
  }
}

void ClassicalSpace::find_band() {
  const auto widen = [&](int row, int column) {
    lower_ = std::max(lower_, row - column);
    upper_ = std::max(upper_, column - row);
  };
  lower_ = upper_ = in_modes_ ? size() - 1 : form_.states - 1;
  if (in_modes_) return;
  for (const FixedRow& fixed : fixed_)
    for (const auto& [column, weight] : fixed.terms) widen(fixed.row, column);
  for (const Channel& channel : channels_)
    for (int p = 0; p < nodes_; ++p)
      for (int k = channel.start[p]; k < channel.start[p + 1]; ++k)
        for (const int state : {0, form_.states - 1})
          widen(p * form_.states + state, channel.node[k] * form_.states + channel.state);
}

std::vector<double> ClassicalSpace::apply(const Channel& channel, std::span<const double> u) const {
  std::vector<double> values(static_cast<std::size_t>(nodes_));
  for (int p = 0; p < nodes_; ++p) values[p] = u[p * form_.states + channel.state];
  int stride = nodes_;  // between neighbours in the direction
  for (std::size_t d = 0; d < lines_.size(); ++d) {
    const int n = lines_[d].size();
    stride /= n;
    const int order = channel.alpha[form_.space[d]];
    if (order == 0) continue;
    std::vector<double> line(static_cast<std::size_t>(n));
    for (int p = 0; p < nodes_; ++p) {
      if (p / stride % n != 0) continue;
      for (int k = 0; k < n; ++k) line[k] = values[p + k * stride];
      const std::vector<double> derivative = lines_[d].differentiate(line, order);
      for (int k = 0; k < n; ++k) values[p + k * stride] = derivative[k];
    }
  }
  return values;
}

std::vector<double> ClassicalSpace::inputs(double t, std::span<const double> u, std::span<const double> du) const {
  std::vector<double> values = points_;
  if (problem_.time >= 0) std::fill_n(values.begin() + static_cast<long>(problem_.time) * nodes_, nodes_, t);
  values.reserve(values.size() + channels_.size() * nodes_);
  for (const Channel& channel : channels_) {
    const std::vector<double> derivative = apply(channel, channel.slope ? du : u);
    values.insert(values.end(), derivative.begin(), derivative.end());
  }
  return values;
}

std::vector<double> ClassicalSpace::condition_values(double t) const {
  const std::size_t n = face_points_.size();
  std::vector<double> points(n * problem_.dimension()), values(n * condition_expressions_.size());
  if (values.empty()) return values;
  for (int i = 0; i < problem_.dimension(); ++i)
    for (std::size_t q = 0; q < n; ++q) points[i * n + q] = i == problem_.time ? t : face_points_[q][i];
  conditions_.evaluate(points, n, values);
  return values;
}

void ClassicalSpace::residual(double t, std::span<const double> u, std::span<const double> du, std::span<double> r) {
  const int states = form_.states;
  std::vector<double> values(problem_.residual.size() * nodes_);
  equations_.evaluate(inputs(t, u, du), nodes_, values);
  for (std::size_t i = 0; i < equation_row_.size(); ++i)
    for (int p = 0; p < nodes_; ++p) r[p * states + equation_row_[i]] = values[i * nodes_ + p];
  for (int j = 0; j < problem_.fields(); ++j)
    if (form_.velocity[j] >= 0)
      for (int p = 0; p < nodes_; ++p) r[p * states + j] = du[p * states + j] - u[p * states + form_.velocity[j]];
  const std::vector<double> given = condition_values(t);
  for (const FixedRow& fixed : fixed_) {
    double sum = fixed.condition < 0 ? 0 : -given[fixed.condition * face_points_.size() + fixed.point];
    for (const auto& [column, weight] : fixed.terms) sum += weight * u[column];
    r[fixed.row] = sum;
  }
}

void ClassicalSpace::linearise(double t, std::span<const double> u, std::span<const double> du, BandMatrix& j,
                               BandMatrix& m) {
  const int states = form_.states;
  const std::size_t count = channels_.size();
  std::vector<double> partial(equation_row_.size() * count * nodes_);
  derivatives_.evaluate(inputs(t, u, du), nodes_, partial);
  for (Channel& channel : channels_)
    if (channel.start.empty()) fill_channel(channel);
  for (std::size_t i = 0; i < equation_row_.size(); ++i)
    for (std::size_t c = 0; c < count; ++c) {
      const Channel& channel = channels_[c];
      BandMatrix& matrix = channel.slope ? m : j;
      for (int p = 0; p < nodes_; ++p) {
        const int row = p * states + equation_row_[i];
        const double factor = partial[(i * count + c) * nodes_ + p];
        if (is_fixed_[row] || factor == 0) continue;
        for (int k = channel.start[p]; k < channel.start[p + 1]; ++k)
          matrix(row, channel.node[k] * states + channel.state) += factor * channel.weight[k];
      }
    }
  for (int q = 0; q < problem_.fields(); ++q) {
    if (form_.velocity[q] < 0) continue;
    for (int p = 0; p < nodes_; ++p) {
      const int row = p * states + q;
      if (is_fixed_[row]) continue;
      m(row, row) += 1;
      j(row, p * states + form_.velocity[q]) -= 1;
    }
  }
  for (const FixedRow& fixed : fixed_)
    for (const auto& [column, weight] : fixed.terms) j(fixed.row, column) += weight;
}

DaeSystem::Linearised ClassicalSpace::factor(double t, std::span<const double> u, std::span<const double> du,
                                             std::span<const std::complex<double>> shifts) {
  if (!in_modes_) return DaeSystem::factor(t, u, du, shifts);
  std::vector<double> partial(equation_row_.size() * channels_.size() * nodes_);
  derivatives_.evaluate(inputs(t, u, du), nodes_, partial);
  std::vector<ModeTerm> terms;
  Linearised result;
  result.differential.resize(static_cast<std::size_t>(size()));
  const auto add = [&](int row, int state, bool slope, std::vector<int> order, double factor) {
    terms.push_back({row, state, slope, std::move(order), factor});
    if (slope && factor != 0)
      for (int p = 0; p < nodes_; ++p) result.differential[p * form_.states + state] = 1;
  };
  for (std::size_t i = 0; i < equation_row_.size(); ++i)
    for (std::size_t c = 0; c < channels_.size(); ++c) {
      const double* values = &partial[(i * channels_.size() + c) * nodes_];
      std::vector<int> order;
      for (const int coordinate : form_.space) order.push_back(channels_[c].alpha[coordinate]);
      add(equation_row_[i], channels_[c].state, channels_[c].slope, std::move(order),
          std::accumulate(values, values + nodes_, 0.0) / nodes_);
    }
  for (int j = 0; j < problem_.fields(); ++j) {
    if (form_.velocity[j] < 0) continue;
    add(j, j, true, std::vector<int>(lines_.size()), 1);
    add(j, form_.velocity[j], false, std::vector<int>(lines_.size()), -1);
  }
  for (const std::complex<double>& shift : shifts)
    result.solvers.push_back(std::make_unique<ModeSolver>(lines_, form_.states, terms, shift));
  return result;
}

std::vector<double> ClassicalSpace::initial() const {
  std::vector<double> u(static_cast<std::size_t>(size())), values(static_cast<std::size_t>(nodes_));
  std::vector<double> points = points_;
  if (problem_.time >= 0)
    std::fill_n(points.begin() + static_cast<long>(problem_.time) * nodes_, nodes_, problem_.box.lo[problem_.time]);
  for (const Condition& c : problem_.conditions) {
    if (c.kind != ConditionKind::initial) continue;
    const int state = c.derivative == 0 ? c.unknown : form_.velocity[c.unknown];
    Program({&c.value, 1}, {problem_.dimension(), 0, 0}).evaluate(points, nodes_, values);
    for (int p = 0; p < nodes_; ++p) u[p * form_.states + state] = values[p];
  }
  return u;
}

std::vector<double> ClassicalSpace::interpolate(std::span<const double> u,
                                                const std::vector<std::vector<double>>& positions) const {
  // One direction after the other: [before][nodes of the direction][after] becomes [before][positions][after].
  std::vector<double> all(u.begin(), u.end());
  std::size_t before = 1, after = u.size();
  for (std::size_t d = 0; d < lines_.size(); ++d) {
    const std::size_t n = lines_[d].size(), m = positions[d].size();
    after /= n;
    std::vector<double> next(before * m * after);
    for (std::size_t q = 0; q < m; ++q) {
      const Stencil stencil = lines_[d].interpolation(positions[d][q]);
      for (std::size_t b = 0; b < before; ++b)
        for (std::size_t k = 0; k < stencil.weights.size(); ++k)
          for (std::size_t a = 0; a < after; ++a)
            next[(b * m + q) * after + a] += stencil.weights[k] * all[(b * n + stencil.first + k) * after + a];
    }
    all = std::move(next);
    before *= m;
  }
  const std::size_t states = form_.states;
  std::vector<double> by_state(all.size());
  for (std::size_t p = 0; p < before; ++p)
    for (std::size_t s = 0; s < states; ++s) by_state[s * before + p] = all[p * states + s];
  return by_state;
}

std::vector<std::vector<double>> ClassicalSpace::tails(std::span<const double> u) const {
  std::vector<double> largest(problem_.unknowns.size());
  for (int p = 0; p < nodes_; ++p)
    for (int j = 0; j < problem_.fields(); ++j) largest[j] = std::max(largest[j], std::abs(u[p * form_.states + j]));
  std::vector<std::vector<double>> all;
  for (std::size_t d = 0; d < lines_.size(); ++d) {
    const SpectralLine& line = lines_[d];
    std::vector<double> tails(line.elements()), values(line.size());
    for (int p = 0; p < nodes_; ++p) {
      std::vector<int> index = index_of(p);
      if (index[d] != 0) continue;
      for (int j = 0; j < problem_.fields(); ++j) {
        if (largest[j] == 0) continue;
        for (int k = 0; k < line.size(); ++k) {
          index[d] = k;
          values[k] = u[node_of(index) * form_.states + j] / largest[j];
        }
        const std::vector<double> here = line.tails(values);
        for (std::size_t e = 0; e < tails.size(); ++e) tails[e] = std::max(tails[e], here[e]);
      }
    }
    all.push_back(std::move(tails));
  }
  return all;
}

}  // namespace residua::pinn
