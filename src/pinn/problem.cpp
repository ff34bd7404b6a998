#include "pinn/problem.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/random.hpp"
#include "deck/deck.hpp"
#include "io/samples.hpp"
#include "map/derivative.hpp"
#include "map/expression_parser.hpp"
#include "map/substitute.hpp"

namespace residua::pinn {
namespace {

constexpr std::uint64_t noise_stream = 0x0b5e0000;  // one for each table of observations

/// A mistake in a formula becomes a mistake at its key, underlined where it is.
InputError located(const Deck& deck, const std::string& path, const ExpressionError& mistake) {
  const std::string hint = mistake.hint().empty() ? "" : fmt::format("did you mean `{}`?", mistake.hint());
  if (mistake.definition().empty() && mistake.text() == deck.text(path))
    return deck.error_inside(path, Span{mistake.offset(), 1}, mistake.message(), hint);
  const std::string where =
      mistake.definition().empty() ? mistake.excerpt() : "in " + mistake.definition() + ":\n" + mistake.excerpt();
  return deck.error(path, mistake.message() + "\n" + where, hint);
}

class Reader {
 public:
  Reader(const Deck& deck, const std::map<std::string, double>& parameters) : deck_(deck), parameters_(parameters) {
    read_coordinates();
    problem_.unknowns = deck.list_of_text("pde.unknowns");
    problem_.scale.assign(problem_.unknowns.size(), 0.0);
    check_names();
    parser_.emplace(problem_.coordinates, problem_.unknowns, problem_.time);
    define_names();
  }

  Problem read() {
    read_residual();
    read_known();
    for (std::size_t i = 0; i < deck_.count("conditions"); ++i) read_condition(fmt::format("conditions.{}", i));
    check_conditions();
    for (std::size_t i = 0; i < deck_.count("observations"); ++i) read_observations(fmt::format("observations.{}", i));
    read_quantities();
    read_reference();
    return std::move(problem_);
  }

 private:
  Expression parse(const std::string& path) const {
    try {
      return parser_->parse(deck_.text(path));
    } catch (const ExpressionError& mistake) {
      throw located(deck_, path, mistake);
    }
  }

  /// A formula in which no unknown may occur, and a coefficient only where `coefficients` says so.
  Expression parse_given(const std::string& path, bool coefficients = false) const {
    Expression e = parse(path);
    const Expression one[] = {e};
    for (const Expression& leaf : leaves(one))
      if (leaf.op() == Op::parameter && !coefficients)
        throw deck_.error(path,
                          fmt::format("`{}` is an unknown coefficient: it may stand in equations, observations and "
                                      "conditions that are penalties",
                                      problem_.coefficients[leaf.index()]));
    for (const UnknownDerivative& u : unknown_derivatives(one))
      throw deck_.error(path, fmt::format("`{}` is unknown: a prescribed value is a formula in the coordinates alone",
                                          problem_.unknowns[u.unknown]));
    return e;
  }

  void read_coordinates() {
    problem_.coordinates = deck_.names("pde.coordinates");
    for (const std::string& name : problem_.coordinates) {
      const std::string path = "pde.coordinates." + name;
      const std::vector<double> range = deck_.list_of_real(path);
      if (!(range[0] < range[1])) throw deck_.error(path, "a range is [low, high] with low < high");
      problem_.box.lo.push_back(range[0]);
      problem_.box.hi.push_back(range[1]);
    }
    problem_.periodic.assign(problem_.coordinates.size(), false);
    const bool named = deck_.has("pde.time");
    const std::string time = named ? deck_.text("pde.time") : "t";
    const auto it = std::ranges::find(problem_.coordinates, time);
    if (it != problem_.coordinates.end())
      problem_.time = static_cast<int>(it - problem_.coordinates.begin());
    else if (named && time != "none")
      throw deck_.error("pde.time", fmt::format("`{}` is no coordinate", time),
                        fmt::format("one of: {}, none", fmt::join(problem_.coordinates, ", ")));
  }

