// The residual of a network on points: r = sqrt(w) r_i(p; u) for the points p and residuals i of every block, the
// unknowns u being all parameters of the map: those of the network, then the coefficients of its program. A block is
// one equation on one set of points: the PDE inside, a boundary condition on a face; or on pairs of points, as
// periodicity, r_i(p; u) - r_i(p'; u).
//
// Rows are numbered block by block, within a block leaf by leaf (`leaf` points of the block's global numbering), within
// a leaf residual by residual, the point fastest. So a leaf's rows are contiguous, and their numbers do not depend on
// the rank count. Every rank holds whole leaves of each block (grid/point_set.hpp splits points in this way).
#pragma once

#include <string>
#include <vector>

#include "grid/point_set.hpp"
#include "map/point_map.hpp"
#include "solve/replicated_residual.hpp"

namespace residua {

/// This rank's part of a block.
struct PointBlock {
  std::string name;                      ///< for messages
  PointMap map;                          ///< all blocks have the same network and coefficients
  long first = 0;                        ///< global number of this rank's first point
  long count = 0;                        ///< this rank's points
  long total = 0;                        ///< points on all ranks
  std::vector<double> coordinates = {};  ///< [coordinates][count]
  std::vector<double> data = {};         ///< [data channels][count]
  std::vector<double> weights = {};      ///< w, [residuals][count], none negative; empty: all 1
  /// Where the residual is the difference of the map at two points, the second ones and their data; else empty.
  std::vector<double> opposite = {}, opposite_data = {};
};

class PointResidual final : public ReplicatedResidual {
 public:
  /// Throws Error when sizes do not fit. Collective.
  PointResidual(const Communicator& comm, std::vector<PointBlock> blocks, int leaf = points_per_leaf);

  const std::vector<PointBlock>& blocks() const { return blocks_; }

  /// Other points, data or weights for one block; its map stays. Collective. A method must be told
  /// (`Control::changed`).
  void set_points(std::size_t block, long first, long count, long total, std::vector<double> coordinates,
                  std::vector<double> data, std::vector<double> weights);
  /// [residuals][count], or empty for 1. A method must be told.
  void set_weights(std::size_t block, std::vector<double> weights);

  /// The unweighted residuals of one block, [residuals][count]. Not collective.
  std::vector<double> block_residual(std::size_t block, std::span<const double> u);

  bool has_rows() const override { return true; }
  std::string describe_row(long local_row) const override;

 protected:
  void prepare(std::span<const double> u) override;
  void evaluate_here(std::span<const double> u, std::span<double> r) override;
  void jvp_here(std::span<const double> u, std::span<const double> v, std::span<double> jv) override;
  void vjp_here(std::span<const double> u, LeafRange range, std::span<const double> w, std::span<double> g) override;
  double loss_gradient_here(std::span<const double> u, LeafRange range, std::span<double> g) override;
  bool fused() const override { return true; }
  void stream_here(std::span<const double> u, const RowSink& sink) override;

 private:
  /// Some points of one block whose rows are contiguous: one leaf, or, where there is one residual, many.
  struct Run {
    PointBlock& block;
    long first, count;  ///< points
    long row;           ///< first local row
  };

  void check(const PointBlock& block) const;
  void number_rows();
  /// The runs of some leaves, each of at most `longest` points.
  std::vector<Run> runs(LeafRange range, long longest);
  /// The same without regard to the order of rows: as few as possible.
  std::vector<Run> stretches(LeafRange range);
  LeafRange all() const { return {0, static_cast<long>(leaves().size())}; }
  static Points points(const Run& run);
  static Points opposite_points(const Run& run);
  /// The rows of a run without weights: of the residual, and of its derivative.
  static void run_residual(const Run& run, double* values);
  static void run_jvp(const Run& run, std::span<const double> v, double* values);
  /// g += J' w
  static void run_vjp(const Run& run, const double* w, std::span<double> g);
  static void run_rows(const Run& run, double* jacobian, long columns);
  /// 1/2 sum w r^2 over a run of pairs; g += J' (w r).
  static double loss_gradient_of_pairs(const Run& run, std::span<double> g);
  /// values *= sqrt(w), the rows of a run.
  static void weigh(const Run& run, double* values);

  std::vector<PointBlock> blocks_;
  std::vector<long> block_leaf_;  ///< first local leaf of each block, and the end
  int leaf_;
};

}  // namespace residua
