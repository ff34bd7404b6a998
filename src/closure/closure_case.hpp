// The case kind `closure`: a learned closure, from kinetic runs to its trial.
#pragma once

namespace residua::kinetic {

void register_closure_case();

}  // namespace residua::kinetic
