// A closure of whole fields judged on whole frames of kinetic runs: with the weights p of its network
//
//     r = (W(c, z; p) - w) / ((size^2 + 0.01^2)^(1/4) sqrt(frames cells))
//
// in all cells of all frames, real and imaginary part, and the root mean square of w over the frame for its size: the
// mean over cells of what closure_fit.hpp sums. A batch is some of the frames in the place of all.
#pragma once

#include "closure/frame_samples.hpp"
#include "kinetic/field_closure.hpp"
#include "solve/parameter_sum.hpp"
#include "solve/residual.hpp"

namespace residua::kinetic {

class FrameResidual final : public Residual {
 public:
  /// On frames with these numbers, at least one; the samples must outlive it. Collective.
  FrameResidual(const ClosureNetwork& network, const FrameSamples& samples, std::vector<long> frames,
                Reductions reductions);

  /// From now on `size` of the frames count, one of each of so many equal parts of them, drawn by the seed: the same
  /// ones on any number of ranks. Collective.
  void take_batch(long size, std::uint64_t seed);

  void evaluate(Vec u, Vec r) override;
  void jvp(Vec u, Vec v, Vec jv) override;
  void vjp(Vec u, Vec w, Vec g) override;
  /// One pass forwards and one back for each frame.
  double loss_gradient(Vec u, Vec g) override;
  std::vector<RowSegment> segments() const override;
  std::string describe_row(long local_row) const override;

 private:
  const FourierGrid& grid() const { return samples_.grid(); }
  Moments moments(long frame) const { return {samples_.frames()[frame].moments.data(), grid().cells()}; }
  double weight(long frame) const;
  /// r in the cells of a frame.
  void residual_of(long frame, Complex* r) const;
  ParameterSum make_sum() const;
  /// sum += the transposed derivative of w in a frame's cells, at the frame to which the closure was applied last.
  void pull_back(long frame, const Complex* w, ParameterSum& sum) const;
  void set_batch(std::vector<long> batch);

  const FrameSamples& samples_;
  mutable FieldClosure closure_;
  std::vector<long> frames_;
  std::vector<long> batch_;  ///< numbers of the frames that count
};

/// |W - w| / |w| over all cells of all frames. Collective.
double frame_error(const ClosureNetwork& network, const FrameSamples& samples);

}  // namespace residua::kinetic
