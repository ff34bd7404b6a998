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
  /// At least one frame; they must outlive it. Collective.
  FrameResidual(const ClosureNetwork& network, const FrameSamples& samples, Reductions reductions);

  /// From now on `size` frames count, one of each of so many equal parts of all, drawn by the seed: the same ones on
  /// any number of ranks. Collective.
  void take_batch(long size, std::uint64_t seed);

  void evaluate(Vec u, Vec r) override;
  void jvp(Vec u, Vec v, Vec jv) override;
  void vjp(Vec u, Vec w, Vec g) override;
  std::vector<RowSegment> segments() const override;
  std::string describe_row(long local_row) const override;

 private:
  const FourierGrid& grid() const { return samples_.grid(); }
  Moments moments(long frame) const { return {samples_.frames()[frame].moments.data(), grid().cells()}; }
  double weight(long frame) const;
  void set_batch(std::vector<long> batch);

  const FrameSamples& samples_;
  mutable FieldClosure closure_;
  std::vector<long> batch_;  ///< numbers of the frames that count
};

/// |W - w| / |w| over all cells of all frames. Collective.
double frame_error(const ClosureNetwork& network, const FrameSamples& samples);

}  // namespace residua::kinetic
