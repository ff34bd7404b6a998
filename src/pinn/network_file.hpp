// Trained weights in a file: what a run leaves behind as network.h5, and what another one starts from.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "io/state.hpp"
#include "map/network.hpp"

namespace residua {
class Deck;
}

namespace residua::pinn {

/// "mlp of tanh, hidden [20, 20], 2 coordinates (x with 3 harmonics), ...": networks of the same text have weights of
/// the same meaning, but for the frequencies of Fourier features and the ranges of coordinates.
std::string shape_text(const NetworkSpec& spec);

/// Adds a network to a state, under "trained/".
void save_network(State& state, const NetworkSpec& spec, const std::vector<double>& weights);

/// Not collective.
void write_network(const std::filesystem::path& path, const NetworkSpec& spec, const std::vector<double>& weights);

/// The weights in the file `network.from`: network.h5 of a run, or a checkpoint. Every rank reads it. InputError at the
/// key when it cannot be read, holds no network, or one of another shape.
std::vector<double> read_network(const Deck& deck, const NetworkSpec& spec);

}  // namespace residua::pinn
