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

ClosureChoice closure_of(const Deck& deck) {
  const std::string& kind = deck.text("closure.kind");
  if (kind != "learned") return {kind, static_cast<int>(deck.integer("closure.level")), nullptr};
  const ClosureNetwork network = ClosureNetwork::read(deck.file_path("closure.file"), Communicator(MPI_COMM_SELF));
  for (const std::string& name : deck.list_of_text("unknown.numbers"))
    if (std::ranges::count(network.parameters, name) > 0)
      throw deck.error("unknown.numbers",
                       fmt::format("{} is an input of the closure, which is not differentiated in it", name));
  return {kind, network.level, std::make_shared<ClosureNetwork>(network)};
}

/// What of the later frames is compared, with the standard deviation of its errors.
struct Observed {
  bool order = false, velocity = false;
  std::vector<double> deviations;  ///< [field]
};

Observed observed_of(const Deck& deck) {
  Observed observed;
  for (const std::string& name : deck.list_of_text("data.observed")) {
    if (name == "order") observed.order = true;
    if (name == "velocity") observed.velocity = true;
  }
  if (observed.order) observed.deviations.push_back(deck.real("data.std"));
  if (observed.velocity) observed.deviations.push_back(deck.real("data.velocity_std"));
  return observed;
}

/// Modes of the frames' fields, [field][mode] of this rank, with noise in the cells.
class FrameReader {
 public:
  FrameReader(const Deck& deck, const FourierGrid& grid) : deck_(deck), grid_(grid) {}

  /// c and z of the first frame.
  std::vector<double> start() const {
    std::vector<Complex> cells(2 * grid_.cells());
    const Frame frame = fields(0, {"c", "D_xx", "D_xy", "D_yy"});
    for (long i = 0; i < grid_.cells(); ++i) cells[i] = frame.at("c")[grid_.place(i)];
    order(frame, std::span(cells).subspan(grid_.cells()));
    if (deck_.has("data.start_std"))
      add_noise(0, 0, deck_.real("data.start_std"), std::span(cells).subspan(grid_.cells()));
    return modes_of(cells);
  }

  /// What is compared of a later one.
  std::vector<double> later(std::size_t k, const Observed& observed) const {
    std::vector<std::string> names;
    if (observed.order) names = {"D_xx", "D_xy", "D_yy"};
    if (observed.velocity) names.insert(names.end(), {"u", "v"});
    const Frame frame = fields(k, names);
    std::vector<Complex> cells(observed.deviations.size() * grid_.cells());
    std::span<Complex> to(cells);
    if (observed.order) {
      order(frame, to);
      add_noise(k, 0, observed.deviations.front(), to.first(grid_.cells()));
      to = to.subspan(grid_.cells());
    }
    if (observed.velocity) {
      const std::vector<double>&u = frame.at("u"), &v = frame.at("v");
      for (long i = 0; i < grid_.cells(); ++i) to[i] = Complex(u[grid_.place(i)], v[grid_.place(i)]);
      add_noise(k, 2, observed.deviations.back(), to);
    }
    return modes_of(cells);
  }

 private:
  Frame fields(std::size_t k, const std::vector<std::string>& names) const {
    try {
      return read_frame(deck_.file_path(frame_key(k)), grid_.shape(), names, grid_.communicator());
    } catch (const InputError& error) {
      throw deck_.error(frame_key(k), error.what());
    }
  }

  void order(const Frame& frame, std::span<Complex> z) const {
    const std::vector<double>&xx = frame.at("D_xx"), &xy = frame.at("D_xy"), &yy = frame.at("D_yy");
    for (long i = 0; i < grid_.cells(); ++i) {
      const long at = grid_.place(i);
      z[i] = Complex(xx[at] - yy[at], 2 * xy[at]);
    }
  }

  void add_noise(std::size_t k, std::uint64_t stream, double deviation, std::span<Complex> cells) const {
    const auto seed = static_cast<std::uint64_t>(deck_.integer("data.noise_seed"));
    if (seed == 0) return;
    const std::uint64_t of_frame = subseed(seed, noise_stream, k);
    for (long i = 0; i < std::ssize(cells); ++i) {
      const auto cell = static_cast<std::uint64_t>(grid_.place(i));
      cells[i] += deviation * Complex(normal(of_frame, stream, cell), normal(of_frame, stream + 1, cell));
    }
  }

  std::vector<double> modes_of(std::span<const Complex> cells) const {
    const auto fields = static_cast<int>(std::ssize(cells) / grid_.cells());
    std::vector<double> modes(2 * fields * grid_.modes());
    grid_.to_modes(cells, fields, complex_span(std::span(modes)));
    return modes;
  }

  const Deck& deck_;
  const FourierGrid& grid_;
};

