#include "logistic_case.hpp"

#include <chrono>
#include <cmath>
#include <memory>
#include <sstream>
#include <thread>
#include <vector>

#include "base/communicator.hpp"
#include "base/error.hpp"
#include "base/reduction.hpp"
#include "deck/deck.hpp"
#include "deck/schema.hpp"
#include "io/fields.hpp"
#include "io/file.hpp"
#include "run/case.hpp"
#include "run/context.hpp"

namespace residua::test {
namespace {

void declare(Schema& schema) {
  schema.section("map", "The iteration.")
      .real("rate", 3.9, "Its parameter.")
      .above(0)
      .at_most(4)
      .integer("count", 12, "Maps.")
      .at_least(1)
      .file("start", unset, "As many numbers, where each map starts.")
      .integer("iterations", 100, "Iterations.")
      .at_least(0)
      .real("pause", 0, "Sleep in each iteration.")
      .unit("s")
      .at_least(0);
  schema.section("fault", "What goes wrong, on purpose.")
      .choice("kind", "none",
              {{"none", ""},
               {"error", "an Error"},
               {"input", "an InputError"},
               {"exception", "a std::exception"},
               {"metric", "a metric that is not a number"},
               {"bit", "after a restart each number of the state is wrong in its last bit"}},
              "The fault.")
      .integer("iteration", 10, "When.")
      .integer("rank", 0, "On which rank; -1 for all.");
}

void check(const Deck& deck) {
  if (deck.real("map.rate") == 1) throw deck.error("map.rate", "is 1, which is dull");
}

class LogisticCase final : public Case {
 public:
  explicit LogisticCase(const Deck& deck)
      : x_(static_cast<std::size_t>(deck.integer("map.count"))), last_(deck.integer("map.iterations")) {
    for (std::size_t i = 0; i < x_.size(); ++i) x_[i] = static_cast<double>(i + 1) / static_cast<double>(x_.size() + 1);
    if (!deck.has("map.start")) return;
    std::istringstream numbers(read_file(deck.file_path("map.start")));
    for (double& x : x_) numbers >> x;
  }

  void run(RunContext& context) override {
    if (context.restart()) {
      x_ = context.restart()->arrays.at("x");
      iteration_ = std::stol(context.restart()->texts.at("iteration"));
      if (context.deck().text("fault.kind") == "bit") spoil();
    }
    const double pause = context.deck().real("map.pause");
    while (iteration_ < last_) {
      misbehave(context);
      step(context);
      std::this_thread::sleep_for(std::chrono::duration<double>(pause));
      context.record(iteration_, {{"loss", x_[0]}, {"error", x_[1 % x_.size()]}});
      context.progress({.iteration = iteration_, .total = last_, .loss = x_[0]});
      if (context.checkpoint_due()) context.save({{{"x", x_}}, {{"iteration", std::to_string(iteration_)}}});
      if (context.stop_requested()) return;
    }
    finish(context);
  }

 private:
  /// All of them: near a half the map is flat, and one wrong bit alone is often rounded away.
  void spoil() {
    for (double& x : x_) x = std::nextafter(x, 1.0);
  }

  void misbehave(RunContext& context) const {
    const Deck& deck = context.deck();
    const auto rank = deck.integer("fault.rank");
    if (iteration_ != deck.integer("fault.iteration")) return;
    if (rank >= 0 && rank != context.communicator().rank()) return;
    const std::string& kind = deck.text("fault.kind");
    if (kind == "error") throw Error("the map broke");
    if (kind == "input") throw InputError("the map is a mistake");
    if (kind == "exception") throw std::out_of_range("the map left its range");
    if (kind == "metric") context.metric("rel_l2", NAN);
  }

  /// Each rank advances its part; the mean, summed as the deck says, couples them.
  void step(const RunContext& context) {
    const Communicator& world = context.communicator();
    const std::size_t n = x_.size(), ranks = static_cast<std::size_t>(world.size());
    const std::size_t begin = n * static_cast<std::size_t>(world.rank()) / ranks;
    const std::size_t end = n * static_cast<std::size_t>(world.rank() + 1) / ranks;
    double sum = 0;
    if (context.reproducible()) {
      TreeReduction tree(static_cast<long>(n));
      for (std::size_t i = begin; i < end; ++i) tree.put(static_cast<long>(i), {x_[i]});
      sum = tree.finish(world)[0];
    } else {
      for (std::size_t i = begin; i < end; ++i) sum += x_[i];
      sum = world.sum(sum);
    }
    const double mean = sum / static_cast<double>(n), rate = context.deck().real("map.rate");
    std::vector<double> part;
    for (std::size_t i = begin; i < end; ++i)
      part.push_back(rate * (0.9 * x_[i] * (1 - x_[i]) + 0.1 * mean * (1 - mean)));
    x_ = world.gather(part);
    ++iteration_;
  }

  void finish(RunContext& context) const {
    double sum = 0;
    for (const double x : x_) sum += x;
    context.metric("sum", sum);
    context.metric("first", x_[0]);
    Axis axis{"x", {}};
    for (std::size_t i = 0; i < x_.size(); ++i) axis.values.push_back(static_cast<double>(i));
    FieldSet fields({axis}, "", context.communicator());
    const auto first = x_.begin() + static_cast<long>(fields.begin());
    fields.set("u", std::vector<double>(first, first + static_cast<long>(fields.local_size())));
    context.write_fields(fields);
  }

  std::vector<double> x_;
  long iteration_ = 0, last_;
};

}  // namespace

void register_logistic_case() {
  register_case({"logistic", "Coupled logistic maps, for tests.", declare, check,
                 [](const Deck& deck) { return std::make_unique<LogisticCase>(deck); }});
}

}  // namespace residua::test
