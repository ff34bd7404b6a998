// The deck keys of the case kind `kinetic`.
#pragma once

namespace residua {
class Schema;
}

namespace residua::kinetic {

void declare_keys(Schema& schema);

}  // namespace residua::kinetic
