#include "pinn/classical.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/timer.hpp"
#include "deck/deck.hpp"
#include "pinn/classical_march.hpp"
#include "solve/agreement.hpp"

namespace residua::pinn {
namespace {

constexpr int degree = 16;                      // of an element
constexpr int first_points[] = {0, 16, 12, 8};  // in each of so many directions
constexpr double coarse_tolerance = 1e-6;       // in time, while the resolution is looked for
constexpr int most_modes = 300;                 // Fourier points before elements take over, where there is a choice
constexpr double hopeless = 1e-3;               // a tail with which going on is a waste
constexpr double finest_tolerance = 1e-14;      // in time: below it is rounding
constexpr double pulse_every = 0.1;             // s

using Lines = std::vector<SpectralLine>;
using Flags = std::vector<std::vector<char>>;  // [direction][element]: to be refined

Flags flags_of(const Lines& lines, char value) {
  Flags flags;
  for (const SpectralLine& line : lines) flags.emplace_back(line.elements(), value);
  return flags;
}

Flags all_of(const Lines& lines) { return flags_of(lines, 1); }
Flags none_of(const Lines& lines) { return flags_of(lines, 0); }

bool any(const std::vector<char>& flags) { return std::ranges::find(flags, 1) != flags.end(); }
bool any(const Flags& flags) {
  return std::ranges::any_of(flags, [](const std::vector<char>& f) { return any(f); });
}

std::vector<std::vector<double>> nodes_of(const Lines& lines) {
  std::vector<std::vector<double>> nodes;
  for (const SpectralLine& line : lines) nodes.push_back(line.nodes());
  return nodes;
}

/// Rank 0's work.
class Solver {
 public:
  Solver(const Problem& problem, const ClassicalForm& form, const ClassicalSettings& settings,
         const std::vector<Axis>& axes, const Pulse& pulse)
      : problem_(problem), form_(form), settings_(settings), axes_(axes), pulse_(pulse) {
    for (const int i : form.space) positions_.push_back(axes[i].values);
    // Elements are joined without a choice of direction where all orders are even.
    in_elements_ = form.directions() == 1 &&
                   std::ranges::all_of(form.order, [](const std::vector<int>& order) { return order[0] % 2 == 0; });
  }

  std::optional<ClassicalSolution> solve() {
    const double final_tolerance = std::max(settings_.tolerance, finest_tolerance);
    double tolerance = std::max(final_tolerance, coarse_tolerance);
    Lines lines = first_lines();
    std::optional<Lines> coarser;
    std::optional<ClassicalSolution> found;
    bool same_lines = false;
    while (true) {
      Flags flags;
      std::optional<ClassicalSolution> earlier = std::move(found);
      found = run(lines, tolerance, &flags);
      // Both have the same tolerance in time, which their difference does not show.
      if (found && earlier && !same_lines) keep(*found, difference(earlier->values, found->values) + tolerance);
      if (out_of_time()) break;
      if (!found) found = std::move(earlier);
      if (any(flags)) {
        Lines more = grown(lines, flags);
        if (too_large(more)) break;
        coarser = std::exchange(lines, std::move(more));
        same_lines = false;
      } else if (tolerance == final_tolerance) {
        break;
      } else {
        tolerance = final_tolerance;
        same_lines = true;
      }
    }
    if (out_of_time()) return best();
    Lines finer = grown(lines, all_of(lines));
    if (tolerance > final_tolerance || too_large(finer)) {
      if (!coarser) throw Error("classical: classical.unknowns leaves no room for two resolutions to compare");
      finer = std::exchange(lines, std::move(*coarser));
      found = run(lines, final_tolerance);
    }
    converge(std::move(found), std::move(finer), final_tolerance);
    return best();
  }

 private:
  /// Solves with ever finer lines until two solutions agree.
  void converge(std::optional<ClassicalSolution> before, Lines finer, double tolerance) {
    double last_estimate = 1;
    while (before) {
      const bool last_in_time = tolerance == finest_tolerance;
      tolerance = std::max(tolerance / 10, finest_tolerance);
      std::optional<ClassicalSolution> now = run(finer, tolerance);
      if (!now) break;
      keep(*now, difference(before->values, now->values));
      log().info("classical: {} unknowns, {} steps, {:.2f} s; relative to the solution before {:.2e}", now->unknowns,
                 now->steps, now->seconds, now->estimate);
      const bool rounding = now->estimate > 0.5 * last_estimate && last_estimate < coarse_tolerance;
      if (now->converged || rounding) break;
      last_estimate = now->estimate;
      before = std::move(now);
      Lines next = grown(finer, all_of(finer));
      if (too_large(next) || (finer.empty() && last_in_time)) break;
      finer = std::move(next);
    }
  }

  /// Keeps a solution where it is the best one.
  void keep(ClassicalSolution& now, double estimate) {
    now.estimate = estimate;
    now.converged = now.estimate <= settings_.tolerance;
    if (!best_ || now.estimate < best_->estimate) best_ = now;
  }

