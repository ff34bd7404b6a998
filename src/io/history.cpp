#include "io/history.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "base/error.hpp"
#include "io/file.hpp"

namespace residua {

History::History(std::filesystem::path path, long rows) : path_(std::move(path)) {
  std::ifstream old(path_);
  if (!old) return;
  std::string kept, line;
  if (rows > 0 && std::getline(old, line)) {
    kept = line + "\n";
    std::istringstream header(line);
    for (std::string name; std::getline(header, name, ',');) names_.push_back(name);
    names_.erase(names_.begin(), names_.begin() + std::min<long>(2, static_cast<long>(names_.size())));
    for (; rows_ < rows && std::getline(old, line); ++rows_) kept += line + "\n";
  }
  write_file(path_, {kept});
}

void History::open(const Values& values) {
  file_.reset(std::fopen(path_.c_str(), "a"));
  if (!file_) throw Error(fmt::format("cannot open {}: {}", path_.string(), std::strerror(errno)));
  if (rows_ > 0) return;
  names_.clear();
  std::string header = "iteration,seconds";
  for (const auto& [name, value] : values) {
    names_.push_back(name);
    header += "," + name;
  }
  fmt::print(file_.get(), "{}\n", header);
}

void History::add(long iteration, double seconds, const Values& values) {
  if (!file_) open(values);
  std::vector<std::string> fields(names_.size());
  for (const auto& [name, value] : values) {
    const auto place = std::ranges::find(names_, name) - names_.begin();
    if (place == static_cast<long>(names_.size())) throw Error(fmt::format("history has no column {}", name));
    fields[static_cast<std::size_t>(place)] = fmt::format("{}", value);
  }
  std::string row = fmt::format("{},{:.3f}", iteration, seconds);
  for (const std::string& field : fields) row += "," + field;
  fmt::print(file_.get(), "{}\n", row);
  if (std::fflush(file_.get()) != 0)
    throw Error(fmt::format("cannot write {}: {}", path_.string(), std::strerror(errno)));
  ++rows_;
}

}  // namespace residua
