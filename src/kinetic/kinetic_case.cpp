#include "kinetic/kinetic_case.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "base/error.hpp"
#include "deck/deck.hpp"
#include "kinetic/closure_defect.hpp"
#include "kinetic/closure_twin.hpp"
#include "kinetic/exact.hpp"
#include "kinetic/keys.hpp"
#include "kinetic/learned_closure.hpp"
#include "kinetic/reference_run.hpp"
#include "kinetic/resolution.hpp"
#include "kinetic/simulation.hpp"
#include "run/case.hpp"
#include "run/context.hpp"

namespace residua::kinetic {
namespace {

const std::string twin_prefix = "twin/";  ///< of its arrays in a checkpoint

/// What the outputs so far have shown; saved with the state.
struct Seen {
  double outputs = 0;
  double first_wave = 0, first_density = 0;
  double drift = 0, defect = 0;
  double warned_state = 0;
  double unrealizable = 0;                             ///< largest share of cells
  double training_distance = 0, outside_training = 0;  ///< largest ones

  std::vector<double> pack() const {
    return {outputs,      first_wave,   first_density,     drift,           defect,
            warned_state, unrealizable, training_distance, outside_training};
  }
  static Seen unpack(const std::vector<double>& v) { return {v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]}; }
};

ClosureChoice closure_of(const Deck& deck) {
  ClosureChoice choice{deck.text("closure.kind"),
                       static_cast<int>(deck.integer("closure.level")),
                       nullptr,
                       {deck.real("closure.order_margin"), deck.real("closure.margin")}};
  if (choice.kind == "learned") {
    choice.network = std::make_shared<ClosureNetwork>(
        ClosureNetwork::read(deck.file_path("closure.file"), Communicator(MPI_COMM_SELF)));
    if (deck.given("closure.level") && choice.level != choice.network->level)
      throw deck.error("closure.level", fmt::format("the closure of {} is for level {}", deck.text("closure.file"),
                                                    choice.network->level));
    choice.level = choice.network->level;
  } else if (choice.level > 1 && choice.kind != "truncation" && choice.kind != "middle") {
    throw deck.error("closure.level", fmt::format("the {} closure is for level 1", choice.kind),
                     "closure.kind = \"middle\"");
  }
  return choice;
}

SimulationSettings settings_of(const Deck& deck, bool reproducible) {
  SimulationSettings settings = simulation_settings(deck, reproducible);
  if (deck.text("solver") == "moment") settings.closure = closure_of(deck);
  return settings;
}

class KineticCase final : public Case {
 public:
  explicit KineticCase(const Deck& deck)
      : start_(deck),
        reference_(ReferenceRun::of(deck)),
        end_(deck.real("time.end")),
        every_(deck.has("output.every") ? deck.real("output.every") : end_),
        growth_(deck.flag("measure.growth_rate")),
        order_(deck.flag("measure.order_parameter")) {}

  void run(RunContext& context) override {
    check_process_grid(context.deck(), context.communicator());
    settings_ = settings_of(context.deck(), context.reproducible());
    warn_of_transfer(context);
    resolution_.emplace(limits(context.deck()));
    Simulation simulation(settings_, context.communicator());
    if (has_defect() && context.deck().flag("closure.estimate"))
      twin_.emplace(twin_settings(settings_), context.communicator());
    double next = 0;
    if (context.restart()) {
      simulation.load(*context.restart());
      seen_ = Seen::unpack(context.restart()->arrays.at("seen"));
      resolution_->unpack(context.restart()->arrays.at("resolution"));
      if (twin_) load_twin(*context.restart());
      if (reference_) reference_->load(*context.restart());
      next = simulation.target();
    } else {
      simulation.begin(start_);
      if (twin_) twin_->begin(start_);
      output(context, simulation);
      next = after(0);
    }
    for (;; next = after(next)) {
      if (!march(context, simulation, simulation, next, "march") || !follow(context, simulation, next)) return;
      output(context, simulation);
      if (next >= end_) break;
    }
    finish(context, simulation);
  }

 private:
  /// The time of the next output; a run that is continued may have another output.every.
  double after(double t) const { return std::min(end_, (std::floor(t / every_ + 1e-9) + 1) * every_); }

  /// Where a learned closure meets another model than it was fitted to, and does not know of it.
  void warn_of_transfer(const RunContext& context) const {
    if (!settings_.closure || !settings_.closure->network) return;
    const ClosureNetwork& network = *settings_.closure->network;
    for (std::size_t k = 0; k < model_names().size(); ++k) {
      const std::string& name = model_names()[k];
      const double here = model_value(settings_.model, name);
      if (std::ranges::count(network.parameters, name) == 0 && here != network.fixed[k])
        context.log().warn("the closure was fitted at {} = {}, and does not know that it is {} here", name,
                           network.fixed[k], here);
    }
  }

