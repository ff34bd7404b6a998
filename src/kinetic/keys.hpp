// The deck keys of the case kinds `kinetic`, `closure` and `kinetic_inverse`.
#pragma once

namespace residua {
class Schema;
}

namespace residua::kinetic {

/// [model], [grid], [angle], [flow], [time], [start]: a suspension, and how it is simulated.
void declare_suspension(Schema& schema);

/// All keys of `kinetic`.
void declare_kinetic(Schema& schema);

/// All keys of `closure`.
void declare_closure(Schema& schema);

/// All keys of `kinetic_inverse`.
void declare_inverse(Schema& schema);

}  // namespace residua::kinetic
