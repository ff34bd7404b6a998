// A program of someone else: the mean of x y over the unit square, by quadrature points split over the ranks.
#include <mpi.h>

#include <Kokkos_Core.hpp>
#include <cmath>
#include <cstdio>

#include "base/communicator.hpp"
#include "base/version.hpp"
#include "grid/point_set.hpp"

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  double error = 1;
  {
    const Kokkos::ScopeGuard kokkos(argc, argv);
    const residua::Communicator world(MPI_COMM_WORLD);
    const residua::Box square{{0, 0}, {1, 1}};
    const auto points = residua::make_points(residua::PointKind::gauss, square, 1000, 0, world);
    double mean = 0;
    for (long p = 0; p < points.range.count; ++p) {
      mean += points.weight[static_cast<std::size_t>(p)] * points.at(0, p) * points.at(1, p);
    }
    error = std::abs(world.sum(mean) - 0.25);
    if (world.root()) {
      std::printf("residua %s on %d ranks: error %.1e\n", residua::version::number, world.size(), error);
    }
  }
  MPI_Finalize();
  return error < 1e-14 ? 0 : 1;
}
