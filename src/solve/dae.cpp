#include "solve/dae.hpp"

#include "base/error.hpp"

namespace residua {
namespace {

template <class Number>
class Direct final : public ShiftedSolver {
 public:
  Direct(const BandMatrix& j, const BandMatrix& m, Number shift) : lu_(j, m, shift) {
    if (lu_.singular())
      throw Error(
          "the linear problem of a time step is singular: conditions are missing, or the equations do not determine "
          "the unknowns");
  }

  void solve(std::span<std::complex<double>> b) const override {
    if constexpr (std::is_same_v<Number, double>) {
      std::vector<double> real(b.size()), imaginary(b.size());
      for (std::size_t i = 0; i < b.size(); ++i) {
        real[i] = b[i].real();
        imaginary[i] = b[i].imag();
      }
      lu_.solve(real);
      lu_.solve(imaginary);
      for (std::size_t i = 0; i < b.size(); ++i) b[i] = {real[i], imaginary[i]};
    } else {
      lu_.solve(b);
    }
  }

 private:
  BandLu<Number> lu_;
};

}  // namespace

DaeSystem::Linearised DaeSystem::factor(double t, std::span<const double> u, std::span<const double> du,
                                        std::span<const std::complex<double>> shifts) {
  BandMatrix j = make_matrix(), m = make_matrix();
  linearise(t, u, du, j, m);
  Linearised result;
  for (const std::complex<double>& shift : shifts)
    if (shift.imag() == 0)
      result.solvers.push_back(std::make_unique<Direct<double>>(j, m, shift.real()));
    else
      result.solvers.push_back(std::make_unique<Direct<std::complex<double>>>(j, m, shift));
  result.differential.resize(static_cast<std::size_t>(size()));
  for (int c = 0; c < m.size(); ++c)
    for (int r = m.first_row(c); r < m.end_row(c); ++r)
      if (m(r, c) != 0) result.differential[c] = 1;
  return result;
}

}  // namespace residua
