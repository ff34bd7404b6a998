#include "pinn/network_parts.hpp"

namespace residua::pinn {

void set_parts(NetworkSpec& spec, const Problem& problem, bool separate,
               const std::function<std::vector<int>(const NetworkPart&, bool)>& hidden) {
  spec.outputs = problem.fields();
  for (int j = 0; j < problem.fields(); ++j) {
    const bool alone = j == 0 || separate || problem.inferred[j] || problem.inferred[j - 1];
    if (alone) {
      NetworkPart& part = spec.parts.emplace_back();
      for (int i = 0; i < problem.dimension(); ++i)
        if (problem.arguments[j][i]) part.coordinates.push_back(i);
      part.hidden = hidden(part, problem.inferred[j]);
    } else {
      ++spec.parts.back().outputs;
    }
  }
  if (spec.parts.size() > 1) return;
  spec.hidden = spec.parts[0].hidden;
  spec.parts.clear();
}

}  // namespace residua::pinn
