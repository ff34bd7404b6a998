#include "solve/parameter_sum.hpp"

#include "base/reduction.hpp"

namespace residua {

ParameterSum::ParameterSum(long parameters, long first, long count, long total)
    : parameters_(parameters), first_(first), count_(count), total_(total), values_(count * parameters) {}

std::vector<double> ParameterSum::total(const Communicator& comm) const {
  TreeReduction tree(total_);
  for (long k = 0; k < count_; ++k)
    tree.put(first_ + k, {values_.begin() + k * parameters_, values_.begin() + (k + 1) * parameters_});
  return tree.finish(comm);
}

}  // namespace residua
