// The deck keys of the case kind `pinn`.
#pragma once

namespace residua {
class Schema;
}

namespace residua::pinn {

void declare_keys(Schema& schema);

}  // namespace residua::pinn
