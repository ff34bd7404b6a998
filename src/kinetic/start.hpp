// Starts of kinetic runs: the angular fields' modes in space, for any number of angular fields.
#pragma once

#include <functional>
#include <optional>

#include "kinetic/angular.hpp"
#include "kinetic/frame.hpp"
#include "kinetic/model.hpp"
#include "map/program.hpp"

namespace residua {
class Deck;
}

namespace residua::kinetic {

/// A small wave of the second moment on the isotropic state: z = amplitude d cos(k . x), with d = e^{2i phi} for a
/// splay wave and i e^{2i phi} for a shear wave, phi the direction of k.
struct Wave {
  int p = 1, q = 0;  ///< k = 2 pi / L (p, q)
  bool shear = true;
  double amplitude = 0;

  Complex direction() const;  ///< d
};

class Start {
 public:
  /// The keys of [start]. Throws InputError.
  explicit Start(const Deck& deck);

  /// The same with other random numbers.
  Start with_seed(std::uint64_t seed) const {
    Start other = *this;
    other.seed_ = seed;
    return other;
  }

  /// modes [field][mode] of Psi with mean density 1. Throws InputError when Psi has odd modes and `angular` has none.
  void fill(const FourierGrid& grid, const Angular& angular, std::span<Complex> modes) const;

  const std::optional<Wave>& wave() const { return wave_; }

 private:
  void add_random(const FourierGrid& grid, const Angular& angular, std::uint64_t seed, double factor,
                  std::span<Complex> modes) const;
  void fill_formula(const FourierGrid& grid, const Angular& angular, std::span<Complex> modes) const;
  void fill_frame(const FourierGrid& grid, const Angular& angular, std::span<Complex> modes) const;

  const Deck* deck_;
  std::optional<Wave> wave_;
  double order_ = 0, angle_ = 0;  ///< of a nematic
  int families_ = 0;              ///< 1: B, 2: A
  std::uint64_t seed_ = 0;
  double perturbation_ = 0;
  std::optional<Program> formula_;
  std::optional<Frame> frame_;
  double most_order_ = 1;  ///< of a frame, not included
  bool bingham_ = false;   ///< the higher moments of a frame; else those of Poisson kernels
};

}  // namespace residua::kinetic
