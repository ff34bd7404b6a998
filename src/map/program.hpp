// Programs: a list of expressions compiled to straight-line register code with common subexpressions computed once.
//
// Inputs, in this order: the coordinates x_0 .. x_{d-1}, then input(0), input(1), ... of the expressions; parameter(k)
// is read from a separate array, being the same at all points. Outputs: one per expression. Registers are reused when
// their value is no longer needed.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "map/expression.hpp"
#include "map/program_view.hpp"

namespace residua {

struct ProgramShape {
  int coordinates = 0;
  int inputs = 0;  ///< behind the coordinates
  int parameters = 0;
};

class Program {
 public:
  /// A program without outputs.
  Program() = default;

  /// Throws Error when an expression holds an unknown, or a coordinate, input or parameter outside `shape`.
  Program(std::span<const Expression> outputs, const ProgramShape& shape);

  const ProgramShape& shape() const { return shape_; }
  int outputs() const { return static_cast<int>(constants_.size()); }
  int registers() const { return registers_; }
  std::span<const Instruction> code() const { return code_; }
  std::span<const TableLayout> tables() const { return tables_; }
  std::span<const double> table_data() const { return table_data_; }

  /// The value of an output that is the same number at all points; such entries of a Jacobian can be skipped.
  std::optional<double> constant_output(int i) const { return constants_[i]; }

  /// For evaluation on the host, while the program lives. For a device see ProgramCopy (program_copy.hpp).
  ProgramView view() const;

  /// All points at once, on the calling thread: inputs [coordinates + inputs][points], outputs [outputs][points],
  /// parameters [parameters]. Throws Error when a size is wrong.
  void evaluate(std::span<const double> inputs, std::size_t points, std::span<double> outputs,
                std::span<const double> parameters = {}) const;

 private:
  ProgramShape shape_;
  std::vector<Instruction> code_;
  std::vector<std::optional<double>> constants_;
  std::vector<TableLayout> tables_;
  std::vector<double> table_data_;
  int registers_ = 0;
};

}  // namespace residua
