#include "solve/options.hpp"

namespace residua {

// PETSc's macros expect the name PetscOptionsObject in scope.
void Options::real(const char* name, const char* text, double& value) {
  PetscItems PetscOptionsObject = items_;
  RESIDUA_PETSC(PetscOptionsReal(name, text, "residua", value, &value, nullptr));
}

void Options::integer(const char* name, const char* text, int& value) {
  PetscItems PetscOptionsObject = items_;
  PetscInt n = value;
  RESIDUA_PETSC(PetscOptionsInt(name, text, "residua", n, &n, nullptr));
  value = static_cast<int>(n);
}

void Options::flag(const char* name, const char* text, bool& value) {
  PetscItems PetscOptionsObject = items_;
  PetscBool b = value ? PETSC_TRUE : PETSC_FALSE;
  RESIDUA_PETSC(PetscOptionsBool(name, text, "residua", b, &b, nullptr));
  value = b == PETSC_TRUE;
}

void Options::choice(const char* name, const char* text, const std::vector<std::string>& choices, std::string& value) {
  PetscItems PetscOptionsObject = items_;
  std::vector<const char*> list;
  for (const std::string& c : choices) list.push_back(c.c_str());
  PetscInt n = 0;
  PetscBool set = PETSC_FALSE;
  RESIDUA_PETSC(PetscOptionsEList(name, text, "residua", list.data(), static_cast<PetscInt>(list.size()), value.c_str(),
                                  &n, &set));
  if (set) value = choices[static_cast<std::size_t>(n)];
}

LentOptions::LentOptions(const std::string& prefix, const std::vector<std::pair<std::string, std::string>>& options) {
  for (const auto& option : options) {
    const std::string full = "-" + prefix + option.first;
    PetscBool given = PETSC_FALSE;
    RESIDUA_PETSC(PetscOptionsHasName(nullptr, nullptr, full.c_str(), &given));
    if (given) continue;
    RESIDUA_PETSC(PetscOptionsSetValue(nullptr, full.c_str(), option.second.c_str()));
    names_.push_back(full);
  }
}

LentOptions::~LentOptions() {
  for (const std::string& name : names_) static_cast<void>(PetscOptionsClearValue(nullptr, name.c_str()));
}

}  // namespace residua