  /// Takes one of the two, the run or its twin, to a time, whose seconds count as `timing`; false when the run has to
  /// stop.
  bool march(RunContext& context, Simulation& run, Simulation& which, double to, const std::string& timing) {
    Timer timer;
    double counted = 0;
    const auto count = [&] {
      const double now = timer.seconds();
      context.timing(timing, now - counted);
      counted = now;
    };
    const bool reached = which.advance(to, [&] {
      context.progress({.iteration = run.steps(),
                        .done = which.time() / end_,
                        .note = fmt::format("t = {:.4g}, {} angular fields", which.time(), which.fields())});
      if (!context.checkpoint_due()) return true;
      count();
      State state = run.save();
      state.arrays["seen"] = seen_.pack();
      state.arrays["resolution"] = resolution_->pack();
      if (twin_)
        for (auto& [name, values] : twin_->save().arrays) state.arrays[twin_prefix + name] = std::move(values);
      if (reference_) reference_->save(state);
      context.save(std::move(state));
      return !context.stop_requested();
    });
    count();
    return reached;
  }

  /// The same of the twin. Where that ends early, the run goes on without it.
  bool follow(RunContext& context, Simulation& run, double to) {
    if (!twin_) return true;
    try {
      return march(context, run, *twin_, to, "estimate");
    } catch (const InputError&) {
      throw;
    } catch (const Error& error) {
      context.log().warn("from here on the run does not estimate its error: with one moment more, {}", error.what());
      twin_.reset();
    }
    return true;
  }

  void load_twin(const State& saved) {
    State state;
    for (auto at = saved.arrays.lower_bound(twin_prefix);
         at != saved.arrays.end() && at->first.starts_with(twin_prefix); ++at)
      state.arrays[at->first.substr(twin_prefix.size())] = at->second;
    if (state.arrays.empty())
      twin_.reset();
    else
      twin_->load(state);
  }

  bool has_defect() const { return settings_.closure && settings_.closure->kind != "truncation"; }
  bool has_angle_tail() const { return !settings_.closure || settings_.closure->kind == "truncation"; }

  ResolutionWatch::Limits limits(const Deck& deck) const {
    return {.space = deck.real("grid.tolerance"),
            .angle = has_angle_tail() ? settings_.angle_tolerance : INFINITY,
            .angle_key = settings_.closure ? "closure.level" : (settings_.angles ? "angle.angles" : "angle.moments")};
  }

  void output(RunContext& context, Simulation& simulation) {
    const double t = simulation.time();
    last_ = observe(simulation.system(), t, simulation.state(), start_.wave());
    if (seen_.outputs == 0) {
      seen_.first_wave = last_.wave;
      seen_.first_density = last_.mean_density;
    }
    const double size = std::max(last_.power.dissipated, 1e-300);
    const double defect = std::abs(last_.power.dissipated - last_.power.injected) / size;
    if (last_.power.dissipated > 1e-20) seen_.defect = std::max(seen_.defect, defect);
    seen_.drift = std::max(seen_.drift, std::abs(last_.mean_density - seen_.first_density));
    resolution_->look(t, last_.tails);
    warn(context, t);
    std::vector<std::pair<std::string, double>> row = {{"time", t},
                                                       {"least_density", last_.least_density},
                                                       {"mean_order", last_.mean_order},
                                                       {"most_order", last_.most_order},
                                                       {"speed", last_.speed},
                                                       {"power", last_.power.dissipated},
                                                       {"space_tail", last_.tails.space},
                                                       {"angular_fields", simulation.fields()}};
    if (has_angle_tail()) row.emplace_back("angle_tail", last_.tails.angle);
    if (start_.wave()) row.emplace_back("wave", last_.wave);
    if (has_defect()) judge(context, simulation, row);
    if (reference_)
      for (const auto& error : reference_->compare(simulation.system(), t, simulation.state())) row.push_back(error);
    context.record(simulation.steps(), row);
    if (every_ < end_) context.write_frame(fields_of(simulation.system(), t, simulation.state()), t);
    ++seen_.outputs;
  }

  /// How far the closure is from the kinetic equation, and the state from what a network was fitted to.
  void judge(const RunContext& context, Simulation& simulation, ReferenceRun::Values& row) {
    const std::unique_ptr<Closure> closure =
        make_closure(*settings_.closure, settings_.model, simulation.system().grid());
    const ClosureDefect defect = closure_defect(simulation.system(), *closure, simulation.time(), simulation.state());
    row.emplace_back("closure_defect", defect.relative);
    if (twin_) row.emplace_back("error_estimate", difference_of(simulation, *twin_));
    if (!settings_.closure->network) return;
    const TrainingDistance distance =
        training_distance(simulation.system(), *settings_.closure->network, simulation.time(), simulation.state());
    row.emplace_back("training_distance", distance.deviations);
    row.emplace_back("outside_training", distance.outside);
    if (distance.outside > 0.1 && seen_.outside_training <= 0.1)
      context.log().warn("at t = {:.4g} the closure was fitted to nothing like {:.0f} % of the cells",
                         simulation.time(), 100 * distance.outside);
    seen_.training_distance = std::max(seen_.training_distance, distance.deviations);
    seen_.outside_training = std::max(seen_.outside_training, distance.outside);
  }