  std::optional<ClassicalSolution> best() const {
    if (!stopped_ && !best_) throw Error("classical: not even two solutions were found within classical.seconds");
    return stopped_ ? std::nullopt : best_;
  }

  Lines first_lines() const {
    Lines lines;
    for (int d = 0; d < form_.directions(); ++d) {
      const double lo = problem_.box.lo[form_.space[d]], hi = problem_.box.hi[form_.space[d]];
      const int n = first_points[form_.directions()];
      lines.push_back(form_.periodic[d] ? SpectralLine::fourier(lo, hi, n)
                                        : SpectralLine::chebyshev({lo, hi}, in_elements_ ? degree : n - 1));
    }
    return lines;
  }

  Lines grown(const Lines& lines, const Flags& flags) const {
    Lines more;
    for (std::size_t d = 0; d < lines.size(); ++d) {
      const SpectralLine& line = lines[d];
      const std::vector<double>& edges = line.edges();
      const bool grows = any(flags[d]);
      const double factor = lines.size() == 1 ? 1.5 : 1.25;  // work grows with at least the third power of the points
      const int n = grows ? 2 * static_cast<int>(std::ceil(factor * line.block() / 2)) : line.block();
      if (line.fourier() && in_elements_ && n > most_modes) {
        more.push_back(SpectralLine::chebyshev({edges[0], (edges[0] + edges[1]) / 2, edges[1]}, degree, true));
      } else if (line.fourier()) {
        more.push_back(SpectralLine::fourier(edges[0], edges[1], n));
      } else if (!in_elements_) {
        more.push_back(SpectralLine::chebyshev(edges, n - 1));
      } else {
        std::vector<double> halved = {edges[0]};
        for (int e = 0; e < line.elements(); ++e) {
          if (flags[d][e]) halved.push_back((edges[e] + edges[e + 1]) / 2);
          halved.push_back(edges[e + 1]);
        }
        more.push_back(SpectralLine::chebyshev(std::move(halved), degree, line.circle()));
      }
    }
    return more;
  }

  bool too_large(const Lines& lines) const {
    long unknowns = form_.states;
    for (const SpectralLine& line : lines) unknowns *= line.size();
    return unknowns > settings_.unknowns;
  }

  /// One whole solve; nothing when it was ended. `flags`: receives what is not resolved, and the solve ends where it is
  /// hopelessly so.
  std::optional<ClassicalSolution> run(const Lines& lines, double tolerance, Flags* flags = nullptr) {
    const Timer timer;
    ClassicalSpace space(problem_, form_, lines);
    if (flags) *flags = none_of(lines);
    // What Newton's method leaves, a thousandth of the tolerance in time, is no lack of points.
    const double enough = std::max({settings_.tolerance, tolerance / 1000, 1e-13});
    const auto resolved = [&](std::span<const double> u) {
      return !flags || look(space.tails(u), enough, *flags) < hopeless;
    };
    March found;
    if (problem_.time < 0) {
      if (!alive(0, "Newton's method")) return {};
      found.states.push_back(steady(space));
      resolved(found.states[0]);
    } else {
      try {
        found = march(space, begin(), times(), tolerance, [&](double t, std::span<const double> u) {
          return alive(t, fmt::format("{} unknowns", space.size())) && resolved(u);
        });
      } catch (const Error&) {
        // Where the space is too coarse the integrator may get nowhere.
        if (!flags || !any(*flags)) throw;
      }
      if (found.states.size() < times().size()) return {};
    }
    ClassicalSolution solution;
    solution.values = on_grid(space, found.states);
    for (const SpectralLine& line : lines) solution.points.push_back(line.size());
    solution.unknowns = space.size();
    solution.steps = found.steps;
    solution.seconds = timer.seconds();
    return solution;
  }

  /// Marks what is not resolved; the largest tail.
  static double look(const std::vector<std::vector<double>>& tails, double enough, Flags& flags) {
    double worst = 0;
    for (std::size_t d = 0; d < tails.size(); ++d)
      for (std::size_t e = 0; e < tails[d].size(); ++e) {
        if (!(tails[d][e] <= enough)) flags[d][e] = 1;
        worst = std::max(worst, tails[d][e]);
      }
    return worst;
  }

  std::vector<double> steady(ClassicalSpace& space) {
    std::vector<double> guess(static_cast<std::size_t>(space.size()));
    if (last_) {
      const std::vector<double> by_state = last_->interpolate(last_state_, nodes_of(space.lines()));
      const std::size_t n = guess.size() / form_.states;
      for (std::size_t i = 0; i < guess.size(); ++i) guess[i] = by_state[i % form_.states * n + i / form_.states];
    }
    last_state_ = solve_steady(space, guess);
    last_ = std::make_unique<ClassicalSpace>(problem_, form_, space.lines());
    return last_state_;
  }

