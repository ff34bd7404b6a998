#include "solve/held_back.hpp"

namespace residua {

double HeldBack::watch(long iteration, Vec u) {
  const std::vector<double> here = gather(residual_.communicator(), u);
  const double loss = residual_.loss_at(here);
  if (!std::isfinite(loss)) residual_.raise_failure();
  seen_ = iteration;
  if (loss < loss_ || unknowns_.empty()) {
    loss_ = loss;
    iteration_ = iteration;
    unknowns_ = here;
  }
  return loss;
}

void HeldBack::save(State& state) const {
  state.arrays["held_back/at"] = {static_cast<double>(iteration_), loss_};
  state.arrays["held_back/unknowns"] = unknowns_;
}

void HeldBack::load(const State& state) {
  const std::vector<double>& at = state.arrays.at("held_back/at");
  iteration_ = static_cast<long>(at.at(0));
  loss_ = at.at(1);
  unknowns_ = state.arrays.at("held_back/unknowns");
}

}  // namespace residua
