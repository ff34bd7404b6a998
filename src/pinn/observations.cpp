#include "pinn/observations.hpp"

#include <cmath>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/random.hpp"
#include "deck/deck.hpp"
#include "io/samples.hpp"

namespace residua::pinn {
namespace {

constexpr std::uint64_t noise_stream = 0x0b5e0000;  // one for each table of observations
constexpr long prior_points = 1024;

Samples samples_of(const Deck& deck, const std::string& path) {
  try {
    return Samples::read(deck.file_path(path), Communicator(MPI_COMM_SELF));
  } catch (const InputError& mistake) {
    throw deck.error(path, mistake.what());
  }
}

const std::vector<double>& column_of(const Deck& deck, const Samples& samples, const std::string& path,
                                     const std::string& name) {
  const auto found = samples.columns.find(name);
  if (found != samples.columns.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [column, values] : samples.columns) names.push_back(column);
  throw deck.error(path, fmt::format("there is no column `{}`", name),
                   fmt::format("the file has: {}", fmt::join(names, ", ")));
}

void check_inside(const Deck& deck, const Problem& problem, const Observations& o, long p) {
  for (int i = 0; i < problem.dimension(); ++i) {
    const double x = o.points[i * o.count() + p];
    if (x < problem.box.lo[i] || x > problem.box.hi[i])
      throw deck.error(
          o.path + ".file",
          fmt::format("measurement {} lies outside of the domain: {} = {}", p + 1, problem.coordinates[i], x),
          fmt::format("the range of {} is [{}, {}]", problem.coordinates[i], problem.box.lo[i], problem.box.hi[i]));
  }
}

}  // namespace

Observations measurements_of(const Deck& deck, const std::string& path, const Problem& problem,
                             const Expression& quantity, std::size_t number) {
  Observations o;
  o.path = path;
  o.quantity = quantity;
  const Samples samples = samples_of(deck, path + ".file");
  for (const std::string& name : problem.coordinates) {
    const std::vector<double>& column = column_of(deck, samples, path + ".file", name);
    o.points.insert(o.points.end(), column.begin(), column.end());
  }
  o.value = column_of(deck, samples, path + ".column", deck.text(path + ".column"));
  for (long p = 0; p < o.count(); ++p) check_inside(deck, problem, o, p);
  const double absolute = deck.real(path + ".std"), relative = deck.real(path + ".relative_std");
  const auto seed = static_cast<std::uint64_t>(deck.integer(path + ".noise_seed"));
  for (long p = 0; p < o.count(); ++p) {
    o.std.push_back(std::hypot(absolute, relative * o.value[p]));
    if (o.std[p] == 0)
      throw deck.error(path, fmt::format("the measurement {} has a standard deviation of 0", p + 1),
                       "give std, in units of the quantity, or relative_std");
    if (seed > 0) o.value[p] += o.std[p] * normal(seed, noise_stream + number, static_cast<std::uint64_t>(p));
  }
  return o;
}

Observations prior_of(const Deck& deck, const std::string& path, const Problem& problem, const Expression& quantity) {
  const PointSet set = make_points(PointKind::sobol, problem.box, prior_points, 1, Communicator(MPI_COMM_SELF));
  const double std = deck.real(path + ".std") * std::sqrt(static_cast<double>(prior_points));
  return {.quantity = quantity,
          .points = set.coordinate,
          .value = std::vector<double>(prior_points, 0.0),
          .std = std::vector<double>(prior_points, std),
          .path = path,
          .is_prior = true};
}

}  // namespace residua::pinn
