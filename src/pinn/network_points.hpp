// Collocation points for a network in training: the residual's blocks, drawn anew when the deck asks for it, a share of
// them where the residual is large.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "pinn/collocation.hpp"
#include "solve/point_residual.hpp"

namespace residua::pinn {

class NetworkPoints {
 public:
  struct Settings {
    PointKind kind = PointKind::sobol;
    long count = 0;
    std::uint64_t seed = 0;
  };

  /// All are kept by reference. Collective.
  NetworkPoints(const Solution& solution, const Ansatz& ansatz, const Network& network, Settings settings,
                const Communicator& comm);

  PointResidual& residual() { return *residual_; }

  // u below: the unknowns of `residual`, the network's parameters and the coefficients.

  /// Draw number `number` of the interior points. A share `adaptive` of them follows |r| of u, as it is
  /// over the window; their rows have the weights of importance sampling, so that the loss stays the mean square.
  /// Collective; the same set for the same arguments.
  void draw(long number, double adaptive, std::span<const double> u);

  /// From the next draw on the residual has at a time a batch of the points inside alone, `size` of them or a few more;
  /// 0: all. Conditions and observations keep all of theirs.
  void use_batches(long size);

  /// Batch number `number` of the present draw: the points are cut into as many strata of equal numbers of leaves as
  /// the batch has leaves, and one of each is drawn, so that every rank has about as much of it and sums over it are,
  /// on average, those over all points. The same points for the same arguments, whatever the rank count. Collective.
  /// Nothing happens without batches.
  void take_batch(long number);

  /// Mean squares of the equations' residual, summed over the equations, in `slabs` equal parts of the window's time; 0
  /// where a part has no point. The same bits for any rank count. Collective.
  std::vector<double> slab_losses(std::span<const double> u, int slabs);

  /// Multiplies the weights of the rows of equations and conditions, those of later draws, too, by slabs[i] in the part
  /// i of the window's time.
  void weigh_slabs(std::vector<double> slabs);

  // Groups of rows: each equation, then each penalty condition.

  std::size_t groups() const;
  /// For each group |grad of 1/2 sum weight r^2|, without the weights of groups. Collective.
  std::vector<double> group_gradients(std::span<const double> u);
  /// For each group sum weight |dr/du|^2, without the weights of groups; the same bits for any rank count. Collective.
  std::vector<double> group_traces(std::span<const double> u);
  /// Multiplies the weights of the groups' rows, those of later draws, too; empty: 1.
  void weigh_groups(std::vector<double> lambda);

  /// sqrt(sum weight r^2) over the points of equations and conditions, without the weights of slabs. The same bits for
  /// any rank count. Collective.
  double model_residual(std::span<const double> u);
  /// Root mean square of (predicted - measured) / std over all measurements, of which there must be some; priors are
  /// none. Likewise.
  double misfit(std::span<const double> u);

  /// Divides the rows of equations and conditions, those of later draws, too, by `std`.
  void set_model_std(double std);

 private:
  /// The points inside from now on.
  void put(Collocation inside);
  /// Consecutive local rows of one group in one leaf.
  struct RowGroup {
    long leaf;  ///< numbered over all blocks and ranks
    long first, count;
    std::size_t group;
  };
  std::vector<RowGroup> row_groups() const;
  void weigh_blocks();
  /// The group of residual i of a block; that of observations is groups().
  std::size_t group_of(std::size_t block, int i) const;
  double lambda(std::size_t group) const { return group < lambda_.size() ? lambda_[group] : 1; }
  /// sum weight r^2 over blocks [begin, end), without the weights of slabs.
  double squares(std::size_t begin, std::size_t end, std::span<const double> u);
  int slab_of(double time, std::size_t slabs) const;
  std::vector<double> row_weights(std::size_t block) const;
  DensityTree density(double adaptive, std::span<const double> u) const;

  const Solution& solution_;
  const Ansatz& ansatz_;
  const Network& network_;
  Settings settings_;
  const Communicator& comm_;
  std::unique_ptr<PointResidual> residual_;
  Collocation whole_;                               ///< the present draw, where batches are taken of it
  long batch_leaves_ = 0;                           ///< in a batch; 0: no batches
  long draw_ = 0;                                   ///< its number
  std::vector<std::vector<double>> point_weights_;  ///< by block, without those of the slabs
  std::vector<double> slabs_;                       ///< empty: 1
  std::vector<double> lambda_;                      ///< of groups; empty: 1
  std::size_t model_blocks_ = 0;                    ///< of equations and conditions; then those of observations,
  std::size_t measured_blocks_ = 0;                 ///< of these, then priors
  double model_std_ = 1;
};

}  // namespace residua::pinn
