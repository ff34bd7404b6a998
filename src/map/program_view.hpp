// The device-callable form of a Program: straight-line code over a block of points. Plain data; allocates nothing.
//
// An instruction reads up to three vectors over the points of the block and writes one. A vector is a row of one of
// three arrays, all with the point as the fastest index:
//
//     inputs  [input][input_stride]      coordinates | inputs
//     outputs [output][output_stride]
//     scratch [register][scratch_stride] given by the caller: `registers` rows of scratch_stride >= points doubles
//
// Every point is computed on its own: results do not depend, to the bit, on how points are split into blocks.
#pragma once

#include <cstddef>
#include <cstdint>

#include "map/operation.hpp"
#include "map/table_view.hpp"

namespace residua {

/// A row of one of the three arrays.
struct Row {
  enum Array : std::uint32_t { scratch = 0, input = 1, output = 2 };
  std::uint32_t array : 2 = scratch;
  std::uint32_t index : 30 = 0;
};

struct Instruction {
  Op op = Op::fill;
  unsigned char orders[max_table_axes] = {0, 0, 0};  ///< of a table's derivative
  std::uint32_t number = 0;                          ///< which parameter or table
  Row to, a, b, c;
  double k = 0;
};

/// One block of points. `outputs` and `scratch` overlap neither each other nor the inputs.
struct ProgramBlock {
  int points = 0;
  const double* inputs = nullptr;
  std::size_t input_stride = 0;
  const double* parameters = nullptr;  ///< run-time parameters, the same at all points
  double* outputs = nullptr;
  std::size_t output_stride = 0;
  double* scratch = nullptr;
  std::size_t scratch_stride = 0;
};

/// Lanes of the host: the whole block in one vectorised loop.
struct HostLanes {
  template <class Body>
  KOKKOS_INLINE_FUNCTION void operator()(int points, const Body& body) const {
#pragma omp simd
    for (int i = 0; i < points; ++i) body(i);
  }
};

/// Lanes of a device team: lane `first` of `step`. A point stays with its lane, so no barrier is needed between
/// instructions, and the caller's scratch may be shared or global memory.
struct StridedLanes {
  int first = 0, step = 1;
  template <class Body>
  KOKKOS_INLINE_FUNCTION void operator()(int points, const Body& body) const {
    for (int i = first; i < points; i += step) body(i);
  }
};

struct ProgramView {
  const Instruction* code = nullptr;
  int length = 0;
  int registers = 0;
  int inputs = 0;  ///< coordinates and inputs together
  int outputs = 0;
  const TableLayout* tables = nullptr;
  const double* table_data = nullptr;

  /// Runs the program over a block. On the host: `view.evaluate(HostLanes{}, block)`; in a team:
  /// `view.evaluate(StridedLanes{team.team_rank(), team.team_size()}, block)`.
  template <class Lanes>
  KOKKOS_INLINE_FUNCTION void evaluate(const Lanes& lanes, const ProgramBlock& block) const {
    for (int i = 0; i < length; ++i) execute(lanes, block, code[i]);
  }

  template <class Lanes>
  KOKKOS_INLINE_FUNCTION void execute(const Lanes& lanes, const ProgramBlock& block, const Instruction& line) const;
};

namespace detail {

KOKKOS_INLINE_FUNCTION const double* row_of(const ProgramBlock& block, Row row) {
  switch (row.array) {
    case Row::input:
      return block.inputs + row.index * block.input_stride;
    case Row::output:
      return block.outputs + row.index * block.output_stride;
    default:
      return block.scratch + row.index * block.scratch_stride;
  }
}

}  // namespace detail

template <class Lanes>
KOKKOS_INLINE_FUNCTION void ProgramView::execute(const Lanes& lanes, const ProgramBlock& block,
                                                 const Instruction& line) const {
  const int n = block.points;
  double* y = line.to.array == Row::output ? block.outputs + line.to.index * block.output_stride
                                           : block.scratch + line.to.index * block.scratch_stride;
  const double* pa = detail::row_of(block, line.a);
  const double* pb = detail::row_of(block, line.b);
  const double* pc = detail::row_of(block, line.c);
  const double k = line.k;
  switch (line.op) {
    case Op::fill:
      return lanes(n, [=](int i) { y[i] = k; });
    case Op::load_parameter: {
      const double value = block.parameters[line.number];
      return lanes(n, [=](int i) { y[i] = value; });
    }
    case Op::copy:
      return lanes(n, [=](int i) { y[i] = pa[i]; });
    case Op::add:
      return lanes(n, [=](int i) { y[i] = pa[i] + pb[i]; });
    case Op::subtract:
      return lanes(n, [=](int i) { y[i] = pa[i] - pb[i]; });
    case Op::multiply:
      return lanes(n, [=](int i) { y[i] = pa[i] * pb[i]; });
    case Op::divide:
      return lanes(n, [=](int i) { y[i] = pa[i] / pb[i]; });
    case Op::add_number:
      return lanes(n, [=](int i) { y[i] = pa[i] + k; });
    case Op::number_minus:
      return lanes(n, [=](int i) { y[i] = k - pa[i]; });
    case Op::multiply_number:
      return lanes(n, [=](int i) { y[i] = k * pa[i]; });
    case Op::number_over:
      return lanes(n, [=](int i) { y[i] = k / pa[i]; });
    case Op::multiply_add:
      return lanes(n, [=](int i) { y[i] = pa[i] * pb[i] + pc[i]; });
    case Op::subtract_product:
      return lanes(n, [=](int i) { y[i] = pc[i] - pa[i] * pb[i]; });
    case Op::scale_add:
      return lanes(n, [=](int i) { y[i] = k * pa[i] + pb[i]; });
    case Op::where:
      return lanes(n, [=](int i) { y[i] = pa[i] != 0 ? pb[i] : pc[i]; });
    case Op::table: {
      const TableLayout& layout = tables[line.number];
      const double* data = table_data;
      const unsigned char orders[max_table_axes] = {line.orders[0], line.orders[1], line.orders[2]};
      return lanes(n, [=](int i) {
        const double x[max_table_axes] = {pa[i], pb[i], pc[i]};
        y[i] = evaluate_table(layout, data, x, orders);
      });
    }
#define RESIDUA_CASE(name, formula) \
  case Op::name:                    \
    return lanes(n, [=](int i) {    \
      const double a = pa[i];       \
      y[i] = formula;               \
    });
      RESIDUA_UNARY_FUNCTIONS(RESIDUA_CASE)
#undef RESIDUA_CASE
#define RESIDUA_CASE(name, formula)      \
  case Op::name:                         \
    return lanes(n, [=](int i) {         \
      const double a = pa[i], b = pb[i]; \
      y[i] = formula;                    \
    });
      RESIDUA_BINARY_FUNCTIONS(RESIDUA_CASE)
#undef RESIDUA_CASE
    default:
      return;
  }
}

}  // namespace residua
