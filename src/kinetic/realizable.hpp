// Which moments f_0 .. f_N are those of a distribution: by the recursion of Levinson (Szego, Verblunsky), all
// reflection coefficients have to lie in the unit disc, and f_0 = c has to be positive. The first one is -z / c, the
// second -(w - z^2/c) / (c - |z|^2/c): given f_0 .. f_N, the next moment has to lie in a disc.
#pragma once

#include <vector>

#include "kinetic/closure.hpp"

namespace residua::kinetic {

struct Realizability {
  int failed = -1;     ///< m of the first f_m that is outside; -1: realizable
  double measure = 0;  ///< c for m = 0, else the size of the reflection coefficient, above 1
};

/// Of one cell, but for the margin; a value that is not finite is not realizable. level is at least 1.
Realizability realizability(Moments f, int level, long cell, const Margin& margin = {});

/// The cells of which `realizability` and `draw_back` may find anything: all but those whose moments are within their
/// discs by so much that rounding does not matter. Several times cheaper than asking them of each cell.
std::vector<long> doubtful_cells(Moments f, int level, long cells);

/// Draws moments of one cell of f [level + 1][stride] that are outside of their discs back to the edge: each to the
/// nearest point of it, after which all that follow are fixed. False when there was nothing to do.
bool draw_back(Complex* f, long stride, int level, long cell);

/// The middle of the disc of f_{level + 1} after f_0 .. f_level of one cell. Moments outside of their discs count as
/// the nearest ones within, and fix all that follow.
Complex middle_of_next(Moments f, int level, long cell);

/// The same of all cells, several times faster.
void middles_of_next(Moments f, int level, long cells, Complex* middle);

}  // namespace residua::kinetic
