#include "kinetic/inverse_case.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/random.hpp"
#include "deck/deck.hpp"
#include "kinetic/frame.hpp"
#include "kinetic/keys.hpp"
#include "kinetic/learned_closure.hpp"
#include "kinetic/simulation.hpp"
#include "kinetic/trajectory_residual.hpp"
#include "run/case.hpp"
#include "run/context.hpp"
#include "solve/posterior.hpp"
#include "solve/trainer.hpp"

namespace residua::kinetic {
namespace {

constexpr std::uint64_t noise_stream = 0x1f3a;

double number(const Model& model, const std::string& name) {
  return name == "D_T" ? model.translation : model_value(model, name);
}

double frame_time(const Deck& deck, std::size_t k) { return deck.real(fmt::format("frames.{}.time", k)); }
std::string frame_key(std::size_t k) { return fmt::format("frames.{}.file", k); }

std::unique_ptr<Closure> closure_of(const Deck& deck) {
  const std::string& kind = deck.text("closure.kind");
  if (kind != "learned") return make_closure(kind, 1);
  const ClosureNetwork network = ClosureNetwork::read(deck.file_path("closure.file"), Communicator(MPI_COMM_SELF));
  if (network.level != 1)
    throw deck.error("closure.file",
                     fmt::format("this closure is for level {}, and frames hold c and z, level 1", network.level));
  for (const std::string& name : deck.list_of_text("unknown.numbers"))
    if (std::ranges::count(network.parameters, name) > 0)
      throw deck.error("unknown.numbers",
                       fmt::format("{} is an input of the closure, which is not differentiated in it", name));
  return std::make_unique<LearnedClosure>(network, model_of(deck));
}

/// Modes of c and z, [field][mode] of this rank, with noise in the cells of z.
class FrameReader {
 public:
  FrameReader(const Deck& deck, const FourierGrid& grid) : deck_(deck), grid_(grid) {}

  std::vector<double> read(std::size_t k) const {
    const Frame frame = fields(k);
    const long first = static_cast<long>(grid_.first_row()) * grid_.shape().nx, count = grid_.cells();
    const auto field = [&](const char* name) { return frame.at(name).data() + first; };
    const double *const c = field("c"), *const xx = field("D_xx"), *const xy = field("D_xy"), *const yy = field("D_yy");
    std::vector<Complex> cells(2 * count);
    for (long i = 0; i < count; ++i) {
      cells[i] = c[i];
      cells[count + i] = Complex(xx[i] - yy[i], 2 * xy[i]) + noise(k, first + i);
    }
    std::vector<double> modes(4 * grid_.modes());
    grid_.to_modes(cells, 2, {reinterpret_cast<Complex*>(modes.data()), modes.size() / 2});
    return modes;
  }

 private:
  Frame fields(std::size_t k) const {
    try {
      return read_frame(deck_.file_path(frame_key(k)), grid_.shape(), {"c", "D_xx", "D_xy", "D_yy"},
                        grid_.communicator());
    } catch (const InputError& error) {
      throw deck_.error(frame_key(k), error.what());
    }
  }

  Complex noise(std::size_t k, long cell) const {
    const auto seed = static_cast<std::uint64_t>(deck_.integer("data.noise_seed"));
    if (seed == 0 || k == 0) return 0;
    const std::uint64_t of_frame = subseed(seed, noise_stream, k);
    return deck_.real("data.std") * Complex(normal(of_frame, 0, static_cast<std::uint64_t>(cell)),
                                            normal(of_frame, 1, static_cast<std::uint64_t>(cell)));
  }

