// The case kind `kinetic`: an active suspension in time, by the kinetic equation or by moments with a closure.
#pragma once

namespace residua::kinetic {

void register_case();

}  // namespace residua::kinetic