  double begin() const { return problem_.box.lo[problem_.time]; }
  const std::vector<double>& times() const { return axes_[problem_.time].values; }

  /// The states of all times on the output's grid.
  std::vector<double> on_grid(const ClassicalSpace& space, const std::vector<std::vector<double>>& states) const {
    std::size_t after = 1, total = 1;  // grid points of one time, in runs of `after` between the others
    for (int i = 0; i < problem_.dimension(); ++i) {
      total *= axes_[i].values.size();
      if (i > problem_.time) after *= axes_[i].values.size();
    }
    if (problem_.time < 0) after = total;
    const std::size_t one = total / states.size(), stride = after * states.size();
    std::vector<double> values(problem_.unknowns.size() * total);
    for (std::size_t k = 0; k < states.size(); ++k) {
      const std::vector<double> here = space.interpolate(states[k], positions_);
      for (std::size_t j = 0; j < problem_.unknowns.size(); ++j)
        for (std::size_t p = 0; p < one; ++p)
          values[j * total + p / after * stride + k * after + p % after] = here[j * one + p];
    }
    return values;
  }

  /// The worst unknown's relative L2 difference.
  double difference(const std::vector<double>& a, const std::vector<double>& b) const {
    const std::size_t n = a.size() / problem_.unknowns.size();
    double worst = 0;
    for (std::size_t j = 0; j < problem_.unknowns.size(); ++j) {
      double error = 0, scale = 0;
      for (std::size_t p = j * n; p < (j + 1) * n; ++p) {
        error += (a[p] - b[p]) * (a[p] - b[p]);
        scale += b[p] * b[p];
      }
      worst = std::max(worst, std::sqrt(error / (scale > 0 ? scale : 1)));
    }
    return worst;
  }

  bool out_of_time() const { return stopped_ || timer_.seconds() > settings_.seconds; }

  bool alive(double t, std::string note) {
    if (out_of_time()) return false;
    if (timer_.seconds() < next_pulse_) return true;
    next_pulse_ = timer_.seconds() + pulse_every;
    ProgressRow row;
    row.iteration = ++pulses_;
    row.note = problem_.time < 0 ? std::move(note) : fmt::format("classical, t = {:.4g}, {}", t, note);
    if (!pulse_(row)) stopped_ = true;
    return !stopped_;
  }

  const Problem& problem_;
  const ClassicalForm& form_;
  const ClassicalSettings& settings_;
  const std::vector<Axis>& axes_;
  const Pulse& pulse_;
  std::vector<std::vector<double>> positions_;  ///< of the output's grid, in each direction
  bool in_elements_ = false, stopped_ = false;
  Timer timer_;
  double next_pulse_ = pulse_every;
  long pulses_ = 0;
  std::optional<ClassicalSolution> best_;
  std::unique_ptr<ClassicalSpace> last_;  ///< of the last steady state
  std::vector<double> last_state_;
};

/// Rank 0's solution on all ranks.
void share(const Communicator& comm, std::optional<ClassicalSolution>& solution) {
  if (!comm.broadcast_flag(solution.has_value())) return;
  if (!comm.root()) solution.emplace();
  const auto share_numbers = [&](auto&... number) {
    double packed[] = {static_cast<double>(number)...};
    comm.broadcast(packed);
    const double* next = packed;
    ((number = static_cast<std::remove_reference_t<decltype(number)>>(*next++)), ...);
  };
  std::size_t values = solution->values.size(), points = solution->points.size();
  share_numbers(values, points, solution->estimate, solution->converged, solution->seconds, solution->unknowns,
                solution->steps);
  solution->values.resize(values);
  solution->points.resize(points);
  comm.broadcast(solution->values);
  for (int& n : solution->points) share_numbers(n);
}

}  // namespace

ClassicalSettings classical_settings(const Deck& deck) {
  return {deck.real("classical.tolerance"), deck.integer("classical.unknowns"), deck.real("classical.seconds")};
}

std::optional<ClassicalSolution> solve_classical(const Problem& problem, const ClassicalForm& form,
                                                 const ClassicalSettings& settings, const std::vector<Axis>& axes,
                                                 const Communicator& comm, const Pulse& pulse) {
  std::optional<ClassicalSolution> solution;
  std::string failure;
  const Pulse pulse_of_all = [&](const ProgressRow& row) {
    comm.broadcast_flag(true);
    return pulse(row);
  };
  if (comm.root()) {
    try {
      solution = Solver(problem, form, settings, axes, pulse_of_all).solve();
    } catch (const std::exception& e) {
      failure = e.what();
    }
    comm.broadcast_flag(false);
  } else {
    while (comm.broadcast_flag(false)) pulse({});
  }
  throw_first(comm, failure);
  share(comm, solution);
  return solution;
}

}  // namespace residua::pinn