  /// Of states that cannot be.
  void warn(const RunContext& context, double t) {
    if (last_.unrealizable > 0 && seen_.unrealizable == 0)
      context.log().warn(
          "at t = {:.4g} no density has the moments in a share of {:.1e} of the cells, which are drawn back up to "
          "closure.margin = {}, and |z| up to closure.order_margin = {}: what grid and steps do not resolve, or the "
          "closure",
          t, last_.unrealizable, settings_.closure->margin.higher, settings_.closure->margin.order);
    seen_.unrealizable = std::max(seen_.unrealizable, last_.unrealizable);
    if (!settings_.closure && seen_.warned_state == 0 && (last_.least_density <= 0 || last_.most_order > 1)) {
      context.log().warn("the density is negative somewhere at t = {:.4g}: least c = {:.4g}, largest |z|/c = {:.6g}", t,
                         last_.least_density, last_.most_order);
      seen_.warned_state = 1;
    }
  }

  void finish(RunContext& context, Simulation& simulation) {
    context.write_fields(fields_of(simulation.system(), simulation.time(), simulation.state()));
    context.metric("steps", static_cast<double>(simulation.steps()));
    context.metric("angular_fields", simulation.fields());
    context.metric("mass_drift", seen_.drift);
    context.metric("power_defect", seen_.defect);
    context.metric("space_tail", resolution_->largest().space);
    if (has_angle_tail()) context.metric("angle_tail", resolution_->largest().angle);
    if (settings_.closure) context.metric("unrealizable", seen_.unrealizable);
    if (twin_) context.metric("error_estimate", difference_of(simulation, *twin_));
    if (settings_.closure && settings_.closure->network) {
      context.metric("training_distance", seen_.training_distance);
      context.metric("outside_training", seen_.outside_training);
    }
    context.metric("mean_order", last_.mean_order);
    context.metric("most_order", last_.most_order);
    context.metric("least_density", last_.least_density);
    const double march = context.timings().at("march");
    context.timing("seconds_per_step", march / static_cast<double>(simulation.steps()));
    context.timing("seconds_per_time", march / simulation.time());
    if (reference_)
      for (const auto& [name, mean] : reference_->means()) context.metric(name, mean);
    if (growth_) {
      const Wave& wave = *start_.wave();
      const double k = 2 * std::numbers::pi / settings_.model.length * std::hypot(wave.p, wave.q);
      report(context, "growth_rate", std::log(last_.wave / seen_.first_wave) / end_,
             growth_rate(settings_.model, k, wave.shear));
    }
    if (order_) report(context, "s", last_.mean_order, nematic_order(settings_.model));
  }

  static void report(RunContext& context, const std::string& name, double found, double exact) {
    context.metric(name, found);
    context.metric(name + "_exact", exact);
    context.metric(name + "_error", std::abs(found - exact));
  }

  Start start_;
  std::optional<ReferenceRun> reference_;
  double end_, every_;
  bool growth_, order_;
  SimulationSettings settings_;
  Seen seen_;
  std::optional<ResolutionWatch> resolution_;
  std::optional<Simulation> twin_;  ///< while there is one
  Observation last_;
};

void check(const Deck& deck) {
  const SimulationSettings settings = settings_of(deck, false);
  const Start start(deck);
  ReferenceRun::of(deck);
  const int most_p = (settings.nx - 1) / 3, most_q = (settings.ny - 1) / 3;
  if (const auto& wave = start.wave(); wave && (std::abs(wave->p) > most_p || std::abs(wave->q) > most_q))
    throw deck.error("start.wave", fmt::format("the grid keeps wave numbers up to {} and {}", most_p, most_q));
  if (deck.text("start.kind") == "random" && std::min(most_p, most_q) < 3)
    throw deck.error("grid.cells", "random waves have wave numbers up to 3, and so few cells do not keep them",
                     "at least 10");
  if (deck.flag("measure.growth_rate") && !start.wave())
    throw deck.error("measure.growth_rate", "only a wave has a growth rate", "start.kind = \"wave\"");
  if (deck.flag("measure.order_parameter") && deck.text("start.kind") != "nematic")
    throw deck.error("measure.order_parameter", "the closed form is that of a uniform nematic",
                     "start.kind = \"nematic\"");
}

}  // namespace

void register_case() {
  residua::register_case(
      {"kinetic", "An active suspension: its kinetic equation, or moments of it with a closure", declare_kinetic, check,
       [](const Deck& deck) -> std::unique_ptr<Case> { return std::make_unique<KineticCase>(deck); }});
}

}  // namespace residua::kinetic
