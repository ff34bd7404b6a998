// Closures of the moment hierarchy f_m = int e^{2 i m theta} Psi: f_{N+1} as a function of f_0 .. f_N in the same cell
// and, for closures with gradients, of their derivatives in space there, and of the flow's strain rate e there for
// those that see it; or, for closures of whole fields, in all cells. So that these may be among them, who does not know
// the closure gives it all cells of the rank, on all ranks together.
//
// Arrays are [m][stride], the cell fastest, m = 0 .. N, behind them the derivatives that the closure asks for, and e
// last; only the real part of f_0 counts. jvp and vjp are derivatives in all of these; they are real-linear: the inner
// product is Re(conj(a) b), so that vjp is the transpose of jvp in it.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "deck/schema.hpp"
#include "grid/fourier_grid.hpp"

namespace residua::kinetic {

/// D f_m, or conj(D) f_m, with D = d/dx + i d/dy: rotation by phi multiplies it by e^{i (2 m + 1) phi}, or
/// e^{i (2 m - 1) phi}; reflection takes it to its conjugate.
struct Derivative {
  int moment = 0;
  bool conjugate = false;
};

/// The moments of some cells.
struct Moments {
  const Complex* f = nullptr;
  long stride = 0;
  const Complex* operator[](int m) const { return f + m * stride; }
};

/// Where the part of a sum over cells goes that a leaf of them adds.
using LeafSum = std::function<std::span<double>(long leaf)>;

class Closure {
 public:
  virtual ~Closure() = default;

  /// N.
  virtual int level() const = 0;
  /// What it has to be given behind f_N.
  virtual std::vector<Derivative> derivatives() const { return {}; }
  /// Whether e has to stand behind those.
  virtual bool sees_strain() const { return false; }
  /// top [cells] <- f_{N+1}.
  virtual void apply(Moments f, long cells, Complex* top) const = 0;
  /// top <- its derivative in the direction df.
  virtual void jvp(Moments f, Moments df, long cells, Complex* top) const = 0;
  /// df [m][f.stride], as f, <- the transposed derivative of `top`.
  virtual void vjp(Moments f, const Complex* top, long cells, Complex* df) const = 0;

  /// Numbers that were fitted, such as a network's weights; they may be changed.
  virtual long parameters() const { return 0; }
  virtual void set_parameters(std::span<const double> /*p*/) {}
  /// top += the derivative of f_{N+1} in them along dp.
  virtual void jvp_parameters(Moments /*f*/, std::span<const double> /*dp*/, long /*cells*/, Complex* /*top*/) const {}
  /// dp += the transposed derivative of `top`.
  virtual void vjp_parameters(Moments /*f*/, const Complex* /*top*/, long /*cells*/, std::span<double> /*dp*/) const {}
  /// The same in leaves of so many cells each, in their order: rows of cells, or all of them. The cells are in whole
  /// rows (grid/whole_rows.hpp).
  virtual void vjp_parameters_in_leaves(Moments f, const Complex* top, long cells, long leaf, const LeafSum& dp) const;
};

/// The kinds that a deck may name, with their description.
const std::vector<Choice>& closure_kinds();

/// "truncation" and "middle" are for any level, the other kinds for level 1: Error. "learned" is made by its network,
/// below.
std::unique_ptr<Closure> make_closure(const std::string& kind, int level);

struct ClosureNetwork;
struct Model;

/// By how much of c moments may lie outside of what is realizable (realizable.hpp): near full order the discs are
/// thinner, and the cores of defects smaller, than what a grid resolves.
struct Margin {
  double order = 0;   ///< of |z| above c
  double higher = 0;  ///< of f_2 and those after it, from their discs
};

/// Which closure a run has.
struct ClosureChoice {
  std::string kind;
  int level = 1;
  std::shared_ptr<const ClosureNetwork> network;  ///< of kind "learned"
  Margin margin = {.higher = 0.2};                ///< by which moments may leave what is realizable
};

/// The grid must outlive it. Collective.
std::unique_ptr<Closure> make_closure(const ClosureChoice& choice, const Model& model, const FourierGrid& grid);
std::unique_ptr<Closure> make_closure(const ClosureNetwork& network, const Model& model, const FourierGrid& grid);

}  // namespace residua::kinetic
