// A network as a closure: what it is, and its file.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/communicator.hpp"
#include "deck/schema.hpp"
#include "kinetic/closure_form.hpp"
#include "kinetic/model.hpp"
#include "map/convolution_network.hpp"
#include "map/network.hpp"
#include "map/spectral_network.hpp"

namespace residua::kinetic {

/// The first is of the equivariant form of closure_form.hpp, the others of the plain one: networks of what is in a
/// cell, and of whole fields.
enum class NetworkKind { invariant, plain, cnn, fno };

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
  bool strain = false;                  ///< rate of the flow is seen, too
  std::vector<std::string> parameters;  ///< of the model, inputs of the network ("alpha", ..)
  std::vector<double> fixed;            ///< what those that are no inputs were in training, by model_names()
  std::vector<double> mean, deviation;  ///< of each invariant in training: the network sees (I - mean) / deviation;
                                        ///< where the deviation is 0 it sees nothing of it
  std::vector<double> sizes;            ///< s
  std::vector<int> hidden;              ///< widths, or channels; those of "fno" are all alike
  int modes = 0;                        ///< of "fno"
  Activation activation = Activation::tanh;
  std::vector<double> weights;

  /// Throws Error where kind, level, what is seen and parameters do not go together.
  ClosureForm form(bool of_ratios = false) const;
  bool of_fields() const { return kind == NetworkKind::cnn || kind == NetworkKind::fno; }
  Network network() const;                                             ///< where it is not of fields
  std::unique_ptr<FieldMap> field_map(const FourierGrid& grid) const;  ///< where it is
  std::vector<double> first_weights(std::uint64_t seed) const;
  bool fits() const;  ///< sizes to the form

  void write(const std::filesystem::path& path) const;  ///< not collective
  /// InputError that names the file when it is damaged or no closure. Collective.
  static ClosureNetwork read(const std::filesystem::path& path, const Communicator& communicator);

 private:
  ConvolutionSpec convolution() const;
  SpectralSpec spectral() const;
};

/// Numbers of the model that may be inputs of a closure: alpha, beta, zeta, D_R.
const std::vector<std::string>& model_names();
double model_value(const Model& model, const std::string& name);

}  // namespace residua::kinetic
