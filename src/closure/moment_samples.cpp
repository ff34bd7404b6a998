#include "closure/moment_samples.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "base/random.hpp"
#include "grid/whole_rows.hpp"
#include "io/file.hpp"
#include "io/hdf5.hpp"
#include "kinetic/learned_closure.hpp"
#include "kinetic/realizable.hpp"

namespace residua::kinetic {
namespace {

/// Moments of a cell, and what is behind them: f_0 .. f_N are drawn back as closed runs do; where |f_1| is not below c,
/// which ends such a run, the cell becomes an isotropic one, of which nothing is to be learned.
void as_closed_runs_see(std::vector<Complex>& row, int level) {
  constexpr long cell = 0;
  if (std::abs(row[1]) < row[0].real())
    draw_back(row.data(), 1, level, {&cell, 1}, {.higher = std::numeric_limits<double>::infinity()});
  else
    std::fill(row.begin() + 1, row.end(), 0.0);
}

}  // namespace

void MomentSamples::draw(Simulation& simulation, int cells, std::uint64_t seed) {
  KineticSystem& system = simulation.system();
  const FourierGrid& grid = system.grid();
  const KineticSystem::InCells in = system.evaluate(simulation.time(), simulation.state());
  std::vector<Complex> derivatives(derivatives_.size() * grid.cells());
  system.differentiate(simulation.state(), derivatives_, derivatives);
  const auto moment = [&](int m) { return in.g[system.angular().field_of(2 * m)]; };
  const int top = level_ + 1;
  const long all = static_cast<long>(grid.shape().nx) * grid.shape().ny;
  const double size = std::sqrt(mean_over_cells(grid, [&](long i) { return std::norm(moment(top)[i]); }));

  std::vector<double> mine;
  for (int draw = 0; draw < cells; ++draw) {
    const auto cell = static_cast<long>(uniform(seed, 0, static_cast<std::uint64_t>(draw)) * static_cast<double>(all));
    const long i = grid.cell_at(cell);
    if (i < 0) continue;
    mine.push_back(draw);
    mine.push_back(simulation.time());
    for (const std::string& name : model_names()) mine.push_back(model_value(system.model(), name));
    std::vector<Complex> row = {moment(0)[i].real()};
    for (int m = 1; m <= top; ++m) row.push_back(moment(m)[i]);
    for (std::size_t j = 0; j < derivatives_.size(); ++j) row.push_back(derivatives[j * grid.cells() + i]);
    if (strain_) row.push_back(in.strain[i]);
    as_closed_runs_see(row, level_);
    mine.push_back(row[0].real());
    for (std::size_t k = 1; k < row.size(); ++k) mine.insert(mine.end(), {row[k].real(), row[k].imag()});
    mine.push_back(size);
  }
  const std::vector<double> found = grid.communicator().gather(mine);
  const long stride = width() + 1;
  std::vector<long> order(found.size() / stride);
  std::iota(order.begin(), order.end(), 0L);
  std::ranges::sort(order, {}, [&](long row) { return found[row * stride]; });
  for (const long row : order)
    values_.insert(values_.end(), found.begin() + row * stride + 1, found.begin() + (row + 1) * stride);
}

MomentSamples MomentSamples::of_frames(const std::vector<long>& frames, int cells) const {
  MomentSamples some = *this;
  some.values_.clear();
  const long size = static_cast<long>(cells) * width();
  for (const long frame : frames)
    some.values_.insert(some.values_.end(), values_.begin() + frame * size, values_.begin() + (frame + 1) * size);
  return some;
}

std::vector<std::string> MomentSamples::names() const {
  std::vector<std::string> names = {"time"};
  names.insert(names.end(), model_names().begin(), model_names().end());
  names.emplace_back("c");
  const auto put = [&](const std::string& name) { names.insert(names.end(), {name + "_re", name + "_im"}); };
  for (int m = 1; m <= level_ + 1; ++m) put(fmt::format("f{}", m));
  for (const Derivative& each : derivatives_) put(fmt::format("{}f{}", each.conjugate ? "conj_D_" : "D_", each.moment));
  if (strain_) put("strain");
  names.emplace_back("frame_size");
  return names;
}

void MomentSamples::write(const std::filesystem::path& path, const Communicator& communicator) const {
  on_root(communicator, [&] {
    const hdf5::Handle file = hdf5::create_image();
    const std::vector<std::string> columns = names();
    std::vector<double> column(count());
    for (int k = 0; k < width(); ++k) {
      for (long row = 0; row < count(); ++row) column[row] = at(row, k);
      hdf5::write(file, columns[k], column, {column.size()});
    }
    write_file(path, {hdf5::image_of(file)});
  });
}

}  // namespace residua::kinetic
