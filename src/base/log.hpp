// The one log of a process: messages for people on the terminal, and all of them in a plain file.
//
// Rank 0 writes what every rank would say; the other ranks are heard from `error` on, with their number. So collective
// code logs without asking for its rank: `log().info("{} points", n)`.
#pragma once

#include <filesystem>
#include <string>

#include <spdlog/spdlog.h>

#include "base/communicator.hpp"

namespace residua {

/// Messages: `debug` goes to the file alone, `info` and above also to the terminal, which shows warnings and errors
/// with that word in front. Before `start_log` the process counts as rank 0 of 1.
spdlog::logger& log();

/// Tells the log which rank this is.
void start_log(const Communicator& communicator);

/// From here on messages also go to the end of the file at `path`, with the time of day. It is opened by the first
/// message, so that ranks with nothing to say create nothing.
void log_to_file(const std::filesystem::path& path);

}  // namespace residua
