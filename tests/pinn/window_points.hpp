// The points of the first unit of time of a test deck in two coordinates, and a small network on them.
#pragma once

#include <string>
#include <vector>

#include "deck_of.hpp"
#include "pinn/coefficient_search.hpp"
#include "pinn/network_parts.hpp"
#include "pinn/network_points.hpp"

namespace residua::pinn {

struct WindowPoints {
  WindowPoints(const std::string& deck, int hidden, long count)
      : stated(make_problem(deck_of(deck))),
        network([&] {
          NetworkSpec spec;
          spec.coordinates.resize(2);
          set_parts(spec, stated, false, [&](const NetworkPart&, bool) { return std::vector{hidden}; });
          return Network(spec);
        }()),
        settings{PointKind::sobol, count, 5} {}

  const Communicator comm{MPI_COMM_WORLD};
  const Problem stated;
  const Problem problem = in_units(stated, coefficient_units(stated));
  const Solution solution{problem};
  const Ansatz ansatz{problem, {0, 1}};
  const Network network;
  const NetworkPoints::Settings settings;
  NetworkPoints points{solution, ansatz, network, settings, comm};
};

}  // namespace residua::pinn
