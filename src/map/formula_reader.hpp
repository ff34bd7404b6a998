// One formula, read from left to right by the grammar of expression_parser.hpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "map/expression_parser.hpp"

namespace residua {

class FormulaReader {
 public:
  /// `definition` and `arguments` are those of the definition whose text this is; empty for a formula of its own.
  FormulaReader(const ExpressionParser& names, std::string text, std::string definition = {},
                std::vector<std::string> arguments = {});

  /// The whole text as an expression, argument k as the field ExpressionParser::argument_field + k.
  Expression read();

 private:
  struct Call {
    std::string name;
    std::size_t offset;
    std::vector<Expression> arguments;
    std::vector<std::size_t> offsets;  ///< of the arguments
  };

  Expression read_or();
  Expression read_and();
  Expression read_comparison();
  Expression read_sum();
  Expression read_term();
  Expression read_signed();
  Expression read_power();
  Expression read_primary();
  Expression read_number();
  Expression read_symbol(const std::string& name, std::size_t offset);
  Expression read_derivative(std::size_t offset);
  int read_coordinate();
  Call read_call(const std::string& name, std::size_t offset);
  Expression call(const Call& call);
  Expression call_built_in(const Call& call, Op op);
  Expression call_user_function(const Call& call);
  Expression laplacian(const Call& call);
  void need(const Call& call, std::size_t count, const std::string& what = {}) const;

  std::string read_name();
  /// Skips blanks; then takes `token` if it comes next.
  bool take(std::string_view token);
  void expect(char closing, const std::string& after);
  void skip_blanks();
  std::string next_character() const;

  /// `e`, unless it is a number that is not finite.
  Expression finite(Expression e, std::size_t offset) const;
  /// make(), with what it refuses reported at `offset`.
  template <class Make>
  Expression at(std::size_t offset, const Make& make) const {
    try {
      return make();
    } catch (const ExpressionError&) {
      throw;
    } catch (const InputError& error) {
      fail(error.what(), offset);
    }
  }
  [[noreturn]] void fail(const std::string& message, std::size_t offset, std::string hint = {}) const;
  std::string hint_for(const std::string& name) const;

  const ExpressionParser& names_;
  std::string text_, definition_;
  std::vector<std::string> arguments_;
  std::size_t position_ = 0;
  int depth_ = 0;
};

/// The function of operation.hpp that a deck calls `name`; Op::constant for none.
Op built_in_function(std::string_view name);

/// Every name that stands before a parenthesis without being defined by the deck.
std::vector<std::string> built_in_names();

/// "x, y, t".
std::string name_list(const std::vector<std::string>& names);

}  // namespace residua
