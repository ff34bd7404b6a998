#include "map/activate.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "map/kernels/activation_kernel.hpp"

namespace residua {
namespace {

template <Activation kind>
void activate_all(std::span<const double> z, std::span<double> y, std::span<double> slope) {
  using Kernel = ActivationKernel<kind>;
  constexpr int width = native_lanes;
  const auto one = [](const double* from, double* value, double* derivative) {
    const auto at = load<NativePack>(from);
    NativePack kept[Kernel::kept + 1], s[2];
    const NativePack result = Kernel::evaluate(at, kept);
    Kernel::template derivatives<1>(at, result, kept, s);
    store(value, result);
    store(derivative, s[1]);
  };
  std::size_t i = 0;
  for (; i + width <= z.size(); i += width) one(z.data() + i, y.data() + i, slope.data() + i);
  if (i == z.size()) return;
  double in[width] = {}, value[width], derivative[width];
  std::copy(z.begin() + i, z.end(), in);
  one(in, value, derivative);
  std::copy_n(value, z.size() - i, y.begin() + i);
  std::copy_n(derivative, z.size() - i, slope.begin() + i);
}

}  // namespace

void activate(Activation activation, std::span<const double> z, std::span<double> y, std::span<double> slope) {
  switch (activation) {
    case Activation::tanh:
      return activate_all<Activation::tanh>(z, y, slope);
    case Activation::sin:
      return activate_all<Activation::sin>(z, y, slope);
    case Activation::gelu:
      return activate_all<Activation::gelu>(z, y, slope);
  }
  throw Error("no such activation");
}

}  // namespace residua
