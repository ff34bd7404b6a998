// Tables from HDF5 files.
#include <filesystem>

#include <fmt/format.h>

#include "base/error.hpp"
#include "io/file.hpp"
#include "io/hdf5.hpp"
#include "map/table.hpp"

namespace residua {
namespace {

Table table_of(const std::string& image, const std::string& name) {
  const hdf5::Handle file = hdf5::open_image(image);
  const std::vector<std::string> axes = hdf5::read_texts(file, "axes");
  if (axes.empty()) throw Error("the root has no attribute `axes` that names the table's axes");
  const auto dataset = [&](const std::string& path) {
    if (!hdf5::exists(file, path)) throw Error(fmt::format("there is no dataset {}", path));
    return hdf5::read(file, path);
  };
  const std::vector<double> values = dataset("values/" + name);
  const hdf5::Shape shape = hdf5::shape_of(file, "values/" + name);
  if (shape.size() != axes.size())
    throw Error(fmt::format("values/{} has {} dimensions for {} axes", name, shape.size(), axes.size()));
  std::vector<std::vector<double>> coordinates;
  for (const std::string& axis : axes) {
    const std::size_t points = shape[coordinates.size()];
    coordinates.push_back(dataset("coordinates/" + axis));
    if (coordinates.back().size() != points)
      throw Error(fmt::format("values/{} has {} points along {}, and coordinates/{} has {}", name, points, axis, axis,
                              coordinates.back().size()));
  }
  const double degree = hdf5::read_number(file, "degree").value_or(3);
  return Table(name, axes, std::move(coordinates), values, static_cast<int>(degree));
}

}  // namespace

Table Table::read(const std::string& path, const std::string& name) {
  try {
    return table_of(read_file(path), name);
  } catch (const Error& error) {
    throw InputError(fmt::format("{}: {}", path, error.what()));
  }
}

std::vector<std::string> Table::names(const std::string& path) {
  try {
    const std::string image = read_file(path);
    return hdf5::members(hdf5::open_image(image), "values");
  } catch (const Error& error) {
    throw InputError(fmt::format("{}: {}", path, error.what()));
  }
}

}  // namespace residua
