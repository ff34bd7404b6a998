// A thin layer over the C API of HDF5: handles that close themselves, and errors that say what HDF5 said.
#pragma once

#include <hdf5.h>
#include <mpi.h>

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace residua::hdf5 {

/// Owns an identifier of any kind.
class Handle {
 public:
  Handle() = default;
  explicit Handle(hid_t id) : id_(id) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Handle();

  operator hid_t() const { return id_; }  // NOLINT: so that calls of HDF5 read as in its manual

 private:
  hid_t id_ = H5I_INVALID_HID;
};

/// Owns what an HDF5 call returned; Error "<what>: <HDF5's own words>" when it failed.
Handle own(hid_t id, const std::string& what);
void check(herr_t code, const std::string& what);

/// A file that exists only in memory, to be filled; and its bytes.
Handle create_image();
std::string image_of(const Handle& file);
/// A file given by its bytes, which must stay alive, opened for reading.
Handle open_image(const std::string& bytes);

/// Creates a file that all ranks write together. Collective. A single rank writes without MPI-IO: processes started
/// without mpirun share one scratch folder of Open MPI, and the first to end removes it under the others' open files.
Handle create_parallel(const std::filesystem::path& path, MPI_Comm comm);
/// How data sets of such a file are written: all ranks at once.
Handle collective_transfer(MPI_Comm comm);

using Shape = std::vector<hsize_t>;

/// Creates a dataset of doubles; groups in `path` are made as needed.
Handle create_dataset(hid_t location, const std::string& path, const Shape& shape);
void write(hid_t location, const std::string& path, std::span<const double> values, const Shape& shape);
void write_bytes(hid_t location, const std::string& path, const std::string& bytes);

/// Names of the members of a group, sorted; none when there is no such group.
std::vector<std::string> members(hid_t location, const std::string& group);
/// The datasets at any depth under a group, by their paths from it.
std::vector<std::string> datasets(hid_t location, const std::string& group);
bool exists(hid_t location, const std::string& path);
Shape shape_of(hid_t location, const std::string& path);
std::vector<double> read(hid_t location, const std::string& path);
std::string read_bytes(hid_t location, const std::string& path);

void write_attribute(hid_t location, const std::string& name, double value);
void write_attribute(hid_t location, const std::string& name, const std::string& text);
void write_attribute(hid_t location, const std::string& name, const std::vector<std::string>& texts);
std::optional<double> read_number(hid_t location, const std::string& name);
/// Empty when there is no such attribute.
std::vector<std::string> read_texts(hid_t location, const std::string& name);

}  // namespace residua::hdf5
