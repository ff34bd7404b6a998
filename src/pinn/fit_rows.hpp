// The rows of the least squares of feature_fit.hpp: those of one block of points, linearised.
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "pinn/feature_fit.hpp"
#include "solve/tsqr.hpp"

namespace residua::pinn {

/// The channels of a network at the points of one block: at its own, then at those that are subtracted.
using Channels = std::vector<std::vector<double>>;

/// The field of the unknowns and the coefficients, as the residual sees them.
struct FitField {
  std::vector<Channels> channels;  ///< by block
  std::vector<double> coefficients;
};

/// One block with its linearisation at the present channels V and coefficients. The block must outlive it.
class FitRows {
 public:
  FitRows(const FitBlock& block, const Network& network);

  int residuals() const { return residuals_; }
  long count() const { return residuals_ * n_; }
  const PointSet& set() const { return terms_.front().at->points; }
  double weight(long p) const { return set().weight[p]; }
  double emphasis() const { return emphasis_; }
  /// Multiplies the rows from now on.
  void emphasise(double factor) { emphasis_ = factor; }
  bool is_observation() const { return is_observation_; }

  double r(int i, long p) const {
    double sum = 0;
    for (const Term& term : terms_) sum += term.sign * term.outputs[i * n_ + p];
    return sum;
  }

  Channels channels_of(const Network& network, std::span<const double> theta) const;

  /// r, dr/dV and dr/dc at V and c.
  void evaluate(const Channels& v, const std::vector<double>& coefficients);

  /// Rows [J | J (V, c) - r] of all residuals into the factorisation, J = [dr/dV Phi | dr/dc]. `first` is the first
  /// local row.
  void add_to(Tsqr& qr, const Network& network, std::span<const double> hidden, long first);

 private:
  struct Term {
    const Collocation* at;
    double sign;
    std::vector<double> v, outputs;
  };

  double factor(long p) const { return emphasis_ * std::sqrt(weight(p)); }

  Points points(const Term& term) const {
    const double* data = term.at->data.empty() ? nullptr : term.at->data.data();
    return {n_, {term.at->points.coordinate.data(), n_}, {data, n_}};
  }

  /// Columns of outputs j and the right side, by every channel (j, c) that residual i depends on.
  void add_term(const Term& term, const std::vector<double>& phi, int i, long p, long n, const Network& network,
                std::vector<double>& rows) const;

  const Ansatz::Part& part_;
  bool is_observation_;
  double emphasis_ = 1;
  PointMap features_;
  long n_;
  int channels_, coefficients_, residuals_;
  int weights_ = 0;         ///< of the output layer
  std::vector<double> at_;  ///< the present coefficients
  std::vector<Term> terms_;
};

}  // namespace residua::pinn