  void check_names() const {
    const auto check = [&](const std::string& path, const std::string& name, bool taken) {
      if (!ExpressionParser::is_name(name))
        throw deck_.error(path, fmt::format("`{}` is no name: a letter, then letters, digits and _", name));
      if (taken) throw deck_.error(path, fmt::format("the name `{}` is taken already", name));
    };
    for (const std::string& name : problem_.coordinates) check("pde.coordinates." + name, name, false);
    for (std::size_t j = 0; j < problem_.unknowns.size(); ++j) {
      const std::string& name = problem_.unknowns[j];
      const auto before = problem_.unknowns.begin() + static_cast<long>(j);
      check(fmt::format("pde.unknowns.{}", j), name,
            std::find(problem_.unknowns.begin(), before, name) != before ||
                std::ranges::find(problem_.coordinates, name) != problem_.coordinates.end());
    }
  }

  template <class Define>
  void define(const std::string& path, Define&& action) {
    try {
      action();
    } catch (const ExpressionError& mistake) {
      throw located(deck_, path, mistake);
    } catch (const InputError& mistake) {
      throw deck_.error(path, mistake.what());
    }
  }

  void define_names() {
    for (const std::string& name : deck_.names("pde.parameters")) {
      const std::string path = "pde.parameters." + name;
      const auto other = parameters_.find(name);
      const double value = other != parameters_.end() ? other->second : deck_.real(path);
      define(path, [&] { parser_->define_parameter(name, Expression(value)); });
    }
    for (const std::string& name : deck_.names("pde.coefficients")) {
      const std::string path = "pde.coefficients." + name;
      const int k = static_cast<int>(problem_.coefficients.size());
      define(path, [&] { parser_->define_parameter(name, Expression::parameter(k)); });
      problem_.coefficients.push_back(name);
      problem_.coefficients_start.push_back(deck_.real(path));
    }
    for (const std::string& name : deck_.names("pde.definitions")) {
      const std::string path = "pde.definitions." + name;
      define(path, [&] { parser_->define_parameter(name, deck_.text(path)); });
    }
    for (const std::string& name : deck_.names("pde.tables")) {
      const std::string path = "pde.tables." + name;
      define(path, [&] {
        parser_->define_table(name, std::make_shared<Table>(Table::read(deck_.file_path(path).string(), name)));
      });
    }
    for (const std::string& signature : deck_.names("pde.functions")) {
      const std::string path = "pde.functions." + signature;
      define(path, [&] { parser_->define_function(signature, deck_.text(path)); });
    }
    for (const std::string& name : deck_.names("pde.definitions"))
      define("pde.definitions." + name, [&] { parser_->check(); });
    for (const std::string& signature : deck_.names("pde.functions"))
      define("pde.functions." + signature, [&] { parser_->check(); });
  }

  void read_residual() {
    for (std::size_t i = 0; i < deck_.count("pde.residual"); ++i) {
      const std::string path = fmt::format("pde.residual.{}", i);
      problem_.residual.push_back(parse(path));
      const Expression one[] = {problem_.residual.back()};
      if (unknown_derivatives(one).empty())
        throw deck_.error(path, "no unknown occurs in this equation",
                          fmt::format("the unknowns are {}", fmt::join(problem_.unknowns, ", ")));
    }
    if (problem_.residual.size() < problem_.unknowns.size())
      throw deck_.error("pde.residual", fmt::format("{} equations cannot determine {} unknowns",
                                                    problem_.residual.size(), problem_.unknowns.size()));
  }

  void read_known() {
    problem_.known.assign(problem_.unknowns.size(), Expression(0.0));
    for (const std::string& name : deck_.names("pde.known")) {
      const auto j = std::ranges::find(problem_.unknowns, name) - problem_.unknowns.begin();
      problem_.known[j] = parse_given("pde.known." + name);
    }
  }

  int coordinate_of(const std::string& path) const {
    if (!deck_.has(path + ".coordinate"))
      throw deck_.error(path, "the key `coordinate` is missing",
                        fmt::format("one of: {}", fmt::join(problem_.coordinates, ", ")));
    const std::string name = deck_.text(path + ".coordinate");
    return static_cast<int>(std::ranges::find(problem_.coordinates, name) - problem_.coordinates.begin());
  }

  int unknown_of(const std::string& path) const {
    if (deck_.has(path + ".unknown"))
      return static_cast<int>(std::ranges::find(problem_.unknowns, deck_.text(path + ".unknown")) -
                              problem_.unknowns.begin());
    if (problem_.fields() > 1)
      throw deck_.error(path, "the key `unknown` is missing",
                        fmt::format("one of: {}", fmt::join(problem_.unknowns, ", ")));
    return 0;
  }

