#include "cases.hpp"

#include "kinetic/kinetic_case.hpp"
#include "pinn/pinn_case.hpp"

namespace residua::app {

void register_cases() {
  pinn::register_case();
  kinetic::register_case();
}

}  // namespace residua::app
