#include "kinetic/frame.hpp"

#include <cmath>

#include <fmt/format.h>

#include "base/error.hpp"
#include "io/table.hpp"

namespace residua::kinetic {
namespace {

bool is_axis(const Axis& axis, const std::string& name, int cells, double length) {
  if (axis.name != name || std::ssize(axis.values) != cells) return false;
  for (int i = 0; i < cells; ++i)
    if (std::abs(axis.values[i] - length * i / cells) > 1e-6 * length) return false;
  return true;
}

}  // namespace

Frame read_frame(const std::filesystem::path& path, const FourierGrid::Shape& shape,
                 const std::vector<std::string>& names, const Communicator& communicator) {
  const GridTable table = GridTable::read(path, communicator);
  if (table.axes.size() != 2 || !is_axis(table.axes[0], "y", shape.ny, shape.length_y) ||
      !is_axis(table.axes[1], "x", shape.nx, shape.length_x))
    throw InputError(fmt::format("{}: the fields are not over the {} x {} cells of a square of side {}", path.string(),
                                 shape.nx, shape.ny, shape.length_x));
  Frame frame;
  for (const std::string& name : names) {
    if (!table.values.contains(name)) throw InputError(fmt::format("{}: there is no field {}", path.string(), name));
    frame[name] = table.values.at(name);
  }
  return frame;
}

}  // namespace residua::kinetic
