#include "pinn/measure.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/timer.hpp"
#include "deck/deck.hpp"
#include "io/fields.hpp"
#include "io/file.hpp"
#include "io/table.hpp"
#include "pinn/classical.hpp"
#include "pinn/problem.hpp"
#include "pinn/solution.hpp"
#include "run/context.hpp"

namespace residua::pinn {
namespace {

constexpr std::size_t default_points = 101, most_grid_points = 100000;

std::vector<Axis> even_axes(const Problem& problem, const std::vector<std::int64_t>& counts) {
  std::vector<Axis> axes;
  for (int i = 0; i < problem.dimension(); ++i) {
    Axis axis{problem.coordinates[i], {}};
    const double lo = problem.box.lo[i], length = problem.box.hi[i] - lo;
    for (std::int64_t k = 0; k < counts[i]; ++k)
      axis.values.push_back(counts[i] == 1 ? lo
                                           : lo + length * static_cast<double>(k) / static_cast<double>(counts[i] - 1));
    axes.push_back(std::move(axis));
  }
  return axes;
}

/// Points per coordinate that the deck gives under `path`, or as many as fit.
std::vector<std::int64_t> counts_of(const Deck& deck, const std::string& path, const Problem& problem) {
  if (deck.has(path)) return deck.list_of_integer(path);
  const double fit = std::pow(static_cast<double>(most_grid_points), 1.0 / problem.dimension());
  const auto n = std::min<std::int64_t>(default_points, static_cast<std::int64_t>(fit));
  return std::vector<std::int64_t>(problem.coordinates.size(), n);
}

/// Which coordinate of the problem the table's axis is; its size when there is none of that name.
std::size_t coordinate_of(const Axis& axis, const Problem& problem) {
  return static_cast<std::size_t>(std::ranges::find(problem.coordinates, axis.name) - problem.coordinates.begin());
}

/// The table's axes in the order of the problem's coordinates.
std::vector<Axis> axes_in_order(const GridTable& table, const Problem& problem) {
  std::vector<Axis> axes(table.axes.size());
  for (const Axis& axis : table.axes) axes[coordinate_of(axis, problem)] = axis;
  return axes;
}

/// The table's values of unknown `name` at this rank's points [coordinates][n] of the grid of its axes.
std::vector<double> local_values(const GridTable& table, const Problem& problem, const std::string& name,
                                 std::span<const double> points, std::size_t n) {
  const std::vector<double>& values = table.values.at(name);
  std::vector<double> local(n);
  for (std::size_t p = 0; p < n; ++p) {
    std::size_t index = 0;
    for (const Axis& axis : table.axes) {
      const auto at = std::ranges::lower_bound(axis.values, points[coordinate_of(axis, problem) * n + p]);
      index = index * axis.values.size() + static_cast<std::size_t>(at - axis.values.begin());
    }
    local[p] = values[index];
  }
  return local;
}

GridTable read_file(const Deck& deck, const Communicator& comm) {
  try {
    return GridTable::read(deck.file_path("reference.file"), comm);
  } catch (const InputError& mistake) {
    throw deck.error("reference.file", mistake.what());
  }
}

/// Nothing where the table has an axis for a parameter, without the deck's value of it.
std::optional<GridTable> read_reference(const Deck& deck, const Problem& problem, const Communicator& comm) {
  GridTable table = read_file(deck, comm);
  for (const std::string& name : deck.names("pde.parameters")) {
    if (std::ranges::find(table.axes, name, &Axis::name) == table.axes.end()) continue;
    std::optional<GridTable> part = table.slice(name, deck.real("pde.parameters." + name));
    if (!part) return {};
    table = std::move(*part);
  }
  if (table.axes.size() != problem.coordinates.size())
    throw deck.error("reference.file", fmt::format("the table has {} axes, the equation {} coordinates",
                                                   table.axes.size(), problem.coordinates.size()));
  for (const Axis& axis : table.axes) {
    const std::size_t i = coordinate_of(axis, problem);
    if (i == problem.coordinates.size())
      throw deck.error("reference.file",
                       fmt::format("the table's axis `{}` is no coordinate of the equation", axis.name),
                       fmt::format("its coordinates are {}", fmt::join(problem.coordinates, ", ")));
    const double slack = 1e-12 * (problem.box.hi[i] - problem.box.lo[i]);
    if (axis.values.front() < problem.box.lo[i] - slack || axis.values.back() > problem.box.hi[i] + slack)
      throw deck.error("reference.file", fmt::format("the table leaves the range of `{}`", axis.name));
  }
  for (const std::string& name : problem.quantities)
    if (!table.values.contains(name))
      throw deck.error("reference.file", fmt::format("the table has no values of `{}`", name));
  return table;
}

struct Errors {
  double relative, largest;
};

/// Over all ranks, in the order of the grid: the same bits for any rank count.
Errors errors_of(std::span<const double> u, std::span<const double> reference, const Communicator& comm) {
  const std::vector<double> all = comm.gather(u), expected = comm.gather(reference);
  double error = 0, scale = 0, largest = 0;
  for (std::size_t p = 0; p < all.size(); ++p) {
    const double e = all[p] - expected[p];
    error += e * e;
    scale += expected[p] * expected[p];
    largest = std::max(largest, std::abs(e));
  }
  return {std::sqrt(error / scale), largest};
}

/// sqrt(mean over space of (u - u_ref)^2 / mean over space and time of u_ref^2) at each of the `count` times, of values
/// in the order of the grid, in which the time comes round after `stride` of them.
std::vector<double> course_of(std::span<const double> u, std::span<const double> reference, std::size_t count,
                              std::size_t stride, const Communicator& comm) {
  const std::vector<double> all = comm.gather(u), expected = comm.gather(reference);
  std::vector<double> course(count);
  double scale = 0;
  for (std::size_t p = 0; p < all.size(); ++p) {
    course[p / stride % count] += (all[p] - expected[p]) * (all[p] - expected[p]);
    scale += expected[p] * expected[p];
  }
  for (double& e : course) e = std::sqrt(static_cast<double>(count) * e / scale);
  return course;
}

std::vector<Axis> axes_of(const Deck& deck, const Problem& problem, const std::optional<GridTable>& table) {
  if (table) return axes_in_order(*table, problem);
  const bool closed = deck.text("reference.kind") == "expression" && !deck.has("output.points");
  return even_axes(problem, counts_of(deck, closed ? "reference.points" : "output.points", problem));
}

std::string time_name(const Problem& problem) { return problem.time < 0 ? "" : problem.coordinates[problem.time]; }

/// Values [unknowns][points of the axes] as a table.
GridTable make_table(const Problem& problem, const std::vector<Axis>& axes, const std::vector<double>& values) {
  GridTable table;
  table.axes = axes;
  const std::size_t n = table.size();
  for (int j = 0; j < problem.fields(); ++j)
    table.values[problem.unknowns[j]] = {values.begin() + static_cast<long>(j * n),
                                         values.begin() + static_cast<long>((j + 1) * n)};
  return table;
}

GridTable solve_reference(RunContext& context, const Problem& problem) {
  const Deck& deck = context.deck();
  const std::vector<Axis> axes = even_axes(problem, counts_of(deck, "reference.points", problem));
  const ClassicalSettings settings = classical_settings(deck);
  const Timer timer;
  const std::optional<ClassicalSolution> found = solve_classical(problem, classical_form(deck, problem), settings, axes,
                                                                 context.communicator(), [&](const ProgressRow& row) {
                                                                   context.progress(row);
                                                                   return true;
                                                                 });
  if (!found->converged)
    context.log().warn("the error estimate {:.2e} of the reference is above classical.tolerance", found->estimate);
  context.timing("classical", timer.seconds());
  GridTable table = make_table(problem, axes, found->values);
  table.accuracy = found->estimate;
  return table;
}

std::optional<GridTable> table_of(RunContext& context, const Problem& problem) {
  const std::string& kind = context.deck().text("reference.kind");
  if (kind == "table") {
    std::optional<GridTable> table = read_reference(context.deck(), problem, context.communicator());
    if (!table)
      context.log().warn("{} has no values for these parameters: no error is measured",
                         context.deck().text("reference.file"));
    return table;
  }
  if (kind == "classical") return solve_reference(context, problem);
  return {};
}

}  // namespace

void check_measure(const Deck& deck, const Problem& problem) {
  for (const char* path : {"reference.points", "output.points"})
    if (deck.has(path) && deck.count(path) != problem.coordinates.size())
      throw deck.error(
          path, fmt::format("one number for each coordinate is needed: {}", fmt::join(problem.coordinates, ", ")));
  if (deck.text("reference.kind") == "classical") {
    classical_form(deck, problem);
    if (problem.quantities.size() > problem.unknowns.size())
      throw deck.error("output.quantities", "the classical solver gives the unknowns alone",
                       "reference.kind = \"table\"");
  }
  if (deck.text("reference.kind") != "table") return;
  if (!deck.has("reference.file")) throw deck.error("reference", "the key `file` is missing");
  read_reference(deck, problem, Communicator(MPI_COMM_SELF));
}

Measure::Measure(RunContext& context, const Problem& problem) : Measure(context, problem, table_of(context, problem)) {}

Measure::Measure(const RunContext& context, const Problem& problem, const std::optional<GridTable>& table)
    : problem_(problem),
      comm_(context.communicator()),
      axes_(axes_of(context.deck(), problem, table)),
      fields_(axes_, time_name(problem), comm_),
      points_(fields_.local_points()),
      threshold_(context.deck().has("reference.threshold") ? context.deck().real("reference.threshold") : 0) {
  const std::size_t n = fields_.local_size();
  if (table) {
    accuracy_ = table->accuracy;
    for (const std::string& name : problem.quantities) {
      const std::vector<double> values = local_values(*table, problem, name, points_, n);
      reference_.insert(reference_.end(), values.begin(), values.end());
    }
  } else if (!problem.reference.empty()) {
    reference_.resize(problem.reference.size() * n);
    Program(problem.reference, {problem.dimension(), 0, 0}).evaluate(points_, n, reference_);
  }
  known_ = table.has_value() || !problem.reference.empty();
}

std::optional<double> Measure::error_in_last_window(const Solution& solution) const {
  if (!known_) return {};
  const int last = solution.windows() - 1;
  const TimeWindow& window = solution.ansatz(last).window();
  const long n = static_cast<long>(fields_.local_size());
  std::vector<long> inside;
  for (long p = 0; p < n; ++p) {
    const double t = problem_.time < 0 ? 0 : points_[problem_.time * n + p];
    if (problem_.time < 0 || (t > window.begin && t <= window.end)) inside.push_back(p);
  }
  const long m = static_cast<long>(inside.size());
  if (comm_.sum(m) == 0) return {};
  const auto picked = [&](const std::vector<double>& all, long rows) {
    std::vector<double> part(static_cast<std::size_t>(rows * m));
    for (long i = 0; i < rows; ++i)
      for (long q = 0; q < m; ++q) part[i * m + q] = all[i * n + inside[q]];
    return part;
  };
  const std::vector<double> values =
      solution.evaluate(last, problem_.quantity_forms, picked(points_, problem_.dimension()), m);
  const auto quantities = static_cast<long>(problem_.quantities.size());
  const std::vector<double> reference = picked(reference_, quantities);
  double worst = 0;
  for (long j = 0; j < quantities; ++j)
    worst = std::max(
        worst, errors_of(std::span(values).subspan(j * m, m), std::span(reference).subspan(j * m, m), comm_).relative);
  return worst;
}

void Measure::add_deviations(RunContext& context, std::span<const double> deviations) {
  const std::size_t n = fields_.local_size();
  for (int j = 0; j < problem_.fields(); ++j) {
    if (!problem_.inferred[j]) continue;
    const std::string name = problem_.unknowns[j] + "_std";
    fields_.set(name, {deviations.begin(), deviations.begin() + static_cast<std::ptrdiff_t>(n)});
    const std::vector<double> all = comm_.gather(deviations.first(n));
    const double squares = std::inner_product(all.begin(), all.end(), all.begin(), 0.0);
    context.metric(name, std::sqrt(squares / static_cast<double>(all.size())));
    deviations = deviations.subspan(n);
  }
}

void Measure::finish(RunContext& context, const Solution& solution) {
  report(context, solution.evaluate(problem_.quantity_forms, points_, static_cast<long>(fields_.local_size())));
}

void Measure::finish(RunContext& context, const std::vector<double>& values) {
  const GridTable table = make_table(problem_, axes_, values);
  std::vector<double> here;
  for (const std::string& name : problem_.unknowns) {
    const std::vector<double> part = local_values(table, problem_, name, points_, fields_.local_size());
    here.insert(here.end(), part.begin(), part.end());
  }
  report(context, here);
}

void Measure::write_courses(RunContext& context, const std::vector<std::vector<double>>& courses) const {
  const std::vector<double>& times = axes_[problem_.time].values;
  std::string text = problem_.coordinates[problem_.time];
  for (std::size_t j = 0; j < courses.size(); ++j) text += "," + problem_.quantities[j];
  std::size_t within = 0;
  for (std::size_t k = 0; k < times.size(); ++k) {
    text += fmt::format("\n{}", times[k]);
    double worst = 0;
    for (const std::vector<double>& course : courses) {
      text += fmt::format(",{}", course[k]);
      worst = std::max(worst, course[k]);
    }
    if (within == k && worst <= threshold_) ++within;
  }
  if (within > 0 && threshold_ > 0) context.metric("time_within", times[within - 1]);
  on_root(comm_, [&] { write_file(context.directory() / "errors.csv", {text, "\n"}); });
}

void Measure::report(RunContext& context, std::span<const double> values) {
  const std::size_t n = fields_.local_size();
  std::size_t stride = 1;  // of the time, in the order of the grid
  for (int i = problem_.time + 1; i < problem_.dimension(); ++i) stride *= axes_[i].values.size();
  double worst = 0;
  std::vector<std::vector<double>> courses;
  for (std::size_t j = 0; (j + 1) * n <= values.size() && j < problem_.quantities.size(); ++j) {
    const std::string& name = problem_.quantities[j];
    const std::span u = values.subspan(j * n, n);
    fields_.set(name, {u.begin(), u.end()});
    if (!known_) continue;
    const std::span reference = std::span(reference_).subspan(j * n, n);
    std::vector<double> error(n);
    for (std::size_t p = 0; p < n; ++p) error[p] = u[p] - reference[p];
    fields_.set(name + "_reference", {reference.begin(), reference.end()});
    fields_.set(name + "_error", std::move(error));
    const Errors errors = errors_of(u, reference, comm_);
    context.metric("rel_l2_" + name, errors.relative);
    context.metric("max_error_" + name, errors.largest);
    worst = std::max(worst, errors.relative);
    if (problem_.time >= 0)
      courses.push_back(course_of(u, reference, axes_[problem_.time].values.size(), stride, comm_));
  }
  if (known_) context.metric("rel_l2", worst);
  if (!courses.empty()) write_courses(context, courses);
  if (accuracy_) context.metric("reference_accuracy", *accuracy_);
  context.write_fields(fields_);
}

}  // namespace residua::pinn
