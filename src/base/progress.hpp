// One line that shows how far a run has come.
#pragma once

#include <optional>
#include <string>

#include "base/timer.hpp"

namespace residua {

struct ProgressRow {
  long iteration = 0;
  long total = 0;                    ///< iterations at most; 0 when unknown
  std::optional<double> done = {};   ///< fraction of the whole work, where iterations of `total` are not it
  std::optional<double> loss = {};   ///< what is minimised
  std::optional<double> error = {};  ///< against the reference, where one is known
  std::string note = {};             ///< "window 3 of 10"
};

/// On a terminal the line is drawn in place, at most five times a second. The log gets plain lines: the first after a
/// second, then at intervals that double up to `longest` seconds; they reach the terminal only where no line is drawn.
/// Every rank may call `update`; rank 0 shows.
class Progress {
 public:
  explicit Progress(double longest_interval);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(const ProgressRow& row);

  /// Removes the line from the terminal.
  void clear();

 private:
  std::string text(const ProgressRow& row, double now) const;

  Timer timer_;
  double longest_interval_;
  double interval_ = 1;    ///< s, between lines in the log
  double next_log_ = 1;    ///< s on `timer_`
  double next_draw_ = 0;   ///< s on `timer_`
  double started_ = 0;     ///< s on `timer_`, at the first row
  double first_done_ = 0;  ///< of the first row
  long first_iteration_ = -1;
};

/// "1:02:03" or "4:05".
std::string clock_text(double seconds);

}  // namespace residua
