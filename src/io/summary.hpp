// summary.json: what a finished run found, and what it takes to compare it with another.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

namespace residua {

/// Every member becomes a key of the same name; see docs. `timing` is in seconds.
struct Summary {
  std::string case_kind;  ///< key "case"
  std::map<std::string, double> metrics;
  std::map<std::string, double> timing;
  int ranks = 1;
  int threads = 1;                              ///< per rank
  std::map<std::string, std::string> versions;  ///< of Residua and its libraries
  nlohmann::json deck;                          ///< the resolved deck
};

/// Error that names the metric or time when one is not finite: JSON has no such number, and nobody should compare it.
nlohmann::json to_json(const Summary& summary);

/// Complete under its name, or not there. One rank calls this.
void write_summary(const Summary& summary, const std::filesystem::path& path);

/// Error "<what> <name> is <value>" unless the value is finite.
void require_finite(const std::string& what, const std::string& name, double value);

}  // namespace residua
