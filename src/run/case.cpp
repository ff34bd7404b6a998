#include "run/case.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.hpp"

namespace residua {
namespace {

std::vector<CaseKind>& registry() {
  static std::vector<CaseKind> kinds;
  return kinds;
}

}  // namespace

void register_case(CaseKind kind) {
  if (find_case(kind.name) != nullptr) throw Error(fmt::format("case kind {} is registered twice", kind.name));
  registry().push_back(std::move(kind));
}

const std::vector<CaseKind>& case_kinds() { return registry(); }

const CaseKind* find_case(const std::string& name) {
  const auto found = std::ranges::find(registry(), name, &CaseKind::name);
  return found == registry().end() ? nullptr : &*found;
}

}  // namespace residua