class InverseCase final : public Case {
 public:
  void run(RunContext& context) override {
    const Deck& deck = context.deck();
    const Communicator& comm = context.communicator();
    check_process_grid(deck, comm);
    const Reductions reductions = context.reproducible() ? Reductions::reproducible : Reductions::fast;
    const Model guess = model_of(deck);
    const std::vector<std::string> names = deck.list_of_text("unknown.numbers");
    const std::vector<std::int64_t> cells = deck.list_of_integer("grid.cells");
    const int nx = static_cast<int>(cells[0]), ny = static_cast<int>(cells[1]);
    const FourierGrid grid({nx, ny, guess.length, guess.length}, comm,
                           given_process_grid(deck).value_or(fitting_process_grid(nx, ny, comm.size())));
    TrajectoryResidual residual = residual_of(deck, grid, reductions, names);
    residual.set_reductions(reductions);

    // Straight steps: the residual is a whole trajectory, too dear for what a curved step costs.
    Trainer trainer(
        residual,
        {"residua_lm", "kinetic_inverse_", deck.integer("unknown.iterations"), {{"tao_residua_lm_acceleration", "0"}}});
    if (context.restart()) trainer.resume(*context.restart());
    trainer.on_iteration([&](const Iterate& at) { return watch(context, trainer, at); });
    std::vector<double> values;
    for (const std::string& name : names) values.push_back(number(guess, name));
    const VecHandle u = residual.make_unknowns();
    scatter(residual.with_waves(values), u);
    const Timer timer;
    const Outcome outcome = trainer.solve(u);
    context.timing("solve", timer.seconds());
    if (context.stop_requested()) return;
    if (outcome.failed) throw Error(fmt::format("the search for the numbers failed: {}", outcome.reason));

    const std::vector<double> found = gather(comm, u);
    const auto count = static_cast<int>(names.size());
    values.assign(found.end() - count, found.end());
    const std::vector<double> covariance = Posterior(residual, u).covariance(count);
    for (int k = 0; k < count; ++k) {
      context.metric(names[k], values[k]);
      context.metric(names[k] + "_std", std::sqrt(covariance[k * count + k]));
    }
    context.metric("chi_squared", 2 * outcome.objective / static_cast<double>(residual.rows() - residual.unknowns()));
    context.metric("iterations", static_cast<double>(outcome.iterations));
  }

 private:
  static TrajectoryResidual residual_of(const Deck& deck, const FourierGrid& grid, Reductions reductions,
                                        const std::vector<std::string>& names) {
    const FrameReader reader(deck, grid);
    const Observed observed = observed_of(deck);
    std::vector<TrajectoryData> runs(1);
    TrajectoryData& run = runs.front();
    MomentSystem::Settings of_system{.model = model_of(deck),
                                     .stress_tolerance = stress_tolerance(deck, 0),
                                     .reductions = reductions,
                                     .closure_parameters = false,
                                     .numbers = names};
    if (deck.text("closure.kind") == "truncation") of_system.margin.reset();  // as kinetic runs
    run.system = std::make_unique<MomentSystem>(grid, make_closure(closure_of(deck), of_system.model, grid), of_system);
    const int fields = run.system->fields();
    run.start = reader.start();
    const double root_cells = std::sqrt(static_cast<double>(grid.shape().nx) * grid.shape().ny);
    if (deck.has("data.start_std"))
      run.waves.emplace(grid, fields, static_cast<int>(deck.integer("unknown.start_waves")), run.start,
                        root_cells / deck.real("data.start_std"));
    run.start.resize(run.system->local_size());
    add_higher_moments(grid, fields, run.start);
    for (std::size_t k = 1; k < deck.count("frames"); ++k) run.frames.push_back(reader.later(k, observed));
    TrajectorySettings settings{.interval = frame_time(deck, 1) - frame_time(deck, 0),
                                .step = deck.real("time.step"),
                                .order = time_order(deck, false),
                                .moments = observed.order ? 1 : 0,
                                .velocity = observed.velocity};
    for (const double deviation : observed.deviations) settings.scales.push_back(root_cells / deviation);
    return {grid.communicator(), std::move(runs), settings};
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

void check_data(const Deck& deck) {
  const std::vector<std::string> observed = deck.list_of_text("data.observed");
  for (const auto& [name, key] : {std::pair{"order", "data.std"}, {"velocity", "data.velocity_std"}})
    if (std::ranges::count(observed, name) > 0 && !deck.has(key))
      throw deck.error("data.observed", fmt::format("{} is compared, and its error is not given", name),
                       fmt::format("{} = 0.01", key));
  const std::vector<std::int64_t> cells = deck.list_of_integer("grid.cells");
  const std::int64_t most = (std::ranges::min(cells) - 1) / 3;
  if (deck.has("data.start_std") && deck.integer("unknown.start_waves") > most)
    throw deck.error("unknown.start_waves", "the grid keeps fewer waves", fmt::format("at most {}", most));
}

void check(const Deck& deck) {
  const double interval = frame_time(deck, 1) - frame_time(deck, 0);
  for (std::size_t k = 1; k < deck.count("frames"); ++k)
    if (!(interval > 0) || std::abs(frame_time(deck, k) - frame_time(deck, k - 1) - interval) > 1e-9 * interval)
      throw deck.error(fmt::format("frames.{}.time", k), "the times of the frames do not increase by equal intervals");
  const std::vector<std::string> names = deck.list_of_text("unknown.numbers");
  for (const std::string& name : names)
    if (std::ranges::count(names, name) > 1)
      throw deck.error("unknown.numbers", fmt::format("{} is there twice", name));
  time_order(deck, false);
  const ClosureChoice closure = closure_of(deck);
  try {
    if (!closure.network) make_closure(closure.kind, closure.level);
  } catch (const Error& error) {
    throw deck.error("closure.level", error.what());
  }
  check_data(deck);
}

}  // namespace

void register_inverse_case() {
  residua::register_case({"kinetic_inverse", "Numbers of an active suspension's model from snapshots of it",
                          declare_inverse, check,
                          [](const Deck&) -> std::unique_ptr<Case> { return std::make_unique<InverseCase>(); }});
}

}  // namespace residua::kinetic
