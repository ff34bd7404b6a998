#include <fftw3.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include <fmt/format.h>

#include "base/error.hpp"
#include "kinetic/angular.hpp"
#include "kinetic/model.hpp"

namespace residua::kinetic {
namespace {

class AngleGrid final : public Angular {
 public:
  explicit AngleGrid(int angles)
      : angles_(angles),
        fields_((angles - 1) / 3 + 1),
        spectra_(cells_at_once * (angles / 2 + 1)),
        values_(angles),
        turn_(angles) {
    to_angles_ = fftw_plan_dft_c2r_1d(angles, raw(spectrum(0)), values_.data(), FFTW_ESTIMATE);
    to_modes_ = fftw_plan_dft_r2c_1d(angles, values_.data(), raw(spectrum(0)), FFTW_ESTIMATE);
    for (int j = 0; j < angles; ++j) turn_[j] = std::polar(1.0, -4 * std::numbers::pi * j / angles);
  }
  ~AngleGrid() override {
    fftw_destroy_plan(to_angles_);
    fftw_destroy_plan(to_modes_);
  }
  AngleGrid(const AngleGrid&) = delete;
  AngleGrid& operator=(const AngleGrid&) = delete;

  int fields() const override { return fields_; }
  int stride() const override { return 1; }

  const Complex* fourth(Moments g, long /*cells*/, Complex* /*work*/) const override { return g[4]; }

  void begin(const FlowCells& in) override {
    sources_.resize(fields_ * in.cells);
    for (long first = 0; first < in.cells; first += cells_at_once) {
      const int count = static_cast<int>(std::min<long>(cells_at_once, in.cells - first));
      // 2 pi Psi = g_0 + 2 Re sum g_n e^{-i n theta}; the transform has e^{+i n theta}
      for (int n = 0; n < fields_; ++n)
        for (int b = 0; b < count; ++b) spectrum(b)[n] = std::conj(in.g[n][first + b]);
      for (int b = 0; b < count; ++b) rotate(spectrum(b), in.vorticity[first + b].real(), in.turn[first + b]);
      for (int n = 0; n < fields_; ++n)
        for (int b = 0; b < count; ++b) {
          const Complex flux = spectrum(b)[n] / static_cast<double>(angles_);
          sources_[n * in.cells + first + b] = static_cast<double>(n) * Complex(flux.imag(), flux.real());
        }
    }
  }

  void source(const FlowCells& in, int field, long first, int count, Complex* s) const override {
    std::copy_n(sources_.data() + field * in.cells + first, count, s);
  }

 private:
  static constexpr int cells_at_once = 4;  ///< a cache line of each field

  static fftw_complex* raw(Complex* values) { return reinterpret_cast<fftw_complex*>(values); }
  Complex* spectrum(int b) { return spectra_.data() + static_cast<std::size_t>(b) * (angles_ / 2 + 1); }

  /// thetadot Psi in place of Psi, in a cell.
  void rotate(Complex* modes, double vorticity, Complex a) {
    std::fill(modes + fields_, modes + angles_ / 2 + 1, 0.0);
    fftw_execute_dft_c2r(to_angles_, raw(modes), values_.data());
    const double half = 0.5 * vorticity;
    for (int j = 0; j < angles_; ++j) values_[j] *= half + a.real() * turn_[j].imag() + a.imag() * turn_[j].real();
    fftw_execute_dft_r2c(to_modes_, values_.data(), raw(modes));
  }

  int angles_, fields_;
  std::vector<Complex> spectra_;  ///< [cells_at_once][angles / 2 + 1]
  std::vector<double> values_;
  std::vector<Complex> turn_;     ///< e^{-2 i theta}
  std::vector<Complex> sources_;  ///< [field][cell]
  fftw_plan to_angles_ = nullptr, to_modes_ = nullptr;
};

}  // namespace

std::unique_ptr<Angular> make_angle_grid(int angles) {
  if (angles < 16 || angles % 2 != 0) throw Error(fmt::format("a grid of {} angles", angles));
  return std::make_unique<AngleGrid>(angles);
}

}  // namespace residua::kinetic
