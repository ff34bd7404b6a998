// A network as a closure: what it is, and its file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/communicator.hpp"
#include "deck/schema.hpp"
#include "kinetic/closure_form.hpp"
#include "kinetic/model.hpp"
#include "map/network.hpp"

namespace residua::kinetic {

/// Which form of closure_form.hpp it has, the first alone being equivariant: of invariants in a cell, or of (c, z)
/// there.
enum class NetworkKind { invariant, plain };

/// Their names, with a description.
const std::vector<Choice>& network_kinds();
std::string to_string(NetworkKind kind);
/// Throws Error.
NetworkKind network_kind(const std::string& name);

/// All that a file of a closure holds.
struct ClosureNetwork {
  NetworkKind kind = NetworkKind::invariant;
  int level = 1;
  bool gradients = false;               ///< of the moments, too, are seen
  std::vector<std::string> parameters;  ///< of the model, inputs of the network ("alpha", ..)
  std::vector<double> fixed;            ///< what those that are no inputs were in training, by model_names()
  std::vector<double> mean, deviation;  ///< of each invariant in training: the network sees (I - mean) / deviation
  std::vector<double> sizes;            ///< s
  std::vector<int> hidden;
  Activation activation = Activation::tanh;
  std::vector<double> weights;

  /// Throws Error where kind, level, gradients and parameters do not go together.
  ClosureForm form() const;
  Network network() const;
  bool fits() const;  ///< sizes to the form

  void write(const std::filesystem::path& path) const;  ///< not collective
  /// InputError that names the file when it is damaged or no closure. Collective.
  static ClosureNetwork read(const std::filesystem::path& path, const Communicator& communicator);
};

/// Numbers of the model that may be inputs of a closure: alpha, beta, zeta, D_R.
const std::vector<std::string>& model_names();
double model_value(const Model& model, const std::string& name);

}  // namespace residua::kinetic
