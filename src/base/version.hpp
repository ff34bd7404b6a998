#pragma once
// What this library was built from, and how. The values come from version.cpp.in, filled in at every build, so that a
// new commit recompiles that file alone.

namespace residua::version {
extern const char* const number;      // "0.1.0"
extern const char* const git;         // short hash, with -dirty when the tree had changes; "unknown" without git
extern const char* const compiler;    // "GNU 12.2.0"
extern const char* const build_type;  // "Release"
extern const char* const flags;       // of the compiler
}  // namespace residua::version
