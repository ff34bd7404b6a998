// Moments of single cells at single times of kinetic runs, with their derivatives in space and the strain rate: what
// closures are fitted to.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "io/state.hpp"
#include "kinetic/closure_form.hpp"
#include "kinetic/simulation.hpp"

namespace residua::kinetic {

/// Rows of numbers, the same on all ranks: time, alpha, beta, zeta, D_R, c, Re f_1, Im f_1, .., Re f_{N+1}, Im f_{N+1},
/// Re and Im of each derivative and of the strain rate where the closure sees them, and the root mean square of f_{N+1}
/// over the frame that the row is from. Where a kinetic run is not resolved, moments may be none of a distribution: a
/// row has what a closed run would make of them.
class MomentSamples {
 public:
  /// For closures of this form.
  explicit MomentSamples(const ClosureForm& form)
      : level_(form.level()), derivatives_(form.derivatives()), strain_(form.sees_strain()) {}

  int level() const { return level_; }
  long count() const { return static_cast<long>(values_.size()) / width(); }
  double at(long row, int column) const { return values_[row * width() + column]; }
  double parameter(long row, int name) const { return at(row, 1 + name); }      ///< by model_names()
  double moment(long row, int k) const { return at(row, 5 + k); }               ///< c, Re f_1, Im f_1, ..
  double behind(long row, int k) const { return at(row, 8 + 2 * level_ + k); }  ///< derivatives, the strain rate
  double frame_size(long row) const { return at(row, width() - 1); }

  /// Adds `cells` cells of the simulation's present state, drawn by `seed`: the same ones on any number of ranks.
  /// Collective.
  void draw(Simulation& simulation, int cells, std::uint64_t seed);

  /// The samples of some frames, each of which has so many cells.
  MomentSamples of_frames(const std::vector<long>& frames, int cells) const;

  void save(State& state) const { state.arrays["samples"] = values_; }
  void load(const State& state) { values_ = state.arrays.at("samples"); }

  /// One dataset for each column (io/samples.hpp). Rank 0 writes; collective.
  void write(const std::filesystem::path& path, const Communicator& communicator) const;

 private:
  int width() const { return 9 + 2 * (level_ + static_cast<int>(derivatives_.size()) + (strain_ ? 1 : 0)); }
  std::vector<std::string> names() const;

  int level_;
  std::vector<Derivative> derivatives_;
  bool strain_;
  std::vector<double> values_;
};

}  // namespace residua::kinetic
