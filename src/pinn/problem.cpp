#include "pinn/problem.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "deck/deck.hpp"
#include "map/derivative.hpp"
#include "map/expression_parser.hpp"
#include "map/substitute.hpp"
#include "pinn/observations.hpp"

namespace residua::pinn {
namespace {

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
    read_arguments();
    parser_.emplace(problem_.coordinates, problem_.unknowns, problem_.time);
    define_names();
  }

  Problem read() {
    read_residual();
    read_known();
    for (std::size_t i = 0; i < deck_.count("conditions"); ++i) read_condition(fmt::format("conditions.{}", i));
    check_conditions();
    read_observations();
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

  void read_arguments() {
    problem_.arguments.assign(problem_.unknowns.size(), std::vector<bool>(problem_.coordinates.size(), true));
    problem_.inferred.assign(problem_.unknowns.size(), false);
    for (const std::string& name : deck_.names("pde.arguments")) {
      const std::string path = "pde.arguments." + name;
      const auto j = std::ranges::find(problem_.unknowns, name) - problem_.unknowns.begin();
      problem_.inferred[j] = true;
      problem_.arguments[j].assign(problem_.coordinates.size(), false);
      const std::vector<std::string> arguments = deck_.list_of_text(path);
      for (std::size_t k = 0; k < arguments.size(); ++k) {
        const auto i = std::ranges::find(problem_.coordinates, arguments[k]) - problem_.coordinates.begin();
        if (i == problem_.dimension())
          throw deck_.error(fmt::format("{}.{}", path, k), fmt::format("`{}` is no coordinate", arguments[k]),
                            fmt::format("one of: {}", fmt::join(problem_.coordinates, ", ")));
        problem_.arguments[j][i] = true;
      }
    }
    if (std::ranges::count(problem_.inferred, true) == problem_.fields())
      throw deck_.error("pde.arguments", "every unknown is named here: the equations determine none");
  }

  /// What prescribes an unknown must be a function of its arguments.
  void check_arguments(const std::string& path, int j, const Expression& e) const {
    const Expression one[] = {e};
    for (const Expression& leaf : leaves(one))
      if (leaf.op() == Op::coordinate && !problem_.arguments[j][leaf.index()])
        throw deck_.error(
            path, fmt::format("`{}` is no function of `{}`", problem_.unknowns[j], problem_.coordinates[leaf.index()]));
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
    const auto inferred = static_cast<std::size_t>(std::ranges::count(problem_.inferred, true));
    if (problem_.residual.size() + inferred < problem_.unknowns.size())
      throw deck_.error("pde.residual", fmt::format("{} equations cannot determine {} unknowns",
                                                    problem_.residual.size(), problem_.unknowns.size() - inferred));
    if (problem_.residual.size() < problem_.unknowns.size() && deck_.count("observations") == 0)
      throw deck_.error("pde.arguments",
                        fmt::format("{} equations cannot determine {} unknowns, and there are no observations",
                                    problem_.residual.size(), problem_.unknowns.size()),
                        "add [[observations]]");
  }

  void read_known() {
    problem_.known.assign(problem_.unknowns.size(), Expression(0.0));
    for (const std::string& name : deck_.names("pde.known")) {
      const auto j = std::ranges::find(problem_.unknowns, name) - problem_.unknowns.begin();
      problem_.known[j] = parse_given("pde.known." + name);
      check_arguments("pde.known." + name, static_cast<int>(j), problem_.known[j]);
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
    check_arguments(path + ".value", c.unknown, c.value);
    if (c.kind == ConditionKind::initial) {
      if (problem_.time < 0)
        throw deck_.error(path, "an initial condition needs a time coordinate", "name it by pde.time");
      check_arguments(path, c.unknown, Expression::coordinate(problem_.time));
      c.coordinate = problem_.time;
      c.derivative = static_cast<int>(deck_.integer(path + ".derivative"));
      problem_.conditions.push_back(c);
      return;
    }
    c.coordinate = coordinate_of(path);
    if (c.coordinate == problem_.time)
      throw deck_.error(path + ".coordinate", "a condition in time is of kind \"initial\"");
    check_arguments(path + ".coordinate", c.unknown, Expression::coordinate(c.coordinate));
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
      for (int derivative = 0; problem_.arguments[j][coordinate] && derivative < order[j]; ++derivative) {
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

  void read_observations() {
    for (std::size_t i = 0; i < deck_.count("observations"); ++i) {
      const std::string path = fmt::format("observations.{}", i);
      problem_.observations.push_back(measurements_of(deck_, path, problem_, quantity_of(path), i));
    }
    if (deck_.count("priors") > 0 && problem_.observations.empty())
      throw deck_.error("priors", "a prior stands beside observations, of which there are none",
                        "add [[observations]]");
    for (std::size_t i = 0; i < deck_.count("priors"); ++i) {
      const std::string path = fmt::format("priors.{}", i);
      problem_.observations.push_back(prior_of(deck_, path, problem_, quantity_of(path)));
    }
  }

  /// A quantity of observations or of a prior.
  Expression quantity_of(const std::string& path) const {
    const Expression one[] = {parse(path + ".quantity")};
    if (unknown_derivatives(one).empty()) throw deck_.error(path + ".quantity", "no unknown occurs in this expression");
    return one[0];
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

long Problem::measurements() const {
  long count = 0;
  for (const Observations& o : observations)
    if (!o.is_prior) count += o.count();
  return count;
}

bool Problem::has_inferred() const { return std::ranges::find(inferred, true) != inferred.end(); }

std::vector<Expression> inferred_unknowns(const Problem& problem) {
  std::vector<Expression> unknowns;
  for (int j = 0; j < problem.fields(); ++j)
    if (problem.inferred[j]) unknowns.push_back(Expression::unknown(j));
  return unknowns;
}

Problem make_problem(const Deck& deck, const std::map<std::string, double>& parameters) {
  return Reader(deck, parameters).read();
}

}  // namespace residua::pinn
