#include "solve/method.hpp"

#include "base/error.hpp"
#include "solve/adam.hpp"
#include "solve/levenberg_marquardt.hpp"
#include "solve/self_scaled_broyden.hpp"

namespace residua {

const std::vector<std::string>& method_names() {
  static const std::vector<std::string> names{"residua_lm", "residua_ssbroyden", "residua_adam"};
  return names;
}

std::unique_ptr<TrainingMethod> make_method(const std::string& name) {
  if (name == "residua_lm") return std::make_unique<LevenbergMarquardt>();
  if (name == "residua_ssbroyden") return std::make_unique<SelfScaledBroyden>();
  if (name == "residua_adam") return std::make_unique<Adam>();
  throw Error("no training method is called " + name);
}

}  // namespace residua
