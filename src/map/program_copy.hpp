// A program in the memory of a device, shared by copies of this object.
#pragma once

#include <algorithm>
#include <span>

#include <Kokkos_Core.hpp>

#include "map/program.hpp"

namespace residua {

template <class MemorySpace>
class ProgramCopy {
 public:
  ProgramCopy() = default;
  explicit ProgramCopy(const Program& program)
      : view_(program.view()),
        code_(copied(program.code())),
        tables_(copied(program.tables())),
        table_data_(copied(program.table_data())) {
    view_.code = code_.data();
    view_.tables = tables_.data();
    view_.table_data = table_data_.data();
  }

  const ProgramView& view() const { return view_; }

 private:
  template <class T>
  static Kokkos::View<T*, MemorySpace> copied(std::span<const T> from) {
    Kokkos::View<T*, MemorySpace> to(Kokkos::view_alloc("residua::Program", Kokkos::WithoutInitializing), from.size());
    const auto host = Kokkos::create_mirror_view(to);
    std::ranges::copy(from, host.data());
    Kokkos::deep_copy(to, host);
    return to;
  }

  ProgramView view_;
  Kokkos::View<Instruction*, MemorySpace> code_;
  Kokkos::View<TableLayout*, MemorySpace> tables_;
  Kokkos::View<double*, MemorySpace> table_data_;
};

}  // namespace residua
