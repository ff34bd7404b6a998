#include "cases.hpp"

#include "pinn/pinn_case.hpp"

namespace residua::app {

void register_cases() { pinn::register_case(); }

}  // namespace residua::app
