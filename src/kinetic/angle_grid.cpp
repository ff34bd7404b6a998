#include <fftw3.h>

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
      : angles_(angles), fields_((angles - 1) / 3 + 1), spectrum_(angles / 2 + 1), values_(angles), turn_(angles) {
    to_angles_ = fftw_plan_dft_c2r_1d(angles, raw(), values_.data(), FFTW_ESTIMATE);
    to_modes_ = fftw_plan_dft_r2c_1d(angles, values_.data(), raw(), FFTW_ESTIMATE);
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
    for (long i = 0; i < in.cells; ++i) {
      // 2 pi Psi = g_0 + 2 Re sum g_n e^{-i n theta}; the transform has e^{+i n theta}
      for (int n = 0; n < fields_; ++n) spectrum_[n] = std::conj(in.g[n][i]);
      std::fill(spectrum_.begin() + fields_, spectrum_.end(), 0.0);
      fftw_execute(to_angles_);
      const double half = 0.5 * in.vorticity[i].real();
      const Complex a = in.turn[i];
      for (int j = 0; j < angles_; ++j) values_[j] *= half + a.real() * turn_[j].imag() + a.imag() * turn_[j].real();
      fftw_execute(to_modes_);
      for (int n = 0; n < fields_; ++n) {
        const Complex flux = spectrum_[n] / static_cast<double>(angles_);
        sources_[n * in.cells + i] = static_cast<double>(n) * Complex(flux.imag(), flux.real());
      }
    }
  }

  void source(const FlowCells& in, int field, long first, int count, Complex* s) const override {
    std::copy_n(sources_.data() + field * in.cells + first, count, s);
  }

 private:
  fftw_complex* raw() { return reinterpret_cast<fftw_complex*>(spectrum_.data()); }

  int angles_, fields_;
  std::vector<Complex> spectrum_;
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
