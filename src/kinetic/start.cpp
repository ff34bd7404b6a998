#include "kinetic/start.hpp"

#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "base/random.hpp"
#include "deck/deck.hpp"
#include "kinetic/bessel_ratio.hpp"
#include "map/expression_parser.hpp"

namespace residua::kinetic {
namespace {

constexpr double pi = std::numbers::pi;
constexpr double full_order = 1 - 1e-8;  ///< what |z| / c counts as where it is larger

/// modes of `field` += amplitude cos(k . x + phase), k = 2 pi / L (p, q).
void add_wave(const FourierGrid& grid, std::span<Complex> field, int p, int q, double phase, Complex amplitude) {
  if (const long k = grid.find(p, q); k >= 0) field[k] += 0.5 * amplitude * std::polar(1.0, phase);
  if (const long k = grid.find(-p, -q); k >= 0) field[k] += 0.5 * amplitude * std::polar(1.0, -phase);
}

Program program_of(const Deck& deck) {
  ExpressionParser parser({"x", "y", "theta"}, {});
  try {
    parser.define_parameter("L", fmt::format("{:.17g}", deck.real("model.L")));
    const Expression psi = parser.parse(deck.text("start.psi"));
    return Program({&psi, 1}, {.coordinates = 3});
  } catch (const ExpressionError& error) {
    throw deck.error_inside("start.psi", Span{error.offset(), 1}, error.what());
  }
}

Frame frame_of(const Deck& deck) {
  const auto cells = deck.list_of_integer("grid.cells");
  const double length = deck.real("model.L");
  try {
    return read_frame(deck.file_path("start.file"),
                      {static_cast<int>(cells[0]), static_cast<int>(cells[1]), length, length},
                      {"c", "D_xx", "D_xy", "D_yy"}, Communicator(MPI_COMM_SELF));
  } catch (const InputError& error) {
    throw deck.error("start.file", error.what());
  }
}

}  // namespace

Complex Wave::direction() const {
  const Complex along(p, q);
  return (shear ? Complex(0, 1) : Complex(1)) * times(along, along) / std::norm(along);
}

Start::Start(const Deck& deck) : deck_(&deck) {
  const std::string& kind = deck.text("start.kind");
  if (kind == "nematic") {
    order_ = deck.real("start.order");
    angle_ = deck.real("start.angle");
  } else if (kind == "wave") {
    const auto vector = deck.list_of_integer("start.wave");
    wave_ = Wave{static_cast<int>(vector[0]), static_cast<int>(vector[1]), deck.text("start.component") == "shear",
                 deck.real("start.amplitude")};
    if (wave_->p == 0 && wave_->q == 0) throw deck.error("start.wave", "a wave vector of 0 is no wave");
  } else if (kind == "random") {
    families_ = deck.text("start.family") == "A" ? 2 : 1;
    seed_ = static_cast<std::uint64_t>(deck.integer("start.seed"));
    perturbation_ = deck.real("start.perturbation");
  } else if (kind == "expression") {
    formula_ = program_of(deck);
  } else if (kind == "run") {
    frame_ = frame_of(deck);
    if (deck.has("closure.order_margin") && deck.text("solver") == "moment")
      most_order_ += deck.real("closure.order_margin");
    bingham_ = deck.text("start.higher_moments") == "bingham";
  }
}

void Start::fill(const FourierGrid& grid, const Angular& angular, std::span<Complex> modes) const {
  std::ranges::fill(modes, 0.0);
  if (formula_) return fill_formula(grid, angular, modes);
  if (frame_) return fill_frame(grid, angular, modes);
  const long zero = grid.find(0, 0);
  const auto field = [&](int n) { return modes.subspan(angular.field_of(n) * grid.modes(), grid.modes()); };
  if (zero >= 0) field(0)[zero] = 1;
  if (order_ > 0 && zero >= 0) {
    const long double kappa = bessel_ratio_inverse(order_);
    long double size = 1;
    for (int m = 1; angular.field_of(2 * m) >= 0; ++m) {
      size *= bessel_ratio(m - 1, kappa);
      field(2 * m)[zero] = std::polar(static_cast<double>(size), 2 * m * angle_);
    }
  }
  if (wave_) add_wave(grid, field(2), wave_->p, wave_->q, 0, wave_->amplitude * wave_->direction());
  if (families_ > 0) add_random(grid, angular, seed_, 1, modes);
  if (perturbation_ > 0) add_random(grid, angular, seed_ + 1, perturbation_, modes);
}

void Start::add_random(const FourierGrid& grid, const Angular& angular, std::uint64_t seed, double factor,
                       std::span<Complex> modes) const {
  // Twelve waves: eight in the second harmonic of theta; of family A, two in the density and two in the fourth.
  for (std::uint64_t wave = 0; wave < (families_ == 2 ? 12 : 8); ++wave) {
    const auto draw = [&](std::uint64_t stream) { return uniform(seed, stream, wave); };
    // one of the 48 vectors of [-3, 3]^2 that are not 0
    const int number = static_cast<int>(48 * draw(0)), at = number < 24 ? number : number + 1;
    const int p = at % 7 - 3, q = at / 7 - 3;
    const double phase = 2 * pi * draw(1);
    const Complex turned = std::polar(1.0, 2 * pi * draw(2));
    const int n = wave < 8 ? 2 : (wave < 10 ? 0 : 4);
    const Complex amplitude = n == 2 ? 0.05 * turned : (n == 0 ? Complex(0.05) : 0.025 * turned);
    if (angular.field_of(n) >= 0)
      add_wave(grid, modes.subspan(angular.field_of(n) * grid.modes(), grid.modes()), p, q, phase, factor * amplitude);
  }
}

void Start::fill_frame(const FourierGrid& grid, const Angular& angular, std::span<Complex> modes) const {
  const long cells = grid.cells();
  std::vector<Complex> g(angular.fields() * cells);
  bool possible = true;
  for (long i = 0; i < cells; ++i) {
    const auto at = [&](const char* name) { return frame_->at(name)[grid.place(i)]; };
    const double c = at("c");
    const Complex z(at("D_xx") - at("D_yy"), 2 * at("D_xy"));
    const double order = std::abs(z) / c;
    if (!(c > 0 && order < most_order_)) {
      possible = false;
      break;
    }
    const double within = std::min(order, full_order);
    const long double kappa = bingham_ ? bessel_ratio_inverse(within) : 0;
    double size = c;
    g[i] = c;
    for (int m = 1; angular.field_of(2 * m) >= 0; ++m) {
      size *= bingham_ ? static_cast<double>(bessel_ratio(m - 1, kappa)) : within;
      g[angular.field_of(2 * m) * cells + i] = m == 1 ? z : std::polar(size, m * std::arg(z));
    }
  }
  if (!grid.communicator().all(possible))
    throw deck_->error("start.file", "there are cells where the density is not positive, or |z| is not below it",
                       "solver = \"moment\" with a larger closure.order_margin, or a frame of a finer grid");
  grid.to_modes(g, angular.fields(), modes);
  const long zero = grid.find(0, 0);
  const double mean = grid.communicator().sum(zero >= 0 ? modes[zero].real() : 0.0);
  for (Complex& mode : modes) mode /= mean;
}

void Start::fill_formula(const FourierGrid& grid, const Angular& angular, std::span<Complex> modes) const {
  const long cells = grid.cells();
  const int fields = angular.fields();
  const int angles = 4 * (fields - 1) * angular.stride() + 16;
  std::vector<double> at(3 * cells), psi(cells);
  std::vector<Complex> g(fields * cells);
  for (long i = 0; i < cells; ++i) {
    at[i] = grid.x(i);
    at[cells + i] = grid.y(i);
  }
  double odd = 0;
  std::vector<double> opposite(cells);
  const auto evaluate = [&](double theta, std::vector<double>& values) {
    std::fill(at.begin() + 2 * cells, at.end(), theta);
    formula_->evaluate(at, cells, values);
  };
  for (int j = 0; j < angles; ++j) {
    const double theta = 2 * pi * j / angles;
    evaluate(theta, psi);
    evaluate(theta + pi, opposite);
    for (long i = 0; i < cells; ++i) odd = std::max(odd, std::abs(psi[i] - opposite[i]));
    for (int field = 0; field < fields; ++field) {
      const Complex weight = std::polar(2 * pi / angles, field * angular.stride() * theta);
      for (long i = 0; i < cells; ++i) g[field * cells + i] += psi[i] * weight;
    }
  }
  grid.to_modes(g, fields, modes);
  const long zero = grid.find(0, 0);
  const double mean = grid.communicator().sum(zero >= 0 ? modes[zero].real() : 0.0);
  if (!(mean > 0)) throw deck_->error("start.psi", fmt::format("the mean density is {:.3g}, not positive", mean));
  if (angular.stride() > 1 && grid.communicator().max(odd) > 1e-10 * mean)
    throw deck_->error("start.psi", "Psi differs at opposite angles, and the hierarchy has even angular modes only",
                       "angle.representation = \"grid\"");
  for (Complex& mode : modes) mode /= mean;
}

}  // namespace residua::kinetic