  void read_condition(const std::string& path) {
    const std::string kind = deck_.text(path + ".kind");
    const bool given = deck_.has(path + ".enforce");
    const bool exact = given ? deck_.text(path + ".enforce") == "exact" : kind != "neumann";
    if (kind == "periodic") {
      const int coordinate = coordinate_of(path);
      if (coordinate == problem_.time) throw deck_.error(path + ".coordinate", "time cannot be periodic");
      if (exact)
        problem_.periodic[coordinate] = true;
      else
        match_faces(path, coordinate);
      return;
    }
    Condition c{};
    c.kind = kind == "initial"     ? ConditionKind::initial
             : kind == "dirichlet" ? ConditionKind::dirichlet
                                   : ConditionKind::neumann;
    c.unknown = unknown_of(path);
    c.exact = exact;
    c.weight = deck_.real(path + ".weight");
    c.points = deck_.has(path + ".points") ? deck_.integer(path + ".points") : 0;
    c.derivative = c.kind == ConditionKind::neumann ? 1 : 0;
    c.value = parse_given(path + ".value", !exact);
    c.path = path;
    if (c.kind == ConditionKind::initial) {
      if (problem_.time < 0)
        throw deck_.error(path, "an initial condition needs a time coordinate", "name it by pde.time");
      c.coordinate = problem_.time;
      c.derivative = static_cast<int>(deck_.integer(path + ".derivative"));
      problem_.conditions.push_back(c);
      return;
    }
    c.coordinate = coordinate_of(path);
    if (c.coordinate == problem_.time)
      throw deck_.error(path + ".coordinate", "a condition in time is of kind \"initial\"");
    const std::string at = deck_.text(path + ".at");
    for (const bool high : {false, true})
      if (at == "both" || (at == "hi") == high) {
        c.high = high;
        problem_.conditions.push_back(c);
      }
  }

  /// Every unknown and its derivatives below the order of the equations in the coordinate are the same on both faces.
  void match_faces(const std::string& path, int coordinate) {
    std::vector<int> order(problem_.unknowns.size(), 1);
    for (const UnknownDerivative& u : unknown_derivatives(problem_.residual))
      order[u.unknown] = std::max<int>(order[u.unknown], u.alpha[coordinate]);
    for (int j = 0; j < problem_.fields(); ++j)
      for (int derivative = 0; derivative < order[j]; ++derivative) {
        Condition c{ConditionKind::periodic, j, coordinate, false, derivative, Expression(0.0), false, 0, 0, path};
        c.weight = deck_.real(path + ".weight");
        c.points = deck_.has(path + ".points") ? deck_.integer(path + ".points") : 0;
        problem_.conditions.push_back(c);
      }
  }

  void check_conditions() const {
    for (std::size_t i = 0; i < problem_.conditions.size(); ++i) {
      const Condition& a = problem_.conditions[i];
      if (a.kind != ConditionKind::initial && problem_.periodic[a.coordinate])
        throw deck_.error(a.path, fmt::format("`{}` is periodic: it has no faces to prescribe anything on",
                                              problem_.coordinates[a.coordinate]));
      for (std::size_t k = 0; k < i; ++k) {
        const Condition& b = problem_.conditions[k];
        if (a.kind == b.kind && a.unknown == b.unknown && a.coordinate == b.coordinate && a.high == b.high &&
            a.derivative == b.derivative)
          throw deck_.error(a.path, fmt::format("`{}` is prescribed twice there", problem_.unknowns[a.unknown]),
                            fmt::format("the other one is [[conditions]] number {}", k + 1));
        if (a.exact && b.exact && a.kind != ConditionKind::initial && a.kind != b.kind && a.unknown == b.unknown &&
            a.coordinate == b.coordinate && a.high == b.high)
          throw deck_.error(
              a.path,
              fmt::format("value and slope of `{}` cannot both be built in on one face", problem_.unknowns[a.unknown]),
              "enforce = \"penalty\" for one of them");
      }
      if (a.kind == ConditionKind::initial && a.derivative == 1 && a.exact &&
          !std::ranges::any_of(problem_.conditions, [&](const Condition& b) {
            return b.kind == a.kind && b.unknown == a.unknown && b.derivative == 0 && b.exact;
          }))
        throw deck_.error(a.path, "an initial derivative can be built in only beside an initial value that is");
    }
  }

