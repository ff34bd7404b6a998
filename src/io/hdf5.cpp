#include "io/hdf5.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"

namespace residua::hdf5 {
namespace {

[[noreturn]] void fail(const std::string& what) {
  std::string reason;
  const auto take_innermost = [](unsigned n, const H5E_error2_t* entry, void* text) -> herr_t {
    if (n == 0 && entry->desc != nullptr) *static_cast<std::string*>(text) = entry->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_innermost, &reason);
  H5Eclear2(H5E_DEFAULT);
  throw Error(reason.empty() ? what : what + ": " + reason);
}

/// Keeps HDF5 from printing its error stack: errors are exceptions here.
void quiet() {
  static const herr_t once = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  static_cast<void>(once);
}

Handle text_type(H5T_cset_t characters = H5T_CSET_UTF8) {
  Handle type = own(H5Tcopy(H5T_C_S1), "string type");
  check(H5Tset_size(type, H5T_VARIABLE), "string type");
  check(H5Tset_cset(type, characters), "string type");
  return type;
}

bool has_company(MPI_Comm comm) {
  int ranks = 0;
  MPI_Comm_size(comm, &ranks);
  return ranks > 1;
}

Handle make_groups() {
  Handle list = own(H5Pcreate(H5P_LINK_CREATE), "property list");
  check(H5Pset_create_intermediate_group(list, 1), "property list");
  return list;
}

Handle core_access() {
  quiet();
  Handle list = own(H5Pcreate(H5P_FILE_ACCESS), "property list");
  check(H5Pset_fapl_core(list, 1 << 20, 0), "file in memory");
  return list;
}

void write_texts(hid_t location, const std::string& name, const Handle& space, const std::vector<std::string>& texts) {
  std::vector<const char*> pointers;
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  const Handle type = text_type();
  const Handle attribute =
      own(H5Acreate2(location, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), "attribute " + name);
  check(H5Awrite(attribute, type, pointers.data()), "attribute " + name);
}

}  // namespace

Handle::~Handle() {
  if (id_ >= 0) H5Idec_ref(id_);
}

Handle own(hid_t id, const std::string& what) {
  if (id < 0) fail(what);
  return Handle(id);
}

void check(herr_t code, const std::string& what) {
  if (code < 0) fail(what);
}

Handle create_image() { return own(H5Fcreate("image", H5F_ACC_TRUNC, H5P_DEFAULT, core_access()), "file in memory"); }

std::string image_of(const Handle& file) {
  check(H5Fflush(file, H5F_SCOPE_GLOBAL), "file in memory");
  const ssize_t size = H5Fget_file_image(file, nullptr, 0);
  if (size < 0) fail("file in memory");
  std::string bytes(static_cast<std::size_t>(size), '\0');
  if (H5Fget_file_image(file, bytes.data(), bytes.size()) < 0) fail("file in memory");
  return bytes;
}

Handle open_image(const std::string& bytes) {
  const Handle access = core_access();
  check(H5Pset_file_image(access, const_cast<char*>(bytes.data()), bytes.size()), "file in memory");  // it copies
  return own(H5Fopen("image", H5F_ACC_RDONLY, access), "not a readable HDF5 file");
}

Handle create_parallel(const std::filesystem::path& path, MPI_Comm comm) {
  quiet();
  const Handle access = own(H5Pcreate(H5P_FILE_ACCESS), "property list");
  if (has_company(comm)) {
    check(H5Pset_fapl_mpio(access, comm, MPI_INFO_NULL), "parallel access");
    check(H5Pset_coll_metadata_write(access, true), "parallel access");
  }
  return own(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access), "cannot create " + path.string());
}

Handle collective_transfer(MPI_Comm comm) {
  Handle transfer = own(H5Pcreate(H5P_DATASET_XFER), "property list");
  if (has_company(comm)) check(H5Pset_dxpl_mpio(transfer, H5FD_MPIO_COLLECTIVE), "collective transfer");
  return transfer;
}

Handle create_dataset(hid_t location, const std::string& path, const Shape& shape) {
  const Handle space = own(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), path);
  return own(H5Dcreate2(location, path.c_str(), H5T_IEEE_F64LE, space, make_groups(), H5P_DEFAULT, H5P_DEFAULT), path);
}

void write(hid_t location, const std::string& path, std::span<const double> values, const Shape& shape) {
  const Handle dataset = create_dataset(location, path, shape);
  if (values.empty()) return;
  check(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), path);
}

void write_bytes(hid_t location, const std::string& path, const std::string& bytes) {
  const hsize_t size = bytes.size();
  const Handle space = own(H5Screate_simple(1, &size, nullptr), path);
  const Handle dataset =
      own(H5Dcreate2(location, path.c_str(), H5T_STD_U8LE, space, make_groups(), H5P_DEFAULT, H5P_DEFAULT), path);
  if (!bytes.empty()) check(H5Dwrite(dataset, H5T_NATIVE_UCHAR, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), path);
}

