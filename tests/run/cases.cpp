// The command of the tests knows one kind of run.
#include "../../apps/residua/cases.hpp"

#include "logistic_case.hpp"

namespace residua::app {

void register_cases() { test::register_logistic_case(); }

}  // namespace residua::app
