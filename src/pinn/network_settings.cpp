#include "pinn/network_settings.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/random.hpp"
#include "deck/deck.hpp"
#include "pinn/ansatz.hpp"
#include "pinn/coefficient_search.hpp"
#include "pinn/lagrangian.hpp"
#include "pinn/network_parts.hpp"

namespace residua::pinn {
namespace {

constexpr std::uint64_t fourier_stream = 0xf0;

std::string tao_type(const std::string& method) { return method == "lmvm" ? method : "residua_" + method; }

CausalSettings causal_of(const Deck& deck, const std::string& stage, const Problem& problem) {
  const std::string key = stage + ".epsilon";
  if (!deck.has(key)) return {};
  if (problem.time < 0) throw deck.error(key, "causal weights need a time coordinate");
  if (deck.text(stage + ".method") == "lmvm") throw deck.error(key, "PETSc's lmvm cannot follow weights that change");
  CausalSettings causal{deck.list_of_real(key), static_cast<int>(deck.integer(stage + ".slabs")),
                        deck.real(stage + ".threshold")};
  for (std::size_t i = 1; i < causal.epsilon.size(); ++i)
    if (causal.epsilon[i] <= causal.epsilon[i - 1]) throw deck.error(fmt::format("{}.{}", key, i), "epsilon ascends");
  return causal;
}

Balance balance_of(const Deck& deck, const std::string& stage, const Problem& problem) {
  const std::string key = stage + ".weights";
  const std::string& name = deck.text(key);
  if (name == "none") return Balance::none;
  if (deck.text(stage + ".method") == "lmvm") throw deck.error(key, "PETSc's lmvm cannot follow weights that change");
  if (!problem.observations.empty())
    throw deck.error(key, "beside observations rows count by their standard deviations", "weights = \"none\"");
  const bool penalties = std::ranges::any_of(problem.conditions, [](const Condition& c) { return !c.exact; });
  if (problem.residual.size() == 1 && !penalties)
    throw deck.error(key, "there is nothing to balance: one equation, and every condition is built in",
                     "weights = \"none\"");
  return name == "ntk" ? Balance::ntk : Balance::gradient_norm;
}

std::map<std::string, double> parameters_of(const Deck& deck, const std::string& stage, bool last) {
  const std::string key = stage + ".parameters";
  std::map<std::string, double> values;
  for (const std::string& name : deck.names(key)) values[name] = deck.real(key + "." + name);
  if (last && !values.empty())
    throw deck.error(key, "the last stage trains with the deck's own parameters",
                     "one more [[stages]] without this key");
  return values;
}

/// [embedding features][m], in the deck's order or drawn.
void set_frequencies(const Deck& deck, const Problem& problem, NetworkSpec& spec) {
  const std::string key = "network.frequencies";
  if (!deck.has(key)) {
    int embedded = 0;
    for (const CoordinateEmbedding& e : spec.coordinates) embedded += e.features();
    spec.fourier_features = static_cast<int>(deck.integer("network.fourier_features"));
    const auto seed = static_cast<std::uint64_t>(deck.integer("training.seed"));
    for (int k = 0; k < embedded * spec.fourier_features; ++k)
      spec.frequencies.push_back(deck.real("network.fourier_scale") *
                                 normal(seed, fourier_stream, static_cast<std::uint64_t>(k)));
    return;
  }
  if (deck.integer("network.fourier_features") > 0)
    throw deck.error(key, "Fourier features are given, and asked to be drawn", "fourier_features = 0");
  for (int i = 0; i < problem.dimension(); ++i) {
    const std::string name = fmt::format("{}.{}", key, problem.coordinates[i]);
    if (problem.periodic[i]) throw deck.error(key, "a periodic coordinate has harmonics instead", "network.harmonics");
    if (!deck.has(name))
      throw deck.error(key, fmt::format("the frequencies in {} are missing", problem.coordinates[i]));
    const std::vector<double> row = deck.list_of_real(name);
    if (i > 0 && static_cast<int>(row.size()) != spec.fourier_features)
      throw deck.error(name, "every coordinate has as many frequencies as there are features");
    spec.fourier_features = static_cast<int>(row.size());
    spec.frequencies.insert(spec.frequencies.end(), row.begin(), row.end());
  }
}

/// The key that asks for more than one window, or "".
std::string several_windows(const Deck& deck) {
  if (deck.has("windows.edges")) return "windows.edges";
  return deck.has("windows.count") && deck.integer("windows.count") > 1 ? "windows.count" : "";
}

}  // namespace

void check_coefficients(const Deck& deck, const Problem& problem) {
  if (problem.coefficients.empty()) return;
  const std::string key = several_windows(deck);
  if (!key.empty())
    throw deck.error(key, "a trained network finds coefficients in one time window",
                     "windows.count = 1, or method = \"random_features\"");
}

std::vector<std::optional<Problem>> curriculum_of(const Deck& deck, const Problem& problem,
                                                  const std::vector<Stage>& stages) {
  std::vector<std::optional<Problem>> curriculum(stages.size());
  const TimeWindow whole =
      problem.time < 0 ? TimeWindow{} : TimeWindow{problem.box.lo[problem.time], problem.box.hi[problem.time]};
  for (std::size_t i = 0; i < stages.size(); ++i) {
    if (stages[i].parameters.empty()) continue;
    const Problem stated = make_problem(deck, stages[i].parameters);
    curriculum[i] = in_units(in_formulation(deck, stated), coefficient_units(stated));
    if (!several_windows(deck).empty() && Ansatz(*curriculum[i], whole).data() != Ansatz(problem, whole).data())
      throw deck.error(fmt::format("stages.{}.parameters", i),
                       "these values change which derivatives of a window's start the equation needs",
                       "a small number instead of 0, or one window");
  }
  return curriculum;
}

std::vector<Stage> stages_of(const Deck& deck, const Problem& problem) {
  std::vector<Stage> stages;
  for (std::size_t i = 0; i < deck.count("stages"); ++i) {
    const std::string path = fmt::format("stages.{}", i);
    stages.push_back(
        {tao_type(deck.text(path + ".method")), deck.has(path + ".step") ? deck.text(path + ".step") : "",
         deck.has(path + ".scaling") ? deck.text(path + ".scaling") : "", deck.integer(path + ".iterations"),
         deck.has(path + ".seconds") ? deck.real(path + ".seconds") : 0,
         parameters_of(deck, path, i + 1 == deck.count("stages")), deck.integer(path + ".resample"),
         deck.real(path + ".adaptive"), deck.has(path + ".batch") ? deck.integer(path + ".batch") : 0,
         deck.integer(path + ".reweigh"), balance_of(deck, path, problem), causal_of(deck, path, problem)});
    if (stages.back().resample > 0 && stages.back().method == "lmvm")
      throw deck.error(path + ".resample", "PETSc's lmvm cannot follow points that change", "resample = 0");
    if (stages.back().adaptive > 0 && stages.back().resample == 0 && i == 0)
      throw deck.error(path + ".adaptive", "the first points are drawn before anything is known", "give resample, too");
    if (stages.back().adaptive > 0 && deck.text("points.kind") == "gauss")
      throw deck.error(path + ".adaptive", "Gauss points are fixed", "points.kind = \"sobol\"");
  }
  if (stages.empty()) stages.push_back({"residua_lm", "cholesky", "max", 1000, 0, {}, 50, 0, 0, 10, Balance::none, {}});
  return stages;
}

NetworkSpec spec_of(const Deck& deck, const Problem& problem) {
  NetworkSpec spec;
  const auto harmonics = static_cast<int>(deck.integer("network.harmonics"));
  for (int i = 0; i < problem.dimension(); ++i)
    spec.coordinates.push_back({problem.box.lo[i], problem.box.hi[i], problem.periodic[i] ? harmonics : 0});
  std::vector<int> hidden;
  for (std::int64_t width : deck.list_of_integer("network.hidden")) hidden.push_back(static_cast<int>(width));
  set_parts(spec, problem, deck.flag("network.separate"), [&](const NetworkPart&, bool inferred) {
    std::vector<int> widths = hidden;
    for (int& width : widths) width = inferred ? (width + 1) / 2 : width;
    return widths;
  });
  const std::string& activation = deck.text("network.activation");
  spec.activation = activation == "sin" ? Activation::sin : activation == "gelu" ? Activation::gelu : Activation::tanh;
  set_frequencies(deck, problem, spec);
  const std::string& architecture = deck.text("network.architecture");
  if (architecture == "modified_mlp") spec.architecture = Architecture::modified_mlp;
  if (architecture == "pirate") spec.architecture = Architecture::pirate;
  for (std::size_t l = 1; l < hidden.size(); ++l)
    if (spec.architecture != Architecture::mlp && hidden[l] != hidden[0])
      throw deck.error(fmt::format("network.hidden.{}", l), "gates need hidden layers of one width");
  spec.factorised = deck.flag("network.factorised");
  if (spec.factorised) {
    spec.scale_mean = deck.real("network.scale_mean");
    spec.scale_std = deck.real("network.scale_std");
  }
  return spec;
}

Network in_window(NetworkSpec spec, const Problem& problem, double begin, double end) {
  if (problem.time >= 0) {
    spec.coordinates[problem.time].lower = begin;
    spec.coordinates[problem.time].upper = end;
  }
  return Network(std::move(spec));
}

}  // namespace residua::pinn