  void read_observations(const std::string& path) {
    Observations o;
    o.path = path;
    o.quantity = parse(path + ".quantity");
    const Expression one[] = {o.quantity};
    if (unknown_derivatives(one).empty()) throw deck_.error(path + ".quantity", "no unknown occurs in this expression");
    Samples samples;
    define(path + ".file",
           [&] { samples = Samples::read(deck_.file_path(path + ".file"), Communicator(MPI_COMM_SELF)); });
    for (const std::string& name : problem_.coordinates) {
      const std::vector<double>& column = column_of(samples, path + ".file", name);
      o.points.insert(o.points.end(), column.begin(), column.end());
    }
    o.value = column_of(samples, path + ".column", deck_.text(path + ".column"));
    for (long p = 0; p < o.count(); ++p) check_inside(o, p);
    const double absolute = deck_.real(path + ".std"), relative = deck_.real(path + ".relative_std");
    const auto seed = static_cast<std::uint64_t>(deck_.integer(path + ".noise_seed"));
    for (long p = 0; p < o.count(); ++p) {
      o.std.push_back(std::hypot(absolute, relative * o.value[p]));
      if (o.std[p] == 0)
        throw deck_.error(path, fmt::format("the measurement {} has a standard deviation of 0", p + 1),
                          "give std, in units of the quantity, or relative_std");
      if (seed > 0)
        o.value[p] +=
            o.std[p] * normal(seed, noise_stream + problem_.observations.size(), static_cast<std::uint64_t>(p));
    }
    problem_.observations.push_back(std::move(o));
  }

  const std::vector<double>& column_of(const Samples& samples, const std::string& path, const std::string& name) const {
    const auto found = samples.columns.find(name);
    if (found != samples.columns.end()) return found->second;
    std::vector<std::string> names;
    for (const auto& [column, values] : samples.columns) names.push_back(column);
    throw deck_.error(path, fmt::format("there is no column `{}`", name),
                      fmt::format("the file has: {}", fmt::join(names, ", ")));
  }

  void check_inside(const Observations& o, long p) const {
    for (int i = 0; i < problem_.dimension(); ++i) {
      const double x = o.points[i * o.count() + p];
      if (x < problem_.box.lo[i] || x > problem_.box.hi[i])
        throw deck_.error(
            o.path + ".file",
            fmt::format("measurement {} lies outside of the domain: {} = {}", p + 1, problem_.coordinates[i], x),
            fmt::format("the range of {} is [{}, {}]", problem_.coordinates[i], problem_.box.lo[i],
                        problem_.box.hi[i]));
    }
  }

  void read_quantities() {
    problem_.quantities = problem_.unknowns;
    for (int j = 0; j < problem_.fields(); ++j) problem_.quantity_forms.push_back(Expression::unknown(j));
    for (const std::string& name : deck_.names("output.quantities")) {
      const std::string path = "output.quantities." + name;
      if (!ExpressionParser::is_name(name) || std::ranges::find(problem_.unknowns, name) != problem_.unknowns.end())
        throw deck_.error(path, fmt::format("`{}` cannot name a further quantity", name));
      problem_.quantities.push_back(name);
      problem_.quantity_forms.push_back(parse(path));
    }
  }

  void read_reference() {
    if (deck_.text("reference.kind") != "expression") return;
    for (const std::string& name : problem_.unknowns) {
      const std::string path = "reference.expressions." + name;
      if (!deck_.has(path)) throw deck_.error("reference", fmt::format("no closed form of `{}` is given", name));
      problem_.reference.push_back(parse_given(path));
    }
    problem_.reference = replace_unknowns(problem_.quantity_forms, problem_.reference);
  }

  const Deck& deck_;
  const std::map<std::string, double>& parameters_;
  Problem problem_;
  std::optional<ExpressionParser> parser_;
};

}  // namespace

Problem make_problem(const Deck& deck, const std::map<std::string, double>& parameters) {
  return Reader(deck, parameters).read();
}

}  // namespace residua::pinn
