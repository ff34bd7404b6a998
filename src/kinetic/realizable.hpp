// Which moments f_0 .. f_N are those of a distribution: by the recursion of Levinson (Szego, Verblunsky), all
// reflection coefficients have to lie in the unit disc, and f_0 = c has to be positive. The first one is -z / c, the
// second -(w - z^2/c) / (c - |z|^2/c): given f_0 .. f_N, the next moment has to lie in a disc.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "kinetic/closure.hpp"

namespace residua::kinetic {

struct Realizability {
  int failed = -1;     ///< m of the first f_m that is outside; -1: realizable
  double measure = 0;  ///< c for m = 0, else by how much of c f_m lies outside of its disc
};

/// Of one cell; a value that is not finite is not realizable. level is at least 1. A moment within the margin counts as
/// the nearest point of its disc, after which the discs of all that follow are points.
Realizability realizability(Moments f, int level, long cell, const Margin& margin = {});

/// The cells of which `realizability` and `draw_back` may find anything: all but those whose moments are within their
/// discs by so much that rounding does not matter. Cheaper than asking them of each cell.
std::vector<long> doubtful_cells(Moments f, int level, long cells);

struct DrawnBack {
  long moved = 0;                                      ///< cells
  std::vector<std::pair<long, Realizability>> beyond;  ///< cells that are not realizable with the margin
};

/// Draws moments of these cells of f [level + 1][stride] that are outside of their discs back to the edge, each to the
/// nearest point of it; cells beyond the margin stay as they are.
DrawnBack draw_back(Complex* f, long stride, int level, std::span<const long> cells, const Margin& margin);

/// middle [cells] <- the middle of the disc of f_{level + 1} after f_0 .. f_level. Moments outside of their discs count
/// as the nearest points of them.
void middles_of_next(Moments f, int level, long cells, Complex* middle);

}  // namespace residua::kinetic
