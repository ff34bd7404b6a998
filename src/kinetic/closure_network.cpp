#include "kinetic/closure_network.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.hpp"
#include "io/state_file.hpp"

namespace residua::kinetic {
namespace {

constexpr const char* file_label = "residua closure 1";

std::vector<double> as_numbers(const std::vector<int>& values) { return {values.begin(), values.end()}; }

}  // namespace

const std::vector<Choice>& network_kinds() {
  static const std::vector<Choice> kinds = {
      {"invariant", "of invariants of the moments, so that the closure turns and is reflected with them"},
      {"plain", "of c, Re z and Im z in the cell, of level 1: it does not turn with them"},
      {"cnn", "of the fields of these, by 3 x 3 convolutions, the hidden widths being channels: neither does it turn"},
      {"fno", "of the same, by Fourier layers of so many channels, all alike: neither does it turn"}};
  return kinds;
}

std::string to_string(NetworkKind kind) { return network_kinds()[static_cast<std::size_t>(kind)].name; }

NetworkKind network_kind(const std::string& name) {
  const auto found = std::ranges::find(network_kinds(), name, &Choice::name);
  if (found == network_kinds().end()) throw Error(fmt::format("no network of a closure is called {}", name));
  return static_cast<NetworkKind>(found - network_kinds().begin());
}

ClosureForm ClosureNetwork::form(bool of_ratios) const {
  const int count = static_cast<int>(parameters.size());
  if (kind == NetworkKind::invariant) return {level, {gradients, strain, count}, of_ratios};
  if (level != 1 || gradients || strain)
    throw Error(fmt::format("a {} network is a closure of level 1 without gradients or strain rate", to_string(kind)));
  if (of_fields() && count > 0) throw Error(fmt::format("a {} network sees no numbers of the model", to_string(kind)));
  return ClosureForm::plain(count, of_ratios);
}

const std::vector<std::string>& model_names() {
  static const std::vector<std::string> names = {"alpha", "beta", "zeta", "D_R"};
  return names;
}

double model_value(const Model& model, const std::string& name) {
  if (name == "alpha") return model.alpha;
  if (name == "beta") return model.beta;
  if (name == "zeta") return model.zeta;
  if (name == "D_R") return model.rotation;
  throw Error(fmt::format("the model has no parameter {} for a closure", name));
}

Network ClosureNetwork::network() const {
  const ClosureForm closure = form();
  NetworkSpec spec;
  for (int k = 0; k < closure.invariants(); ++k)
    spec.coordinates.push_back({mean[k] - deviation[k], mean[k] + deviation[k], 0});
  spec.hidden = hidden;
  spec.outputs = closure.covariants();
  spec.activation = activation;
  return Network(spec);
}

ConvolutionSpec ClosureNetwork::convolution() const {
  return {form().invariants(), hidden, form().covariants(), activation};
}

SpectralSpec ClosureNetwork::spectral() const {
  return {form().invariants(), hidden.front(), static_cast<int>(hidden.size()), modes, form().covariants(), activation};
}

std::unique_ptr<FieldMap> ClosureNetwork::field_map(const FourierGrid& grid) const {
  if (kind == NetworkKind::fno) return std::make_unique<SpectralNetwork>(spectral(), grid);
  return std::make_unique<ConvolutionNetwork>(convolution(), grid);
}

std::vector<double> ClosureNetwork::first_weights(std::uint64_t seed) const {
  if (kind == NetworkKind::cnn) return convolution().glorot(seed);
  if (kind == NetworkKind::fno) return spectral().first(seed);
  return network().glorot(seed);
}

void ClosureNetwork::write(const std::filesystem::path& path) const {
  State state;
  state.arrays = {{"level", {static_cast<double>(level)}},
                  {"gradients", {gradients ? 1.0 : 0.0}},
                  {"strain", {strain ? 1.0 : 0.0}},
                  {"fixed", fixed},
                  {"mean", mean},
                  {"deviation", deviation},
                  {"sizes", sizes},
                  {"hidden", as_numbers(hidden)},
                  {"modes", {static_cast<double>(modes)}},
                  {"weights", weights}};
  state.texts = {{"parameters", fmt::format("{}", fmt::join(parameters, " "))},
                 {"activation", residua::to_string(activation)},
                 {"network", to_string(kind)}};
  write_state(path, state, file_label);
}

ClosureNetwork ClosureNetwork::read(const std::filesystem::path& path, const Communicator& communicator) {
  const State state = read_state(path, file_label, "a learned closure", communicator);
  ClosureNetwork read;
  read.level = static_cast<int>(state.arrays.at("level").at(0));
  read.fixed = state.arrays.at("fixed");
  read.mean = state.arrays.at("mean");
  read.deviation = state.arrays.at("deviation");
  read.sizes = state.arrays.at("sizes");
  for (const double width : state.arrays.at("hidden")) read.hidden.push_back(static_cast<int>(width));
  read.weights = state.arrays.at("weights");
  std::istringstream names(state.texts.at("parameters"));
  for (std::string name; names >> name;) read.parameters.push_back(name);
  read.activation = activation_of(state.texts.at("activation"));
  // files from before there were gradients, the strain rate, or other networks, do not speak of them
  if (const auto found = state.arrays.find("gradients"); found != state.arrays.end())
    read.gradients = found->second.at(0) != 0;
  if (const auto found = state.arrays.find("strain"); found != state.arrays.end())
    read.strain = found->second.at(0) != 0;
  if (const auto found = state.texts.find("network"); found != state.texts.end())
    read.kind = network_kind(found->second);
  if (const auto found = state.arrays.find("modes"); found != state.arrays.end())
    read.modes = static_cast<int>(found->second.at(0));
  if (!read.fits())
    throw InputError(
        fmt::format("the closure of {} has other inputs or outputs than this version's of level {}{}{}: fit "
                    "it again",
                    path.string(), read.level, read.gradients ? " with gradients" : "",
                    read.strain ? " with the strain rate" : ""));
  return read;
}

bool ClosureNetwork::fits() const {
  const ClosureForm closure = form();
  const auto inputs = static_cast<std::size_t>(closure.invariants());
  if (mean.size() != inputs || deviation.size() != inputs) return false;
  const auto count = kind == NetworkKind::cnn   ? static_cast<std::size_t>(convolution().parameters())
                     : kind == NetworkKind::fno ? static_cast<std::size_t>(spectral().parameters())
                                                : network().parameters();
  return fixed.size() == model_names().size() && sizes.size() == static_cast<std::size_t>(closure.covariants()) &&
         weights.size() == count;
}

}  // namespace residua::kinetic
