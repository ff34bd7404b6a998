#include "base/progress.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/terminal.hpp"

namespace residua {
namespace {

constexpr double draw_interval = 0.2;  // s

double fraction(const ProgressRow& row) {
  if (row.done) return *row.done;
  return row.total > 0 ? static_cast<double>(row.iteration) / static_cast<double>(row.total) : 0.0;
}

}  // namespace

std::string clock_text(double seconds) {
  const long s = std::lround(std::min(seconds, 3.6e8));
  if (s >= 3600) return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  return fmt::format("{}:{:02}", s / 60, s % 60);
}

Progress::Progress(double longest_interval) : longest_interval_(longest_interval) {}

Progress::~Progress() { clear(); }

void Progress::clear() { Terminal::instance().status(""); }

void Progress::update(const ProgressRow& row) {
  const double now = timer_.seconds();
  if (first_iteration_ < 0) {
    started_ = now;
    first_iteration_ = row.iteration;
    first_done_ = fraction(row);
  }
  const bool drawn = Terminal::instance().shows_status();
  if (drawn && now >= next_draw_) {
    Terminal::instance().status(text(row, now));
    next_draw_ = now + draw_interval;
  }
  if (now >= next_log_) {
    log().log(drawn ? spdlog::level::debug : spdlog::level::info, text(row, now));
    interval_ = std::min(2 * interval_, longest_interval_);
    next_log_ = now + interval_;
  }
}

std::string Progress::text(const ProgressRow& row, double now) const {
  std::string text = row.total > 0 ? fmt::format("iteration {}/{}", row.iteration, row.total)
                                   : fmt::format("iteration {}", row.iteration);
  if (!row.note.empty()) text += fmt::format("  {}", row.note);
  if (row.loss) text += fmt::format("  loss {:.3e}", *row.loss);
  if (row.error) text += fmt::format("  error {:.3e}", *row.error);
  const double elapsed = now - started_;
  if (elapsed > 0 && row.iteration > first_iteration_) {
    text += fmt::format("  {:.3g}/s", static_cast<double>(row.iteration - first_iteration_) / elapsed);
  }
  const double done = fraction(row);
  if (elapsed > 0 && done > first_done_) {
    text += fmt::format("  {} left", clock_text((1 - done) * elapsed / (done - first_done_)));
  }
  return text;
}

}  // namespace residua
