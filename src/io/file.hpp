// Whole files: read, written so that no reader ever sees half of one, and both done by rank 0 for all ranks.
#pragma once

#include <filesystem>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/communicator.hpp"

namespace residua {

/// The bytes of a file. Error with the reason when it cannot be read.
std::string read_file(const std::filesystem::path& path);

/// Writes the parts, one after the other, to a temporary file in the same folder, flushes it to the disk, gives it its
/// name and flushes the folder: after a crash the file is the old one or the new one. Error with the reason.
void write_file(const std::filesystem::path& path, std::initializer_list<std::string_view> parts);

/// Flushes a folder, so that the names in it survive a crash.
void flush_folder(const std::filesystem::path& folder);

/// Holds a folder against other processes until its end. Where the file system knows no such locks it holds nothing.
class FolderLock {
 public:
  /// InputError when another process, or another FolderLock, holds the folder. Not collective.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

/// Runs `work` on rank 0 and gives its result to all ranks; an exception there is thrown on all of them. Collective.
std::string text_from_root(const Communicator& communicator, const std::function<std::string()>& work);
void on_root(const Communicator& communicator, const std::function<void()>& work);

}  // namespace residua
