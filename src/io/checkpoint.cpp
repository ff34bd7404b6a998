#include "io/checkpoint.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/version.hpp"
#include "io/crc32c.hpp"
#include "io/file.hpp"
#include "io/hdf5.hpp"

namespace residua {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t header_size = 512;  // HDF5 looks for its signature at 0, 512, 1024, ...
constexpr double format_version = 1;
constexpr std::string_view prefix = "checkpoint-";
constexpr std::string_view suffix = ".h5";

std::string header_of(std::string_view body) {
  std::string header = fmt::format("Residua checkpoint\nlength {}\ncrc32c {:08x}\n", body.size(), crc32c(body));
  header.resize(header_size, '\n');
  return header;
}

/// The HDF5 part of a checkpoint; Error when a byte of the file is not what was written.
std::string checked_body(const std::string& bytes) {
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

/// The number in "checkpoint-<number>.h5"; 0 for another name.
std::uint64_t number_of(const fs::path& path) {
  const std::string name = path.filename().string();
  if (!name.starts_with(prefix) || !name.ends_with(suffix)) return 0;
  std::uint64_t number = 0;
  const char* end = name.data() + name.size() - suffix.size();
  const auto result = std::from_chars(name.data() + prefix.size(), end, number);
  return result.ptr == end ? number : 0;
}

std::string image_of(const State& state, const std::string& fingerprint) {
  const hdf5::Handle file = hdf5::create_image();
  hdf5::write_attribute(file, "format", format_version);
  hdf5::write_attribute(file, "residua", std::string(version::number));
  hdf5::write_bytes(file, "fingerprint", fingerprint);
  for (const auto& [name, values] : state.arrays) hdf5::write(file, "arrays/" + name, values, {values.size()});
  for (const auto& [name, text] : state.texts) hdf5::write_bytes(file, "texts/" + name, text);
  return hdf5::image_of(file);
}

/// The first line in which two texts differ, for the message.
std::string first_difference(std::string_view was, std::string_view is) {
  while (!was.empty() || !is.empty()) {
    const std::string_view a = was.substr(0, was.find('\n')), b = is.substr(0, is.find('\n'));
    if (a != b) return fmt::format("there `{}`, now `{}`", a, b);
    was.remove_prefix(std::min(a.size() + 1, was.size()));
    is.remove_prefix(std::min(b.size() + 1, is.size()));
  }
  return "";
}

State state_of(const std::string& image, const std::string& fingerprint, const fs::path& path) {
  const hdf5::Handle file = hdf5::open_image(image);
  const double format = hdf5::read_number(file, "format").value_or(0);
  if (format != format_version) {
    const auto writer = hdf5::read_texts(file, "residua");
    throw InputError(
        fmt::format("{} was written by Residua {} in format {}, and this is {} with format {}: continue with "
                    "that version, or start again with --fresh",
                    path.string(), writer.empty() ? "?" : writer[0], format, version::number, format_version));
  }
  if (const std::string theirs = hdf5::read_bytes(file, "fingerprint"); theirs != fingerprint) {
    throw InputError(
        fmt::format("{} belongs to a run with another deck ({}): give another --output, or start again "
                    "with --fresh",
                    path.string(), first_difference(theirs, fingerprint)));
  }
  State state;
  for (const auto& name : hdf5::datasets(file, "arrays")) state.arrays[name] = hdf5::read(file, "arrays/" + name);
  for (const auto& name : hdf5::datasets(file, "texts")) state.texts[name] = hdf5::read_bytes(file, "texts/" + name);
  return state;
}

}  // namespace

CheckpointStore::CheckpointStore(fs::path directory, std::string fingerprint, int keep,
                                 const Communicator& communicator)
    : directory_(std::move(directory)),
      fingerprint_(std::move(fingerprint)),
      keep_(std::max(keep, 1)),
      communicator_(communicator) {}

std::vector<fs::path> CheckpointStore::files() const {
  std::vector<fs::path> files;
  std::error_code ignored;  // no such directory: no files
  for (const auto& entry : fs::directory_iterator(directory_, ignored)) {
    if (number_of(entry.path()) > 0) files.push_back(entry.path());
  }
  std::ranges::sort(files, {}, number_of);
  return files;
}

void CheckpointStore::save(const State& state) {
  on_root(communicator_, [&] {
    fs::create_directories(directory_);
    auto old = files();
    const std::uint64_t number = old.empty() ? 1 : number_of(old.back()) + 1;
    const std::string body = image_of(state, fingerprint_);
    write_file(directory_ / fmt::format("{}{:06}{}", prefix, number, suffix), {header_of(body), body});
    const auto surplus = static_cast<long>(old.size()) + 1 - keep_;
    for (long i = 0; i < surplus; ++i) fs::remove(old[static_cast<std::size_t>(i)]);
  });
}

std::optional<State> CheckpointStore::load_newest() {
  std::string body;
  const fs::path chosen = text_from_root(communicator_, [&]() -> std::string {
    auto candidates = files();
    for (; !candidates.empty(); candidates.pop_back()) {
      try {
        body = checked_body(read_file(candidates.back()));
        return candidates.back().string();
      } catch (const Error& error) {
        log().warn("checkpoint {} is damaged ({}) and was passed over", candidates.back().string(), error.what());
      }
    }
    return "";
  });
  if (chosen.empty()) return std::nullopt;
  body = communicator_.broadcast(std::move(body));
  return state_of(body, fingerprint_, chosen);
}

}  // namespace residua