  const Deck& deck_;
  const FourierGrid& grid_;
};

class InverseCase final : public Case {
 public:
  void run(RunContext& context) override {
    const Deck& deck = context.deck();
    const Communicator& comm = context.communicator();
    const Reductions reductions = context.reproducible() ? Reductions::reproducible : Reductions::fast;
    const Model guess = model_of(deck);
    const std::vector<std::string> names = deck.list_of_text("unknown.numbers");
    const std::vector<std::int64_t> cells = deck.list_of_integer("grid.cells");
    const FourierGrid grid({static_cast<int>(cells[0]), static_cast<int>(cells[1]), guess.length, guess.length}, comm);
    TrajectoryResidual residual = residual_of(deck, grid, reductions, names);
    residual.set_reductions(reductions);

    Trainer trainer(residual, {"residua_lm", "kinetic_inverse_", deck.integer("unknown.iterations"), {}});
    if (context.restart()) trainer.resume(*context.restart());
    trainer.on_iteration([&](const Iterate& at) { return watch(context, trainer, at); });
    std::vector<double> values;
    for (const std::string& name : names) values.push_back(number(guess, name));
    const VecHandle u = residual.make_unknowns();
    scatter(values, u);
    const Timer timer;
    const Outcome outcome = trainer.solve(u);
    context.timing("solve", timer.seconds());
    if (context.stop_requested()) return;
    if (outcome.failed) throw Error(fmt::format("the search for the numbers failed: {}", outcome.reason));

    values = gather(comm, u);
    const auto count = static_cast<int>(names.size());
    const std::vector<double> covariance = Posterior(residual, u).covariance(count);
    for (int k = 0; k < count; ++k) {
      context.metric(names[k], values[k]);
      context.metric(names[k] + "_std", std::sqrt(covariance[k * count + k]));
    }
    context.metric("chi_squared", 2 * outcome.objective / static_cast<double>(residual.rows() - count));
    context.metric("iterations", static_cast<double>(outcome.iterations));
  }

 private:
  static TrajectoryResidual residual_of(const Deck& deck, const FourierGrid& grid, Reductions reductions,
                                        const std::vector<std::string>& names) {
    const FrameReader reader(deck, grid);
    std::vector<TrajectoryData> runs(1);
    runs[0].system =
        std::make_unique<MomentSystem>(grid, closure_of(deck),
                                       MomentSystem::Settings{.model = model_of(deck),
                                                              .stress_tolerance = deck.real("flow.tolerance"),
                                                              .reductions = reductions,
                                                              .closure_parameters = false,
                                                              .numbers = names});
    runs[0].start = reader.read(0);
    for (std::size_t k = 1; k < deck.count("frames"); ++k) runs[0].frames.push_back(reader.read(k));
    const double all = static_cast<double>(grid.shape().nx) * grid.shape().ny;
    return {grid.communicator(),
            std::move(runs),
            {.interval = frame_time(deck, 1) - frame_time(deck, 0),
             .step = deck.real("time.step"),
             .order = static_cast<int>(deck.integer("time.order")),
             .scale = std::sqrt(all) / deck.real("data.std")}};
  }

  /// On a restart the iteration that was saved is seen again.
  static Control watch(RunContext& context, const Trainer& trainer, const Iterate& at) {
    const bool seen = context.restart() && at.iteration <= context.restart()->arrays.at("trainer/iteration")[0];
    if (!seen) context.record(at.iteration, {{"loss", at.objective}, {"gradient", at.gradient_norm}});
    context.progress({.iteration = at.iteration, .loss = at.objective, .note = "numbers of the model"});
    if (!context.checkpoint_due()) return Control::go_on;
    State state;
    trainer.save(state);
    context.save(std::move(state));
    return context.stop_requested() ? Control::stop : Control::go_on;
  }
};

void check(const Deck& deck) {
  const double interval = frame_time(deck, 1) - frame_time(deck, 0);
  for (std::size_t k = 1; k < deck.count("frames"); ++k)
    if (!(interval > 0) || std::abs(frame_time(deck, k) - frame_time(deck, k - 1) - interval) > 1e-9 * interval)
      throw deck.error(fmt::format("frames.{}.time", k), "the times of the frames do not increase by equal intervals");
  const std::vector<std::string> names = deck.list_of_text("unknown.numbers");
  for (const std::string& name : names)
    if (std::ranges::count(names, name) > 1)
      throw deck.error("unknown.numbers", fmt::format("{} is there twice", name));
  if (deck.integer("time.order") == 3) throw deck.error("time.order", "there is no method of order 3", "2 or 4");
  if (deck.text("closure.kind") == "learned") closure_of(deck);
}

}  // namespace

void register_inverse_case() {
  residua::register_case({"kinetic_inverse", "Numbers of an active suspension's model from snapshots of it",
                          declare_inverse, check,
                          [](const Deck&) -> std::unique_ptr<Case> { return std::make_unique<InverseCase>(); }});
}

}  // namespace residua::kinetic
