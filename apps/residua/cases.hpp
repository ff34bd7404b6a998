// The kinds of runs that this command knows.
#pragma once

namespace residua::app {

/// Registers them all; called once, first of all.
void register_cases();

}  // namespace residua::app
