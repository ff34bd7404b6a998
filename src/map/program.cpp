#include "map/program.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.hpp"
#include "map/lowering.hpp"
#include "map/table.hpp"

namespace residua {
namespace {

constexpr std::size_t host_block = 192;

void check_leaves(const LoweredCode& code, const ProgramShape& shape) {
  for (const LoweredValue& value : code.values) {
    if (value.op == Op::input && value.number >= shape.coordinates + shape.inputs)
      throw Error(fmt::format("Program: input {} behind the {} coordinates and {} inputs", value.number,
                              shape.coordinates, shape.inputs));
    if (value.op == Op::load_parameter && value.number >= shape.parameters)
      throw Error(fmt::format("Program: parameter {} of {}", value.number, shape.parameters));
  }
}

/// Gives every value a row: of the inputs, of the outputs when it is one, else a register that is free again after the
/// value's last use.
class RowAssignment {
 public:
  explicit RowAssignment(const LoweredCode& code) : code_(code), rows_(code.values.size()), last_use_(rows_.size(), 0) {
    for (std::size_t i = 0; i < code.values.size(); ++i)
      for (const ValueId a : code.values[i].from)
        if (a >= 0) last_use_[static_cast<std::size_t>(a)] = i;
    for (std::size_t i = 0; i < code.values.size(); ++i) assign(i);
    for (std::size_t o = 0; o < code.outputs.size(); ++o) {
      const Row row = rows_[static_cast<std::size_t>(code.outputs[o])];
      if (row.array != Row::output || row.index != o) instructions_.push_back(copy_to(o, row));
    }
  }

  std::vector<Instruction> instructions() && { return std::move(instructions_); }
  int registers() const { return static_cast<int>(registers_); }

 private:
  void assign(std::size_t i) {
    const LoweredValue& value = code_.values[i];
    if (value.op == Op::input) {
      rows_[i] = {Row::input, static_cast<std::uint32_t>(value.number)};
      return;
    }
    Instruction line;
    line.op = value.op;
    line.k = value.k;
    line.number = static_cast<std::uint32_t>(value.number);
    for (int axis = 0; axis < max_table_axes; ++axis) line.orders[axis] = value.orders[axis];
    line.a = row_of(value.from[0]);
    line.b = row_of(value.from[1]);
    line.c = row_of(value.from[2]);
    release(value, i);
    const auto output = std::ranges::find(code_.outputs, static_cast<ValueId>(i));
    rows_[i] = output == code_.outputs.end()
                   ? free_register()
                   : Row{Row::output, static_cast<std::uint32_t>(output - code_.outputs.begin())};
    line.to = rows_[i];
    instructions_.push_back(line);
  }

  Row row_of(ValueId value) const { return value < 0 ? Row{} : rows_[static_cast<std::size_t>(value)]; }

  /// Frees the registers that instruction i reads for the last time; it may write to one of them.
  void release(const LoweredValue& value, std::size_t i) {
    for (std::size_t k = 0; k < value.from.size(); ++k) {
      const ValueId a = value.from[k];
      const bool again = std::find(value.from.begin(), value.from.begin() + k, a) != value.from.begin() + k;
      if (a < 0 || again || last_use_[static_cast<std::size_t>(a)] != i) continue;
      if (const Row row = rows_[static_cast<std::size_t>(a)]; row.array == Row::scratch) free_.push_back(row.index);
    }
  }

  Row free_register() {
    if (free_.empty()) return {Row::scratch, registers_++};
    const std::uint32_t index = free_.back();
    free_.pop_back();
    return {Row::scratch, index};
  }

  static Instruction copy_to(std::size_t output, Row from) {
    Instruction line;
    line.op = Op::copy;
    line.to = {Row::output, static_cast<std::uint32_t>(output)};
    line.a = from;
    return line;
  }

  const LoweredCode& code_;
  std::vector<Row> rows_;
  std::vector<std::size_t> last_use_;
  std::vector<Instruction> instructions_;
  std::vector<std::uint32_t> free_;
  std::uint32_t registers_ = 0;
};

}  // namespace

Program::Program(std::span<const Expression> outputs, const ProgramShape& shape) : shape_(shape) {
  const LoweredCode code = lower(outputs, shape.coordinates);
  check_leaves(code, shape);
  for (const Expression& e : outputs)
    constants_.push_back(e.is_constant() ? std::optional<double>(e.value()) : std::nullopt);

  RowAssignment assignment(code);
  registers_ = assignment.registers();
  code_ = std::move(assignment).instructions();

  for (const auto& table : code.tables) {
    TableLayout layout = table->layout();
    for (std::size_t& knots : layout.knots) knots += table_data_.size();
    layout.coefficients += table_data_.size();
    tables_.push_back(layout);
    table_data_.insert(table_data_.end(), table->data().begin(), table->data().end());
  }
}

ProgramView Program::view() const {
  ProgramView view;
  view.code = code_.data();
  view.length = static_cast<int>(code_.size());
  view.registers = registers_;
  view.inputs = shape_.coordinates + shape_.inputs;
  view.outputs = outputs();
  view.tables = tables_.data();
  view.table_data = table_data_.data();
  return view;
}

void Program::evaluate(std::span<const double> inputs, std::size_t points, std::span<double> outputs,
                       std::span<const double> parameters) const {
  const ProgramView program = view();
  if (inputs.size() != static_cast<std::size_t>(program.inputs) * points ||
      outputs.size() != static_cast<std::size_t>(program.outputs) * points ||
      parameters.size() != static_cast<std::size_t>(shape_.parameters))
    throw Error(fmt::format(
        "Program::evaluate: {} inputs, {} outputs, {} parameters for {} points of {} inputs, {} "
        "outputs, {} parameters",
        inputs.size(), outputs.size(), parameters.size(), points, program.inputs, program.outputs, shape_.parameters));
  std::vector<double> scratch(static_cast<std::size_t>(registers_) * host_block);
  ProgramBlock block;
  block.input_stride = block.output_stride = points;
  block.parameters = parameters.data();
  block.scratch = scratch.data();
  block.scratch_stride = host_block;
  for (std::size_t first = 0; first < points; first += host_block) {
    block.points = static_cast<int>(std::min(host_block, points - first));
    block.inputs = inputs.data() + first;
    block.outputs = outputs.data() + first;
    program.evaluate(HostLanes{}, block);
  }
}

}  // namespace residua
