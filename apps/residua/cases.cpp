#include "cases.hpp"

#include "closure/closure_case.hpp"
#include "kinetic/inverse_case.hpp"
#include "kinetic/kinetic_case.hpp"
#include "pinn/pinn_case.hpp"

namespace residua::app {

void register_cases() {
  pinn::register_case();
  kinetic::register_case();
  kinetic::register_closure_case();
  kinetic::register_inverse_case();
}

}  // namespace residua::app
