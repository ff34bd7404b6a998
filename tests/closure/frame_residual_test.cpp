// Networks of whole fields fitted to frames.
#include "closure/frame_residual.hpp"

#include <gtest/gtest.h>

#include "kinetic/field_moments.hpp"
#include "kinetic/some_network.hpp"
#include "support/residual_checks.hpp"

namespace residua::kinetic {
namespace {

using test::field_kinds;
using test::moments_of;
using test::some_network;
using test::square;

SimulationSettings settings_of(int cells) {
  SimulationSettings settings;
  settings.model = reference;
  settings.nx = settings.ny = cells;
  settings.resolution = 4;
  return settings;
}

/// Frames that nothing led to.
struct SomeFrames : FrameSamples {
  SomeFrames(const Communicator& comm, int count) : FrameSamples(settings_of(12), comm) {
    State state;
    const Communicator self(MPI_COMM_SELF);
    const FourierGrid whole(square(12), self);
    for (int k = 0; k < count; ++k) {
      std::vector<Complex> frame = moments_of(whole, static_cast<std::uint64_t>(k));
      for (long i = 0; i < whole.cells(); ++i) frame.push_back(times(frame[whole.cells() + i], frame[i]));
      const auto* const first = reinterpret_cast<const double*>(frame.data());
      state.arrays["frames/moments"].insert(state.arrays["frames/moments"].end(), first, first + 2 * frame.size());
      state.arrays["frames/sizes"].push_back(0.1 * (k + 1));
    }
    load(state);
  }
};

TEST(FrameResidual, IsAResidual) {
  const Communicator world;
  const SomeFrames samples(world, 3);
  for (const NetworkKind kind : field_kinds) {
    const ClosureNetwork network = some_network(kind, {});
    FrameResidual residual(network, samples, {0, 1, 2}, Reductions::fast);
    const VecHandle u = residual.make_unknowns();
    scatter(network.weights, u);
    testing_support::check_residual(residual, u);
    residual.take_batch(2, 5);
    EXPECT_EQ(residual.rows(), 2 * 2 * 144);
    testing_support::check_residual(residual, u);
  }
}

TEST(FrameResidual, ReproducibleGradientsHaveTheSameBitsOnAnyNumberOfRanks) {
  const Communicator world, self(MPI_COMM_SELF);
  const auto gradient = [](const Communicator& comm, NetworkKind kind) {
    const SomeFrames samples(comm, 3);
    const ClosureNetwork network = some_network(kind, {});
    FrameResidual residual(network, samples, {0, 1, 2}, Reductions::reproducible);
    residual.take_batch(2, 9);
    std::vector<double> result(network.weights.size());
    result.push_back(residual.loss_gradient_at(network.weights, std::span(result).first(network.weights.size())));
    return result;
  };
  for (const NetworkKind kind : field_kinds) EXPECT_EQ(gradient(world, kind), gradient(self, kind)) << to_string(kind);
}

TEST(FrameSamples, AreReadBackAsTheyWereSaved) {
  const Communicator world;
  const SomeFrames samples(world, 2);
  State state;
  samples.save(state);
  FrameSamples other(settings_of(12), world);
  other.load(state);
  ASSERT_EQ(other.frames().size(), 2U);
  for (std::size_t k = 0; k < 2; ++k) {
    EXPECT_EQ(other.frames()[k].moments, samples.frames()[k].moments);
    EXPECT_EQ(other.frames()[k].size, samples.frames()[k].size);
  }
}

}  // namespace
}  // namespace residua::kinetic
