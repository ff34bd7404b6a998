#include "io/samples.hpp"

#include <charconv>
#include <cmath>
#include <sstream>

#include <fmt/format.h>

#include "base/error.hpp"
#include "io/file.hpp"
#include "io/hdf5.hpp"

namespace residua {
namespace {

constexpr std::string_view hdf5_signature = "\x89HDF\r\n\x1a\n";

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r"), last = text.find_last_not_of(" \t\r");
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream rest(line);
  for (std::string field; std::getline(rest, field, ',');) fields.push_back(trimmed(field));
  if (line.ends_with(',')) fields.emplace_back();
  return fields;
}

double number_of(const std::string& text, int line) {
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size())
    throw Error(fmt::format("line {}: `{}` is no number", line, text));
  if (!std::isfinite(value)) throw Error(fmt::format("line {}: the value {} is not finite", line, text));
  return value;
}

Samples from_csv(const std::string& text) {
  Samples samples;
  std::vector<std::string> names;
  std::istringstream lines(text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    line = trimmed(line);
    if (line.empty() || line.starts_with('#')) continue;
    const std::vector<std::string> fields = fields_of(line);
    if (names.empty()) {
      names = fields;
      for (const std::string& name : names)
        if (name.empty() || !samples.columns.emplace(name, std::vector<double>{}).second)
          throw Error(fmt::format("line {}: the column name `{}` is empty or repeated", number, name));
      continue;
    }
    if (fields.size() != names.size())
      throw Error(fmt::format("line {}: {} values for {} columns", number, fields.size(), names.size()));
    for (std::size_t i = 0; i < names.size(); ++i) samples.columns[names[i]].push_back(number_of(fields[i], number));
  }
  return samples;
}

Samples from_hdf5(const std::string& image) {
  const hdf5::Handle file = hdf5::open_image(image);
  Samples samples;
  for (const std::string& name : hdf5::datasets(file, "/")) {
    if (hdf5::shape_of(file, name).size() != 1) throw Error(fmt::format("dataset {} has not one dimension", name));
    samples.columns[name] = hdf5::read(file, name);
    for (const double value : samples.columns[name])
      if (!std::isfinite(value)) throw Error(fmt::format("dataset {} has a value that is not finite", name));
  }
  for (const auto& [name, values] : samples.columns)
    if (values.size() != samples.count())
      throw Error(fmt::format("dataset {} has {} values, others {}", name, values.size(), samples.count()));
  return samples;
}

}  // namespace

Samples Samples::read(const std::filesystem::path& path, const Communicator& communicator) {
  try {
    const std::string bytes = text_from_root(communicator, [&] { return read_file(path); });
    Samples samples = bytes.starts_with(hdf5_signature) ? from_hdf5(bytes) : from_csv(bytes);
    if (samples.count() == 0) throw Error("there are no samples");
    return samples;
  } catch (const Error& error) {
    throw InputError(fmt::format("{}: {}", path.string(), error.what()));
  }
}

}  // namespace residua
