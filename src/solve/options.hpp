// PETSc options inside the SetFromOptions of an object, so that -help lists them and every prefix works.
#pragma once

#include <petscsys.h>

#include <string>
#include <utility>
#include <vector>

#include "solve/petsc.hpp"

namespace residua {

#if PETSC_VERSION_LT(3, 23, 0)
using PetscItems = PetscOptionItems*;
#else
using PetscItems = PetscOptionItems;
#endif

/// Lives while PETSc's option block is open. Names are whole, "-tao_residua_lm_damping"; the value keeps its default
/// when the option is not given.
class Options {
 public:
  Options(PetscItems items, std::string prefix) : items_(items), prefix_(std::move(prefix)) {}

  /// Of the object whose options these are; may be empty.
  const std::string& prefix() const { return prefix_; }

  void real(const char* name, const char* text, double& value);
  void integer(const char* name, const char* text, int& value);
  void flag(const char* name, const char* text, bool& value);
  /// One of `choices`.
  void choice(const char* name, const char* text, const std::vector<std::string>& choices, std::string& value);

 private:
  PetscItems items_;
  std::string prefix_;
};

/// Puts options into PETSc's database, those apart that are there already, and takes them out again.
class LentOptions {
 public:
  LentOptions(const std::string& prefix, const std::vector<std::pair<std::string, std::string>>& options);
  ~LentOptions();
  LentOptions(const LentOptions&) = delete;
  LentOptions& operator=(const LentOptions&) = delete;

 private:
  std::vector<std::string> names_;
};

}  // namespace residua
