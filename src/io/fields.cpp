#include "io/fields.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "base/error.hpp"
#include "io/file.hpp"
#include "io/hdf5.hpp"
#include "io/xdmf.hpp"

namespace residua {
namespace {

/// Selects the elements first <= i < last in the row-major numbering of `shape`: at most 2 rank - 1 boxes.
void select_range(hid_t space, const hdf5::Shape& shape, hsize_t first, hsize_t last) {
  hdf5::check(H5Sselect_none(space), "selection");
  hdf5::Shape stride(shape.size(), 1);
  for (std::size_t k = shape.size() - 1; k > 0; --k) stride[k - 1] = stride[k] * shape[k];
  while (first < last) {
    std::size_t k = 0;  // the slowest axis along which whole steps fit
    while (first % stride[k] != 0 || first + stride[k] > last) ++k;
    hdf5::Shape start(shape.size()), count(shape.size(), 1);
    for (std::size_t i = 0; i < shape.size(); ++i) start[i] = first / stride[i] % shape[i];
    for (std::size_t i = k + 1; i < shape.size(); ++i) count[i] = shape[i];
    count[k] = std::min((last - first) / stride[k], shape[k] - start[k]);
    hdf5::check(H5Sselect_hyperslab(space, H5S_SELECT_OR, start.data(), nullptr, count.data(), nullptr), "selection");
    first += count[k] * stride[k];
  }
}

}  // namespace

FieldSet::FieldSet(std::vector<Axis> axes, const std::string& time, const Communicator& communicator)
    : communicator_(communicator), axes_(std::move(axes)) {
  if (axes_.empty()) throw Error("a field needs an axis");
  order_.resize(axes_.size());
  std::iota(order_.rbegin(), order_.rend(), 0);
  const auto is_time = [&](std::size_t i) { return axes_[i].name == time; };
  has_time_ = axes_.size() > 1 && std::stable_partition(order_.begin(), order_.end(), is_time) != order_.begin();
  for (const Axis& axis : axes_) size_ *= axis.values.size();
  const auto rank = static_cast<std::size_t>(communicator.rank()),
             ranks = static_cast<std::size_t>(communicator.size());
  begin_ = size_ * rank / ranks;
  end_ = size_ * (rank + 1) / ranks;
}

std::vector<double> FieldSet::local_points() const {
  std::vector<double> points(axes_.size() * local_size());
  std::size_t stride = 1;
  for (auto axis = order_.rbegin(); axis != order_.rend(); ++axis) {
    const std::vector<double>& values = axes_[*axis].values;
    double* row = points.data() + *axis * local_size();
    for (std::size_t i = begin_; i < end_; ++i) row[i - begin_] = values[i / stride % values.size()];
    stride *= values.size();
  }
  return points;
}

void FieldSet::set(const std::string& name, std::vector<double> local_values) {
  if (local_values.size() != local_size()) {
    throw Error(fmt::format("field {} has {} values for {} points", name, local_values.size(), local_size()));
  }
  fields_[name] = std::move(local_values);
}

std::vector<Axis> FieldSet::file_axes() const {
  std::vector<Axis> axes;
  for (const std::size_t i : order_) axes.push_back(axes_[i]);
  return axes;
}

std::vector<std::string> FieldSet::names() const {
  std::vector<std::string> names;
  for (const auto& [name, values] : fields_) names.push_back(name);
  return names;
}

void FieldSet::write(const std::filesystem::path& stem) const {
  const std::filesystem::path final_name = stem.string() + ".h5", temporary = stem.string() + ".h5.part";
  const std::vector<Axis> axes = file_axes();
  hdf5::Shape shape;
  std::vector<std::string> axis_names;
  for (const Axis& axis : axes) {
    shape.push_back(axis.values.size());
    axis_names.push_back(axis.name);
  }
  {
    const hdf5::Handle file = hdf5::create_parallel(temporary, communicator_.mpi());
    hdf5::write_attribute(file, "axes", axis_names);
    for (const Axis& axis : axes) hdf5::write(file, "coordinates/" + axis.name, axis.values, {axis.values.size()});
    const hdf5::Handle transfer = hdf5::collective_transfer(communicator_.mpi());
    const hsize_t local = local_size();
    const hdf5::Handle memory = hdf5::own(H5Screate_simple(1, &local, nullptr), "data space");
    for (const auto& [name, values] : fields_) {
      const hdf5::Handle dataset = hdf5::create_dataset(file, "values/" + name, shape);
      const hdf5::Handle space = hdf5::own(H5Dget_space(dataset), name);
      select_range(space, shape, begin_, end_);
      hdf5::check(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, memory, space, transfer, values.data()),
                  "cannot write field " + name);
    }
    hdf5::check(H5Fflush(file, H5F_SCOPE_GLOBAL), "cannot write " + temporary.string());
  }
  communicator_.barrier();
  on_root(communicator_, [&] {
    std::filesystem::rename(temporary, final_name);
    flush_folder(final_name.parent_path());
    if (has_xdmf(*this)) write_file(stem.string() + ".xdmf", {xdmf(*this, final_name.filename().string())});
  });
}

}  // namespace residua
