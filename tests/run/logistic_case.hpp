// A case kind for the tests of the driver: n logistic maps x <- rate x (1 - x), split over the ranks, coupled by their
// sum. It is chaotic: one bit that is not restored after a restart changes every later figure.
#pragma once

namespace residua::test {

void register_logistic_case();

}  // namespace residua::test
