// Which time windows come next: those of the deck, or windows whose length follows from the residual at unseen points.
//
// Without windows in the deck, a window is accepted when its residual is below the tolerance; else it is tried again
// half as long. Where halving does not make the residual four times smaller, it comes from the windows before and no
// shorter one will help: after two halvings in vain, and if it is not far above that of the window before, the longest
// that was no worse is taken, and the tolerance raised to match; in the first window it takes four, since nothing comes
// from before. Nor are the next windows short where a halving in vain ends below the tolerance. The tolerance comes
// down again with the residual. The length grows while the residual is far below.
#pragma once

#include <vector>

#include "io/state.hpp"
#include "pinn/ansatz.hpp"

namespace residua {
class Deck;
}

namespace residua::pinn {

class Windows {
 public:
  Windows(const Deck& deck, const Problem& problem);

  bool done() const;
  /// Whether windows follow from the residual.
  bool adaptive() const { return edges_.empty(); }
  /// Whether the deck asks for one window, or has no time.
  bool single() const { return edges_.size() == 2; }
  /// The window to train now.
  TimeWindow next() const;
  /// Tries that the present window has had.
  int attempt() const { return attempt_; }

  /// What becomes of the window just trained, by its residual at unseen points. `take_longer`: the try before this one,
  /// twice as long, stands. After both kinds of taking the next window is due.
  enum class Verdict { take, take_longer, try_shorter };
  Verdict judge(double residual);

  void save(State& state) const;
  void load(const State& state);

 private:
  void move_on(double to, double residual);
  double span() const { return end_ - begin_; }

  std::vector<double> edges_;  ///< begin, ..., end; empty when adaptive
  double begin_, end_, tolerance_;
  // State
  double at_, length_, allowed_, last_residual_ = 0, last_length_ = 0, taken_residual_ = 0;
  int number_ = 0, attempt_ = 0;
  int stalled_ = 0;  ///< halvings in a row in vain
};

}  // namespace residua::pinn
