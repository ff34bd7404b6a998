#include "grid/line_transform.hpp"

#include <fftw3.h>

#include <vector>

namespace residua {
namespace {

fftw_complex* raw(Complex* values) { return reinterpret_cast<fftw_complex*>(values); }
fftw_complex* raw(const Complex* values) { return raw(const_cast<Complex*>(values)); }

}  // namespace

LineTransform::LineTransform(int n) {
  std::vector<Complex> in(n), out(n);
  forward_ = fftw_plan_dft_1d(n, raw(in.data()), raw(out.data()), FFTW_FORWARD, FFTW_ESTIMATE);
  backward_ = fftw_plan_dft_1d(n, raw(in.data()), raw(out.data()), FFTW_BACKWARD, FFTW_ESTIMATE);
}

LineTransform::~LineTransform() {
  fftw_destroy_plan(forward_);
  fftw_destroy_plan(backward_);
}

void LineTransform::forward(const Complex* in, Complex* out) const { fftw_execute_dft(forward_, raw(in), raw(out)); }

void LineTransform::backward(const Complex* in, Complex* out) const { fftw_execute_dft(backward_, raw(in), raw(out)); }

}  // namespace residua
