#include "deck/deck_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/communicator.hpp"
#include "base/error.hpp"
#include "deck/nearest.hpp"

namespace residua {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t most_bytes = 16 << 20;

[[noreturn]] void unusable(const std::string& path, const std::string& why, int line = 0) {
  const std::string place = line > 0 ? fmt::format("{}:{}", path, line) : path;
  throw InputError({path, line, 0, ""}, fmt::format("{}: {}", place, why));
}

// "did you mean `x`?" for a file beside the one that is not there.
std::string similar_file(const fs::path& path) {
  std::vector<std::string> names;
  std::error_code failure;
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  for (const auto& entry : fs::directory_iterator(folder, failure)) names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  const auto best = nearest(path.filename().string(), names);
  return best ? fmt::format("\n  did you mean `{}`?", (path.parent_path() / *best).string()) : "";
}

std::string read_file(const std::string& path) {
  std::error_code failure;
  if (fs::is_directory(path, failure)) unusable(path, "is a folder\n  expected a deck, a TOML file");
  if (fs::is_regular_file(path, failure) && fs::file_size(path, failure) > most_bytes) {
    unusable(path, "is too large for a deck\n  expected a TOML file of less than 16 MiB");
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const int reason = errno;
    unusable(path,
             fmt::format("cannot be read: {}{}", std::strerror(reason), reason == ENOENT ? similar_file(path) : ""));
  }
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad()) unusable(path, "cannot be read to its end");
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);  // a byte order mark would shift the columns of line 1
  const auto binary = std::ranges::find_if(text, [](unsigned char c) {
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f || c == 0xC0 || c == 0xC1 || c >= 0xF5;
  });
  if (binary != text.end()) {
    const auto line = static_cast<int>(std::count(text.begin(), binary, '\n')) + 1;
    unusable(path,
             fmt::format("is not text: byte 0x{:02x}\n  expected a deck, a TOML file in UTF-8",
                         static_cast<unsigned>(static_cast<unsigned char>(*binary))),
             line);
  }
  return text;
}

}  // namespace

DeckText read_deck(const std::string& path, std::vector<std::string> overrides, const Communicator& comm) {
  // Rank 0 sends either the text or its error: the line on which it is, and the message.
  std::string text, message;
  int line = 0;
  if (comm.root()) {
    try {
      text = read_file(path);
    } catch (const InputError& error) {
      message = error.what();
      line = error.place().line;
    }
  }
  message = comm.broadcast(std::move(message));
  line = std::stoi(comm.broadcast(std::to_string(line)));
  if (!message.empty()) throw InputError({path, line, 0, ""}, message);
  return {path, comm.broadcast(std::move(text)), std::move(overrides)};
}

}  // namespace residua
