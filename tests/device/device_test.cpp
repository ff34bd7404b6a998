// The kernels compiled for a device give what the host's give.
#include <gtest/gtest.h>

#include <cmath>

#include "device/device_map.hpp"
#include "map/network_cases.hpp"
#include "peer_problems.hpp"

namespace residua {
namespace {

TEST(Device, ResidualAndGradientAreThoseOfTheHost) {
  constexpr int count = 53;
  for (const NetworkSpec& spec : testing::network_cases(2)) {
    SCOPED_TRACE(testing::name(spec));
    std::vector<std::string> unknowns{"u", "v", "w"};
    unknowns.resize(static_cast<std::size_t>(spec.outputs));
    const ResidualProgram residual = residual_program(
        {"t", "x"}, unknowns, {"d(u,t) + u*d(u,x) - 0.1*d(u,x,x,x,x) + data0*u", "exp(u)*x - d(u,t,t)"}, 1);
    const Network network(spec);
    const std::vector<double> theta = testing::random_parameters(spec, 0.9);
    std::vector<double> inputs(3 * count), w(2 * count);
    for (std::size_t k = 0; k < inputs.size(); ++k) inputs[k] = std::tanh(normal(5, 0, k));
    for (std::size_t k = 0; k < w.size(); ++k) w[k] = normal(6, 0, k);

    PointMap host(network, residual.channels, residual.program);
    host.set_parameters(theta);
    const Points points{count, {inputs.data(), count}, {inputs.data() + 2 * count, count}};
    std::vector<double> r(w.size()), gradient(theta.size(), 0.0);
    host.apply(points, {r.data(), count});
    host.vjp(points, PointArray<const double>{w.data(), count}, gradient);

    testing::DeviceMap device(network, residual.channels, residual.program, theta);
    std::vector<double> device_r(r.size()), device_gradient(theta.size(), 0.0);
    device.residual_and_gradient(inputs, w, device_r, device_gradient);

    for (std::size_t k = 0; k < r.size(); ++k) EXPECT_NEAR(device_r[k], r[k], 1e-12 * (1 + std::abs(r[k])));
    double largest = 0;
    for (const double g : gradient) largest = std::max(largest, std::abs(g));
    for (std::size_t k = 0; k < gradient.size(); ++k) EXPECT_NEAR(device_gradient[k], gradient[k], 1e-12 * largest);
  }
}

}  // namespace
}  // namespace residua
