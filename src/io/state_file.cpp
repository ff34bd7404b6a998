#include "io/state_file.hpp"

#include <charconv>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/version.hpp"
#include "io/crc32c.hpp"
#include "io/file.hpp"
#include "io/hdf5.hpp"

namespace residua {
namespace {

constexpr std::size_t header_size = 512;  // HDF5 looks for its signature at 0, 512, 1024, ...
constexpr double format_version = 2;

std::string header_of(std::string_view body) {
  std::string header = fmt::format("Residua checkpoint\nlength {}\ncrc32c {:08x}\n", body.size(), crc32c(body));
  header.resize(header_size, '\n');
  return header;
}

std::string body_of(const State& state, const std::string& label) {
  const hdf5::Handle file = hdf5::create_image();
  hdf5::write_attribute(file, "format", format_version);
  hdf5::write_attribute(file, "residua", std::string(version::number));
  hdf5::write_bytes(file, "fingerprint", label);
  for (const auto& [name, values] : state.arrays) hdf5::write(file, "arrays/" + name, values, {values.size()});
  for (const auto& [name, text] : state.texts) hdf5::write_bytes(file, "texts/" + name, text);
  return hdf5::image_of(file);
}

}  // namespace

void write_state(const std::filesystem::path& path, const State& state, const std::string& label) {
  const std::string body = body_of(state, label);
  write_file(path, {header_of(body), body});
}

std::string sound_body(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  if (bytes.size() < header_size) throw Error("truncated");
  std::string body = bytes.substr(header_size);
  if (bytes.compare(0, header_size, header_of(body)) == 0) return body;
  unsigned long long length = 0;
  if (constexpr std::string_view start = "Residua checkpoint\nlength "; bytes.starts_with(start)) {
    std::from_chars(bytes.data() + start.size(), bytes.data() + header_size, length);
  }
  if (body.size() < length) throw Error(fmt::format("truncated: {} of {} bytes", body.size(), length));
  throw Error("wrong checksum");
}

LabelledState parse_body(const std::string& body, const std::filesystem::path& path) {
  const hdf5::Handle file = hdf5::open_image(body);
  const double format = hdf5::read_number(file, "format").value_or(0);
  if (format != format_version) {
    const auto writer = hdf5::read_texts(file, "residua");
    throw InputError(
        fmt::format("{} was written by Residua {} in format {}, and this is {} with format {}: use that "
                    "version, or make it again, a run by --fresh",
                    path.string(), writer.empty() ? "?" : writer[0], format, version::number, format_version));
  }
  LabelledState read{hdf5::read_bytes(file, "fingerprint"), {}};
  for (const auto& name : hdf5::datasets(file, "arrays")) read.state.arrays[name] = hdf5::read(file, "arrays/" + name);
  for (const auto& name : hdf5::datasets(file, "texts"))
    read.state.texts[name] = hdf5::read_bytes(file, "texts/" + name);
  return read;
}

State read_state(const std::filesystem::path& path, const std::string& label, const std::string& kind,
                 const Communicator& communicator) {
  const std::string body = text_from_root(communicator, [&] {
    try {
      return sound_body(path);
    } catch (const Error& error) {
      throw InputError(fmt::format("{} is not {} or is damaged: {}", path.string(), kind, error.what()));
    }
  });
  LabelledState read = parse_body(body, path);
  if (read.label != label) throw InputError(fmt::format("{} is not {}", path.string(), kind));
  return std::move(read.state);
}

}  // namespace residua
