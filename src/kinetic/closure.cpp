#include "kinetic/closure.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.hpp"
#include "kinetic/bingham.hpp"
#include "kinetic/field_closure.hpp"
#include "kinetic/learned_closure.hpp"
#include "kinetic/middle.hpp"
#include "kinetic/quadratic.hpp"
#include "kinetic/truncation.hpp"

namespace residua::kinetic {

void Closure::vjp_parameters_in_leaves(Moments f, const Complex* top, long cells, long leaf, const LeafSum& dp) const {
  for (long first = 0, k = 0; first < cells; first += leaf, ++k)
    vjp_parameters({f.f + first, f.stride}, top + first, std::min(leaf, cells - first), dp(k));
}

const std::vector<Choice>& closure_kinds() {
  static const std::vector<Choice> kinds = {
      {"quadratic", "w = z^2 / c"},
      {"bingham", "w of the distribution exp(k cos 2 theta) with the same c and z"},
      {"middle", "the middle of what is realizable after the moments before; for any level, at 1 the quadratic one"},
      {"truncation", "the next moment is 0; for any level"},
      {"learned", "a network fitted by a run of case = \"closure\""}};
  return kinds;
}

std::unique_ptr<Closure> make_closure(const std::string& kind, int level) {
  if (kind == "middle") return std::make_unique<Middle>(level);
  if (kind == "truncation") return std::make_unique<Truncation>(level);
  if (level != 1) throw Error(fmt::format("the {} closure is for level 1, not {}", kind, level));
  if (kind == "quadratic") return std::make_unique<Quadratic>();
  if (kind == "bingham") return std::make_unique<Bingham>();
  throw Error(fmt::format("no closure is called {}", kind));
}

std::unique_ptr<Closure> make_closure(const ClosureChoice& choice, const Model& model, const FourierGrid& grid) {
  if (choice.network) return make_closure(*choice.network, model, grid);
  return make_closure(choice.kind, choice.level);
}

std::unique_ptr<Closure> make_closure(const ClosureNetwork& network, const Model& model, const FourierGrid& grid) {
  if (network.of_fields()) return std::make_unique<FieldClosure>(network, grid);
  return std::make_unique<LearnedClosure>(network, model);
}

}  // namespace residua::kinetic
