#include "pinn/measure.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "deck/deck.hpp"
#include "io/fields.hpp"
#include "io/table.hpp"
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
      axis.values.push_back(counts[i] == 1 ? lo : lo + length * static_cast<double>(k) / static_cast<double>(counts[i] - 1));
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

/// The table's values of unknown `name` at this rank's points of a grid made from the table's axes.
std::vector<double> local_values(const GridTable& table, const std::string& name, const FieldSet& grid) {
  const std::vector<double> points = grid.local_points();
  const std::vector<double>& values = table.values.at(name);
  const std::size_t n = grid.local_size();
  std::vector<double> local(n);
  const std::vector<Axis> axes = table.axes;
  for (std::size_t p = 0; p < n; ++p) {
    std::size_t index = 0;
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const auto& axis = axes[i].values;
      const auto it = std::ranges::lower_bound(axis, points[i * n + p]);
      index = index * axis.size() + static_cast<std::size_t>(it - axis.begin());
    }
    local[p] = values[index];
  }
  return local;
}

/// The table with its axes in the order of the problem's coordinates.
GridTable read_reference(const Deck& deck, const Problem& problem, const Communicator& comm) {
  const auto folder = std::filesystem::path(deck.file()).parent_path();
  const GridTable table = GridTable::read(folder / deck.text("reference.file"), comm);
  if (table.axes.size() != problem.coordinates.size())
    throw deck.error("reference.file", fmt::format("the table has {} axes, the equation {} coordinates", table.axes.size(),
                                                   problem.coordinates.size()));
  for (int i = 0; i < problem.dimension(); ++i) {
    const Axis& axis = table.axes[i];
    if (axis.name != problem.coordinates[i])
      throw deck.error("reference.file", fmt::format("the table's axis {} is `{}`, the equation's `{}`", i + 1, axis.name,
                                                     problem.coordinates[i]),
                       "write the table's axes in the order of pde.coordinates");
    const double slack = 1e-12 * (problem.box.hi[i] - problem.box.lo[i]);
    if (axis.values.front() < problem.box.lo[i] - slack || axis.values.back() > problem.box.hi[i] + slack)
      throw deck.error("reference.file", fmt::format("the table leaves the range of `{}`", axis.name));
  }
  for (const std::string& name : problem.unknowns)
    if (!table.values.contains(name))
      throw deck.error("reference.file", fmt::format("the table has no values of `{}`", name));
  return table;
}

/// Relative L2 and largest error over all ranks.
void compare(RunContext& context, const std::string& name, const std::vector<double>& u,
             const std::vector<double>& reference, double& worst) {
  double sums[2] = {0, 0}, largest = 0;
  for (std::size_t p = 0; p < u.size(); ++p) {
    const double e = u[p] - reference[p];
    sums[0] += e * e;
    sums[1] += reference[p] * reference[p];
    largest = std::max(largest, std::abs(e));
  }
  context.communicator().sum(sums);
  const double relative = std::sqrt(sums[0] / sums[1]);
  context.metric("rel_l2_" + name, relative);
  context.metric("max_error_" + name, context.communicator().max(largest));
  worst = std::max(worst, relative);
}

}  // namespace

void check_measure(const Deck& deck, const Problem& problem) {
  for (const char* path : {"reference.points", "output.points"})
    if (deck.has(path) && deck.count(path) != problem.coordinates.size())
      throw deck.error(path, fmt::format("one number for each coordinate is needed: {}", fmt::join(problem.coordinates, ", ")));
  if (deck.text("reference.kind") != "table") return;
  if (!deck.has("reference.file")) throw deck.error("reference", "the key `file` is missing");
  read_reference(deck, problem, Communicator(MPI_COMM_SELF));
}

void measure(RunContext& context, const Problem& problem, const Solution& solution) {
  const Deck& deck = context.deck();
  const std::string kind = deck.text("reference.kind");
  std::optional<GridTable> table;
  if (kind == "table") table = read_reference(deck, problem, context.communicator());
  const std::string counts = kind == "expression" && !deck.has("output.points") ? "reference.points" : "output.points";
  const std::vector<Axis> axes = table ? table->axes : even_axes(problem, counts_of(deck, counts, problem));
  const std::string time = problem.time < 0 ? "" : problem.coordinates[problem.time];
  FieldSet fields(axes, time, context.communicator());

  const std::vector<double> points = fields.local_points();
  const std::size_t n = fields.local_size();
  std::vector<Expression> unknowns;
  for (int j = 0; j < problem.fields(); ++j) unknowns.push_back(Expression::unknown(j));
  const std::vector<double> values = solution.evaluate(unknowns, points, static_cast<long>(n));
  std::vector<double> closed(problem.reference.size() * n);
  if (!problem.reference.empty()) Program(problem.reference, {problem.dimension(), 0, 0}).evaluate(points, n, closed);

  double worst = 0;
  for (int j = 0; j < problem.fields(); ++j) {
    const std::string& name = problem.unknowns[j];
    const auto part = [&](const std::vector<double>& all) {
      return std::vector<double>(all.begin() + static_cast<long>(j * n), all.begin() + static_cast<long>((j + 1) * n));
    };
    const std::vector<double> u = part(values);
    fields.set(name, u);
    if (kind == "none") continue;
    const std::vector<double> reference = table ? local_values(*table, name, fields) : part(closed);
    std::vector<double> error(n);
    for (std::size_t p = 0; p < n; ++p) error[p] = u[p] - reference[p];
    fields.set(name + "_reference", reference);
    fields.set(name + "_error", error);
    compare(context, name, u, reference, worst);
  }
  if (kind != "none") context.metric("rel_l2", worst);
  if (table && table->accuracy) context.metric("reference_accuracy", *table->accuracy);
  context.write_fields(fields);
}

}  // namespace residua::pinn
