#include "io/summary.hpp"

#include <cmath>

#include <fmt/format.h>

#include "base/error.hpp"
#include "io/file.hpp"

namespace residua {

void require_finite(const std::string& what, const std::string& name, double value) {
  if (!std::isfinite(value)) throw Error(fmt::format("{} {} is {}", what, name, value));
}

nlohmann::json to_json(const Summary& summary) {
  for (const auto& [name, value] : summary.metrics) require_finite("metric", name, value);
  for (const auto& [name, value] : summary.timing) require_finite("time", name, value);
  return {{"case", summary.case_kind}, {"metrics", summary.metrics}, {"timing", summary.timing},
          {"ranks", summary.ranks},    {"threads", summary.threads}, {"versions", summary.versions},
          {"deck", summary.deck}};
}

void write_summary(const Summary& summary, const std::filesystem::path& path) {
  write_file(path, {to_json(summary).dump(2), "\n"});
}

}  // namespace residua
