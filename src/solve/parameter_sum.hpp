// A sum over all ranks of a gradient in parameters that every rank holds in full, taken leaf by leaf: where leaves are
// numbered alike on any number of ranks, so are its bits (base/reduction.hpp).
#pragma once

#include <span>
#include <vector>

#include "base/communicator.hpp"

namespace residua {

class ParameterSum {
 public:
  /// This rank has the leaves first .. first + count - 1 of `total`.
  ParameterSum(long parameters, long first, long count, long total);
  /// One leaf for each rank.
  ParameterSum(long parameters, const Communicator& comm) : ParameterSum(parameters, comm.rank(), 1, comm.size()) {}

  long leaves() const { return count_; }  ///< of this rank
  bool has_first_leaf() const { return first_ == 0 && count_ > 0; }
  /// [parameters], to be added to.
  std::span<double> leaf(long k) { return std::span(values_).subspan(k * parameters_, parameters_); }

  /// The sum of all leaves, on all ranks. Collective.
  std::vector<double> total(const Communicator& comm) const;

 private:
  long parameters_, first_, count_, total_;
  std::vector<double> values_;
};

}  // namespace residua
