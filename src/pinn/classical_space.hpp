// Semi-discretisation in space: the deck's equations by collocation on a tensor product of spectral lines.
//
// At node p the equation r_i(x, D^alpha u) = 0 is evaluated by its compiled program, the derivatives by differentiation
// matrices. Rows give way to conditions: a face's k-th condition on unknown j takes the place of the row of j's
// equation k nodes away from the face, and holds at the point of the face beside that node. Where two elements of a
// line meet, as many rows as the order of the unknown say that its derivatives below that order agree. The velocity of
// an unknown of second order in time (classical_form.hpp) meets the time derivatives of all these. What results is F(t,
// U, dU/dt) = 0.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "grid/spectral_line.hpp"
#include "map/program.hpp"
#include "pinn/classical_form.hpp"
#include "solve/dae.hpp"

namespace residua::pinn {

/// State s at node p is entry p * states + s; the last direction of the nodes is the fastest.
class ClassicalSpace final : public DaeSystem {
 public:
  /// One line for each space coordinate, several elements only where there is one coordinate. Keeps references to
  /// `problem` and `form`.
  ClassicalSpace(const Problem& problem, const ClassicalForm& form, std::vector<SpectralLine> lines);

  int size() const override { return nodes_ * form_.states; }
  int fields() const override { return form_.states; }
  BandMatrix make_matrix() const override { return {size(), lower_, upper_}; }
  /// In several directions that are all periodic: by Fourier modes with the mean of the coefficients.
  Linearised factor(double t, std::span<const double> u, std::span<const double> du,
                    std::span<const std::complex<double>> shifts) override;
  void residual(double t, std::span<const double> u, std::span<const double> du, std::span<double> r) override;
  void linearise(double t, std::span<const double> u, std::span<const double> du, BandMatrix& j,
                 BandMatrix& m) override;

  const std::vector<SpectralLine>& lines() const { return lines_; }

  /// The states that the deck gives at the start; zero where it gives none.
  std::vector<double> initial() const;

  /// Values [states][points] on the tensor grid of one list of positions for each direction.
  std::vector<double> interpolate(std::span<const double> u, const std::vector<std::vector<double>>& positions) const;

  /// For each direction, for each element of its line, the largest tail (SpectralLine::tails) of any unknown over that
  /// unknown's largest value.
  std::vector<std::vector<double>> tails(std::span<const double> u) const;

 private:
  /// A derivative that the programs take in; for the Jacobian at node p, sum_k weight[k] value(node[k]), start[p] <= k
  /// < start[p + 1].
  struct Channel {
    int state;
    bool slope;                    ///< of dU/dt instead of U
    MultiIndex alpha;              ///< in space
    std::vector<int> start, node;  ///< empty until a matrix is wanted, where modes do
    std::vector<double> weight;
  };
  /// sum weight U[entry] = value of `condition` at `point`, or 0.
  struct FixedRow {
    int row;
    std::vector<std::pair<int, double>> terms;
    int condition;  ///< output of the condition program; -1: zero
    int point;
  };

  std::vector<int> index_of(int node) const;
  int node_of(std::span<const int> index) const;
  void fill_channel(Channel& channel) const;
  std::vector<double> apply(const Channel& channel, std::span<const double> u) const;
  void compile();
  void fix_faces();
  void fix_face(const Condition& condition, int direction, int distance);
  void fix_seams();
  void find_band();
  std::vector<double> inputs(double t, std::span<const double> u, std::span<const double> du) const;
  std::vector<double> condition_values(double t) const;

  const Problem& problem_;
  const ClassicalForm& form_;
  std::vector<SpectralLine> lines_;
  bool in_modes_ = false;
  int nodes_ = 1, lower_ = 0, upper_ = 0;
  std::vector<double> points_;  ///< [dimension][nodes], time left 0
  std::vector<Channel> channels_;
  Program equations_, derivatives_, conditions_;   ///< r | dr/dchannel, equation-major | values of the conditions
  std::vector<Expression> condition_expressions_;  ///< what `conditions_` evaluates
  std::vector<std::vector<double>> face_points_;   ///< of the conditions, each [dimension], time left 0
  std::vector<FixedRow> fixed_;
  std::vector<char> is_fixed_;     ///< [size()]
  std::vector<int> equation_row_;  ///< [equation]: the state whose rows it has
};

}  // namespace residua::pinn