std::vector<std::string> members(hid_t location, const std::string& group) {
  std::vector<std::string> names;
  if (!exists(location, group)) return names;
  const Handle handle = own(H5Gopen2(location, group.c_str(), H5P_DEFAULT), group);
  const auto add = [](hid_t, const char* name, const H5L_info_t*, void* list) -> herr_t {
    static_cast<std::vector<std::string>*>(list)->emplace_back(name);
    return 0;
  };
  check(H5Literate(handle, H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &names), group);
  return names;
}

std::vector<std::string> datasets(hid_t location, const std::string& group) {
  std::vector<std::string> paths;
  for (const std::string& name : members(location, group)) {
    const Handle object = own(H5Oopen(location, (group + "/" + name).c_str(), H5P_DEFAULT), name);
    if (H5Iget_type(object) == H5I_DATASET) paths.push_back(name);
    if (H5Iget_type(object) != H5I_GROUP) continue;
    for (const std::string& below : datasets(location, group + "/" + name)) paths.push_back(name + "/" + below);
  }
  return paths;
}

bool exists(hid_t location, const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    if (H5Lexists(location, path.substr(0, end).c_str(), H5P_DEFAULT) <= 0) return false;
    if (end == std::string::npos) return true;
  }
}

Shape shape_of(hid_t location, const std::string& path) {
  const Handle dataset = own(H5Dopen2(location, path.c_str(), H5P_DEFAULT), path);
  const Handle space = own(H5Dget_space(dataset), path);
  const int rank = H5Sget_simple_extent_ndims(space);
  if (rank < 0) fail(path);
  Shape shape(static_cast<std::size_t>(rank));
  if (H5Sget_simple_extent_dims(space, shape.data(), nullptr) < 0) fail(path);
  return shape;
}

namespace {

template <typename Container>
Container read_as(hid_t location, const std::string& path, hid_t type) {
  const Handle dataset = own(H5Dopen2(location, path.c_str(), H5P_DEFAULT), path);
  const Handle space = own(H5Dget_space(dataset), path);
  Container values;
  values.resize(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  if (!values.empty()) check(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), path);
  return values;
}

}  // namespace

std::vector<double> read(hid_t location, const std::string& path) {
  return read_as<std::vector<double>>(location, path, H5T_NATIVE_DOUBLE);
}

std::string read_bytes(hid_t location, const std::string& path) {
  return read_as<std::string>(location, path, H5T_NATIVE_UCHAR);
}

void write_attribute(hid_t location, const std::string& name, double value) {
  const Handle space = own(H5Screate(H5S_SCALAR), name);
  const Handle attribute =
      own(H5Acreate2(location, name.c_str(), H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT), "attribute " + name);
  check(H5Awrite(attribute, H5T_NATIVE_DOUBLE, &value), "attribute " + name);
}

void write_attribute(hid_t location, const std::string& name, const std::string& text) {
  write_texts(location, name, own(H5Screate(H5S_SCALAR), name), {text});
}

void write_attribute(hid_t location, const std::string& name, const std::vector<std::string>& texts) {
  const hsize_t count = texts.size();
  write_texts(location, name, own(H5Screate_simple(1, &count, nullptr), name), texts);
}

std::optional<double> read_number(hid_t location, const std::string& name) {
  if (H5Aexists(location, name.c_str()) <= 0) return std::nullopt;
  const Handle attribute = own(H5Aopen(location, name.c_str(), H5P_DEFAULT), "attribute " + name);
  const Handle space = own(H5Aget_space(attribute), "attribute " + name);
  if (H5Sget_simple_extent_npoints(space) != 1) throw Error("attribute " + name + ": expected one number");
  double value = 0;
  check(H5Aread(attribute, H5T_NATIVE_DOUBLE, &value), "attribute " + name + ": expected one number");
  return value;
}

std::vector<std::string> read_texts(hid_t location, const std::string& name) {
  std::vector<std::string> texts;
  if (H5Aexists(location, name.c_str()) <= 0) return texts;
  const Handle attribute = own(H5Aopen(location, name.c_str(), H5P_DEFAULT), "attribute " + name);
  const Handle space = own(H5Aget_space(attribute), "attribute " + name);
  const Handle stored = own(H5Aget_type(attribute), "attribute " + name);
  const auto count = static_cast<std::size_t>(H5Sget_simple_extent_npoints(space));
  if (H5Tget_class(stored) != H5T_STRING) throw Error("attribute " + name + ": expected strings");
  if (H5Tis_variable_str(stored) > 0) {
    std::vector<char*> pointers(count, nullptr);
    const Handle type = text_type(H5Tget_cset(stored));  // HDF5 does not convert between them
    check(H5Aread(attribute, type, pointers.data()), "attribute " + name);
    for (const char* pointer : pointers) texts.emplace_back(pointer == nullptr ? "" : pointer);
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, pointers.data());
  } else {
    const std::size_t width = H5Tget_size(stored);
    std::string bytes(count * width, '\0');
    check(H5Aread(attribute, stored, bytes.data()), "attribute " + name);
    for (std::size_t i = 0; i < count; ++i) {
      std::string text = bytes.substr(i * width, width);
      texts.push_back(text.substr(0, std::min(text.find('\0'), text.find_last_not_of(' ') + 1)));
    }
  }
  return texts;
}

}  // namespace residua::hdf5
