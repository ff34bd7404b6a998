// The form of the solution, built from the conditions, and the point programs that follow from it.
//
// In a time window [a, b], with s = (t - a) / (b - a), the unknown j is
//
//     u_j = K_j + S_j(x) + (t - a) S'_j(x) + G_j(t, x) + s^p_j C_j(x) M_j(t, x)
//
//   K_j   the known part that the deck gives (or 0),
//
//   S_j   u_j - K_j at the window's start (p_j >= 1), S'_j its time derivative (p_j = 2): functions of x, given as
//   data,
//
//   G_j   L_j(t, x) - L_j(a, x) [- (t - a) d_t L_j(a, x)], or L_j itself where no initial value is built in, with L_j
//         the lift of the values and slopes on faces that are built in (pinn/boundary.hpp),
//
//   C_j   a product that vanishes on the faces where values are built in, of size about 1,
//
//   M_j   the network's output N_j, made flat across faces where slopes are built in, p_j the number of initial
//         conditions that are built in.
//
// Whatever N_j is, u_j meets these conditions. Fields of the expressions: u_j is unknown(j), N_j is unknown(m + j), S_j
// and S'_j are unknown(2m + 2j) and unknown(2m + 2j + 1), with m unknowns.
#pragma once

#include <vector>

#include "map/channel.hpp"
#include "map/program.hpp"
#include "pinn/problem.hpp"

namespace residua::pinn {

struct TimeWindow {
  double begin = 0, end = 0;  ///< begin == end without time
};

/// A function S_j^(order) of the start and one of its space derivatives: a data channel of the programs.
struct StartChannel {
  int unknown;
  int order;  ///< 0: S, 1: S'
  MultiIndex alpha;
  auto operator<=>(const StartChannel&) const = default;
};

/// The programs of one window. Their inputs are coordinates | `data`, in its order | network channels, output-major.
class Ansatz {
 public:
  /// `wanted`: expressions that `evaluate` will be asked for, beyond the quantities of the problem. Keeps a reference
  /// to `problem`.
  Ansatz(const Problem& problem, const TimeWindow& window, std::span<const Expression> wanted = {});

  const Problem& problem() const { return problem_; }
  const TimeWindow& window() const { return window_; }
  const std::vector<StartChannel>& data() const { return data_; }

  /// A program and the channels that the network must give to it.
  struct Part {
    ChannelSet channels;
    Program program;
  };

  /// The equations: r | dr/dN | dr/dc, c the coefficients, which are the program's parameters.
  const Part& residual() const { return residual_; }

  /// For each condition that is not exact, in the order of Problem::conditions: D u_j - value, and its derivatives.
  const std::vector<Part>& penalties() const { return penalties_; }

  /// The same for each of Problem::observations: quantity - measured value, which is one data channel more, the last.
  const std::vector<Part>& observations() const { return observations_; }

  /// Program of any expressions in the unknowns, without derivatives in the network: errors, fields, monitors.
  Part evaluate(std::span<const Expression> expressions) const;
  /// The same with derivatives, as `residual`.
  Part linearise(std::span<const Expression> expressions) const;

  /// Values of u_j - K_j and its time derivative with space derivatives, in the order of `data`: what the next window's
  /// data are when evaluated at this window's end.
  const Part& start_of_next() const { return next_; }

 private:
  /// `measured`: how many inputs follow the data channels, before those of the network.
  Part compile(std::span<const Expression> expressions, bool derivatives, int measured = 0) const;
  bool collect(std::span<const Expression> expressions);
  /// Whether D^alpha of the network of unknown j can be other than 0.
  bool depends(int j, const MultiIndex& alpha) const;
  std::vector<Expression> next_start() const;

  const Problem& problem_;
  TimeWindow window_;
  std::vector<Expression> forms_;
  std::vector<StartChannel> data_;
  Part residual_, next_;
  std::vector<Part> penalties_, observations_;
};

/// The data of the first window at given points follow from the deck's initial values: S_j = u_j0 - K_j and so on, one
/// expression in the coordinates for each data channel.
std::vector<Expression> first_start(const Problem& problem, std::span<const StartChannel> data);

}  // namespace residua::pinn
