#include "solve/anderson.hpp"

namespace residua {

void Anderson::advance(std::span<double> x, std::span<const double> f) {
  const std::vector<double> zero(x.size());
  std::vector<double> g(x.begin(), x.end());
  for (std::size_t i = 0; i < x.size(); ++i) g[i] += f[i];
  past_.guess(f, x);
  past_.keep(f, g);
  past_.guess(zero, x);
}

}  // namespace residua
