#include "io/checkpoint.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/log.hpp"
#include "io/file.hpp"
#include "io/state_file.hpp"

namespace residua {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "checkpoint-";
constexpr std::string_view suffix = ".h5";

/// The number in "checkpoint-<number>.h5"; 0 for another name.
std::uint64_t number_of(const fs::path& path) {
  const std::string name = path.filename().string();
  if (!name.starts_with(prefix) || !name.ends_with(suffix)) return 0;
  std::uint64_t number = 0;
  const char* end = name.data() + name.size() - suffix.size();
  const auto result = std::from_chars(name.data() + prefix.size(), end, number);
  return result.ptr == end ? number : 0;
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

State state_of(const std::string& body, const std::string& fingerprint, const fs::path& path) {
  LabelledState read = parse_body(body, path);
  if (read.label != fingerprint) {
    throw InputError(
        fmt::format("{} belongs to a run with another deck ({}): give another --output, or start again "
                    "with --fresh",
                    path.string(), first_difference(read.label, fingerprint)));
  }
  return std::move(read.state);
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
    write_state(directory_ / fmt::format("{}{:06}{}", prefix, number, suffix), state, fingerprint_);
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
        body = sound_body(candidates.back());
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
