// The terminal that a person watches, if there is one, and its one transient line.
#pragma once

#include <string>
#include <string_view>

namespace residua {

/// Where messages for people go: the standard error stream. It counts as a terminal also when it is mpirun's pipe and
/// mpirun itself writes to one, which is how a parallel run is started by hand.
class Terminal {
 public:
  static Terminal& instance();

  bool interactive() const { return width_ > 0; }

  /// Only one process of a run draws; the others are silenced.
  void allow_status(bool allowed) { allowed_ = allowed; }
  bool shows_status() const { return allowed_ && interactive(); }

  /// Draws the transient line in place of the last one; an empty text removes it. Nothing without a terminal.
  void status(std::string_view text);

  /// A lasting line, above the transient one.
  void line(std::string_view text);

 private:
  Terminal();

  int width_ = 0;  ///< columns; 0 without a terminal
  bool allowed_ = true;
  std::string status_;
};

}  // namespace residua
