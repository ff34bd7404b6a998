#include "io/table.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "base/error.hpp"
#include "io/file.hpp"
#include "io/hdf5.hpp"

namespace residua {
namespace {

hdf5::Shape shape_of(const std::vector<Axis>& axes) {
  hdf5::Shape shape;
  for (const Axis& axis : axes) shape.push_back(axis.values.size());
  return shape;
}

GridTable table_of(const std::string& image) {
  const hdf5::Handle file = hdf5::open_image(image);
  GridTable table;
  for (const std::string& name : hdf5::read_texts(file, "axes")) {
    const std::string path = "coordinates/" + name;
    if (!hdf5::exists(file, path)) throw Error(fmt::format("axis {} has no dataset {}", name, path));
    table.axes.push_back({name, hdf5::read(file, path)});
  }
  const hdf5::Shape shape = shape_of(table.axes);
  for (const std::string& name : hdf5::members(file, "values")) {
    const std::string path = "values/" + name;
    if (const hdf5::Shape found = hdf5::shape_of(file, path); found != shape) {
      throw Error(
          fmt::format("{} has the shape ({}), its axes ({})", path, fmt::join(found, ", "), fmt::join(shape, ", ")));
    }
    table.values[name] = hdf5::read(file, path);
  }
  table.accuracy = hdf5::read_number(file, "accuracy");
  if (const auto source = hdf5::read_texts(file, "source"); !source.empty()) table.source = source[0];
  return table;
}

}  // namespace

std::size_t GridTable::size() const {
  std::size_t size = 1;
  for (const Axis& axis : axes) size *= axis.values.size();
  return size;
}

std::optional<GridTable> GridTable::slice(const std::string& name, double place) const {
  const auto axis = std::ranges::find(axes, name, &Axis::name);
  if (axis == axes.end()) return {};
  const auto at = std::ranges::find_if(
      axis->values, [&](double value) { return std::abs(value - place) <= 1e-12 * std::max(1.0, std::abs(place)); });
  if (at == axis->values.end()) return {};
  const auto size_of = [](auto begin, auto end) {
    std::size_t size = 1;
    for (; begin != end; ++begin) size *= begin->values.size();
    return size;
  };
  const std::size_t length = axis->values.size(), slow = size_of(axes.begin(), axis),
                    fast = size_of(axis + 1, axes.end());
  const auto index = static_cast<std::size_t>(at - axis->values.begin());
  GridTable part{{}, {}, accuracy, source};
  std::ranges::copy_if(axes, std::back_inserter(part.axes), [&](const Axis& other) { return other.name != name; });
  for (const auto& [unknown, field] : values)
    for (std::size_t i = 0; i < slow; ++i) {
      const auto begin = field.begin() + static_cast<long>((i * length + index) * fast);
      part.values[unknown].insert(part.values[unknown].end(), begin, begin + static_cast<long>(fast));
    }
  return part;
}

void GridTable::check() const {
  if (axes.empty()) throw Error("the root has no attribute `axes` that names the coordinates");
  for (const Axis& axis : axes) {
    if (axis.values.empty()) throw Error(fmt::format("coordinates/{} is empty", axis.name));
    const auto steps_back = [](double a, double b) { return !(a < b); };
    if (!std::isfinite(axis.values.front()) ||
        std::ranges::adjacent_find(axis.values, steps_back) != axis.values.end()) {
      throw Error(fmt::format("coordinates/{} is not strictly increasing", axis.name));
    }
  }
  if (values.empty()) throw Error("there is no dataset under `values`");
  for (const auto& [name, field] : values) {
    if (field.size() != size())
      throw Error(fmt::format("values/{} has {} values for {} points", name, field.size(), size()));
    if (!std::ranges::all_of(field, [](double value) { return std::isfinite(value); })) {
      throw Error(fmt::format("values/{} has a value that is not finite", name));
    }
  }
}

GridTable GridTable::read(const std::filesystem::path& path, const Communicator& communicator) {
  try {
    const std::string image = text_from_root(communicator, [&] { return read_file(path); });
    GridTable table = table_of(image);
    table.check();
    return table;
  } catch (const Error& error) {
    throw InputError(fmt::format("{}: {}", path.string(), error.what()));
  }
}

void GridTable::write(const std::filesystem::path& path) const {
  try {
    check();
  } catch (const Error& error) {
    throw InputError(fmt::format("{}: {}", path.string(), error.what()));
  }
  const hdf5::Handle file = hdf5::create_image();
  std::vector<std::string> names;
  for (const Axis& axis : axes) {
    names.push_back(axis.name);
    hdf5::write(file, "coordinates/" + axis.name, axis.values, {axis.values.size()});
  }
  for (const auto& [name, field] : values) hdf5::write(file, "values/" + name, field, shape_of(axes));
  hdf5::write_attribute(file, "axes", names);
  if (accuracy) hdf5::write_attribute(file, "accuracy", *accuracy);
  if (!source.empty()) hdf5::write_attribute(file, "source", source);
  write_file(path, {hdf5::image_of(file)});
}

}  // namespace residua
