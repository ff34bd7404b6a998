// The case kind `pinn`.
#pragma once

namespace residua::pinn {

/// Makes `case = "pinn"` known to the driver.
void register_case();

}  // namespace residua::pinn
