#include "base/log.hpp"

#include <cstdio>
#include <memory>
#include <mutex>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>

#include "base/terminal.hpp"

namespace residua {
namespace {

std::string text_of(const spdlog::details::log_msg& message) {
  return std::string(message.payload.begin(), message.payload.end());
}

class TerminalSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  void set_rank(int rank) { rank_ = rank; }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    std::string prefix;
    if (message.level == spdlog::level::warn) prefix = "warning: ";
    if (message.level >= spdlog::level::err) prefix = rank_ == 0 ? "error: " : fmt::format("error on rank {}: ", rank_);
    Terminal::instance().line(prefix + text_of(message));
  }
  void flush_() override {}

 private:
  int rank_ = 0;
};

class FileSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  FileSink(std::filesystem::path path, int rank) : path_(std::move(path)), rank_(rank) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (!file_) file_.reset(std::fopen(path_.c_str(), "a"));
    if (!file_) return;
    const auto time = fmt::localtime(std::chrono::system_clock::to_time_t(message.time));
    const std::string level(spdlog::level::to_string_view(message.level).data());
    const std::string rank = rank_ == 0 ? "" : fmt::format("rank {}: ", rank_);
    fmt::print(file_.get(), "{:%Y-%m-%d %H:%M:%S} {:<7} {}{}\n", time, level, rank, text_of(message));
    std::fflush(file_.get());
  }
  void flush_() override {}

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::filesystem::path path_;
  int rank_;
  std::unique_ptr<std::FILE, Close> file_;
};

/// The logger, and what it takes to change it.
struct Log {
  std::shared_ptr<TerminalSink> terminal = std::make_shared<TerminalSink>();
  spdlog::logger logger{"residua", terminal};
  int rank = 0;

  Log() {
    logger.set_level(spdlog::level::debug);
    terminal->set_level(spdlog::level::info);
  }
};

Log& instance() {
  static Log log;
  return log;
}

}  // namespace

spdlog::logger& log() { return instance().logger; }

void start_log(const Communicator& communicator) {
  Log& log = instance();
  log.rank = communicator.rank();
  log.terminal->set_rank(log.rank);
  log.logger.set_level(communicator.root() ? spdlog::level::debug : spdlog::level::err);
  Terminal::instance().allow_status(communicator.root());
}

void log_to_file(const std::filesystem::path& path) {
  Log& log = instance();
  log.logger.sinks().resize(1);
  log.logger.sinks().push_back(std::make_shared<FileSink>(path, log.rank));
}

}  // namespace residua
