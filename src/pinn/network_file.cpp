#include "pinn/network_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.hpp"
#include "deck/deck.hpp"
#include "io/state_file.hpp"

namespace residua::pinn {
namespace {

constexpr const char* key = "network.from";

std::string name_of(Architecture architecture) {
  return architecture == Architecture::mlp ? "mlp" : architecture == Architecture::pirate ? "pirate" : "modified_mlp";
}

std::string name_of(Activation activation) {
  return activation == Activation::tanh ? "tanh" : activation == Activation::sin ? "sin" : "gelu";
}

}  // namespace

std::string shape_text(const NetworkSpec& spec) {
  std::vector<int> harmonics;
  for (const CoordinateEmbedding& e : spec.coordinates) harmonics.push_back(e.harmonics);
  std::string parts;
  for (const NetworkPart& part : spec.parts)
    parts += fmt::format(", part of coordinates [{}], hidden [{}], {} outputs", fmt::join(part.coordinates, ", "),
                         fmt::join(part.hidden, ", "), part.outputs);
  return fmt::format("{} of {}, hidden [{}], harmonics of coordinates [{}], {} Fourier features, {} outputs{}{}",
                     name_of(spec.architecture), name_of(spec.activation), fmt::join(spec.hidden, ", "),
                     fmt::join(harmonics, ", "), spec.fourier_features, spec.outputs,
                     spec.factorised ? ", factorised" : "", parts);
}

void save_network(State& state, const NetworkSpec& spec, const std::vector<double>& weights) {
  state.texts["trained/shape"] = shape_text(spec);
  state.arrays["trained/frequencies"] = spec.frequencies;
  state.arrays["trained/weights"] = weights;
}

void write_network(const std::filesystem::path& path, const NetworkSpec& spec, const std::vector<double>& weights) {
  State state;
  save_network(state, spec, weights);
  write_state(path, state, "network");
}

std::vector<double> read_network(const Deck& deck, const NetworkSpec& spec) {
  const std::filesystem::path path = deck.file_path(key);
  if (std::filesystem::is_directory(path))
    throw deck.error(key, "this is a directory", fmt::format("\"{}\"", (path / "network.h5").string()));
  State state;
  try {
    state = parse_body(sound_body(path), path).state;
  } catch (const Error& mistake) {
    throw deck.error(key, fmt::format("no weights can be read: {}", mistake.what()),
                     "network.h5 of a run, or one of its checkpoints");
  }
  const auto shape = state.texts.find("trained/shape");
  if (shape == state.texts.end())
    throw deck.error(key, "the file holds no trained network", "network.h5 of a run of method = \"network\"");
  const std::string wanted = shape_text(spec);
  if (shape->second != wanted)
    throw deck.error(key, fmt::format("the networks differ\nthere: {}\nhere:  {}", shape->second, wanted));
  if (state.arrays.at("trained/frequencies") != spec.frequencies)
    throw deck.error(key, "the Fourier features have other frequencies there",
                     "training.seed and network.fourier_scale, or network.frequencies, as there");
  return state.arrays.at("trained/weights");
}

}  // namespace residua::pinn
