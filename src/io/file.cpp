#include "io/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/error.hpp"

namespace residua {
namespace {

[[noreturn]] void fail(const char* what, const std::filesystem::path& path) {
  throw Error(fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(errno)));
}

class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags) : value_(open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int value() const { return value_; }

 private:
  int value_;
};

void write_all(int descriptor, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  const Descriptor file(path, O_RDONLY);
  if (file.value() < 0) fail("open", path);
  struct stat status {};
  if (fstat(file.value(), &status) != 0) fail("read", path);
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(status.st_size));
  char buffer[1 << 16];
  for (;;) {
    const ssize_t count = read(file.value(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("read", path);
    if (count == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(count));
  }
}

void write_file(const std::filesystem::path& path, std::initializer_list<std::string_view> parts) {
  const std::filesystem::path temporary = path.string() + ".part";
  try {
    const Descriptor file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
    if (file.value() < 0) fail("create", temporary);
    for (const std::string_view part : parts) write_all(file.value(), part, temporary);
    if (fsync(file.value()) != 0) fail("flush", temporary);
    if (rename(temporary.c_str(), path.c_str()) != 0) fail("rename to", path);
  } catch (...) {
    unlink(temporary.c_str());
    throw;
  }
  flush_folder(path.parent_path());
}

void flush_folder(const std::filesystem::path& folder) {
  const Descriptor descriptor(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
  // EINVAL: some network file systems cannot flush a folder, and do not need to
  if (descriptor.value() < 0 || (fsync(descriptor.value()) != 0 && errno != EINVAL)) fail("flush", folder);
}

FolderLock::FolderLock(const std::filesystem::path& folder)
    : descriptor_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_ < 0) fail("open", folder);
  if (flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  close(descriptor_);
  throw InputError(
      fmt::format("{} is in use by another run: wait for its end, or give another --output", folder.string()));
}

FolderLock::~FolderLock() { close(descriptor_); }

std::string text_from_root(const Communicator& communicator, const std::function<std::string()>& work) {
  std::string result;
  char outcome = 'd';  // done, input error, error
  InputError::Place place;
  if (communicator.root()) {
    try {
      result = work();
    } catch (const InputError& error) {
      outcome = 'i';
      result = error.what();
      place = error.place();
    } catch (const std::exception& error) {
      outcome = 'e';
      result = error.what();
    }
  }
  outcome = communicator.broadcast(std::string(1, outcome))[0];
  result = communicator.broadcast(std::move(result));
  if (outcome == 'd') return result;
  if (outcome == 'e') throw Error(result);
  place.file = communicator.broadcast(place.file);
  place.key = communicator.broadcast(place.key);
  place.line = std::stoi(communicator.broadcast(std::to_string(place.line)));
  place.column = std::stoi(communicator.broadcast(std::to_string(place.column)));
  throw InputError(place, result);
}

void on_root(const Communicator& communicator, const std::function<void()>& work) {
  text_from_root(communicator, [&] {
    work();
    return std::string();
  });
}

}  // namespace residua
