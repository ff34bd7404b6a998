// Fourier transforms of lines of one length, out of place, by FFTW: sum_j in_j exp(-+ 2 pi i j k / n), not scaled.
// The plan is estimated, not measured, so that the bits do not change from run to run.
#pragma once

#include "grid/complex.hpp"

struct fftw_plan_s;

namespace residua {

class LineTransform {
 public:
  explicit LineTransform(int n);
  ~LineTransform();
  LineTransform(const LineTransform&) = delete;
  LineTransform& operator=(const LineTransform&) = delete;

  void forward(const Complex* in, Complex* out) const;
  void backward(const Complex* in, Complex* out) const;

 private:
  fftw_plan_s *forward_, *backward_;
};

}  // namespace residua
