#include "run/driver.hpp"

#include <memory>
#include <optional>
#include <variant>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/progress.hpp"
#include "base/signal.hpp"
#include "base/version.hpp"
#include "deck/node.hpp"
#include "io/file.hpp"
#include "io/summary.hpp"
#include "run/case.hpp"
#include "run/context.hpp"
#include "run/keys.hpp"
#include "run/run_directory.hpp"
#include "run/versions.hpp"

namespace residua {
namespace {

nlohmann::json json_of(const Node& node) {
  nlohmann::json json;
  switch (node.kind) {
    case Node::Kind::scalar:
      std::visit([&](const auto& value) { json = value; }, node.scalar);
      break;
    case Node::Kind::list:
      json = nlohmann::json::array();
      for (const Node& child : node.children) json.push_back(json_of(child));
      break;
    default:
      json = nlohmann::json::object();
      for (const Node& child : node.children) json[child.name] = json_of(child);
  }
  return json;
}

RunContext::Settings settings_of(const ReadyDeck& deck, const RunDirectory& directory) {
  return {.directory = directory.path(),
          .fingerprint = deck.fingerprint,
          .reproducible = deck.deck.text("run.reductions") == "reproducible",
          .checkpoint_every = deck.deck.real("checkpoint.every"),
          .checkpoint_keep = static_cast<int>(deck.deck.integer("checkpoint.keep")),
          .progress_every = deck.deck.real("output.progress_every"),
          .fields = deck.deck.flag("output.fields")};
}

void finish(const RunContext& context, const ReadyDeck& deck, const RunDirectory& directory) {
  Summary summary{.case_kind = deck.kind->name,
                  .metrics = context.metrics(),
                  .timing = context.timings(),
                  .ranks = context.communicator().size(),
                  .threads = host_threads(),
                  .versions = versions(),
                  .deck = json_of(deck.deck.root())};
  summary.timing["total"] = context.seconds();
  on_root(context.communicator(), [&] { write_summary(summary, directory / "summary.json"); });
  for (const auto& [name, value] : summary.metrics) log().info("{} = {:.6g}", name, value);
  log().info("done in {}; results in {}", clock_text(context.seconds()), directory.path().string());
}

}  // namespace

int run_deck(const RunRequest& request, const Communicator& communicator) {
  const ReadyDeck deck = load_deck(request.deck, request.overrides, communicator);
  const auto work = deck.kind->make(deck.deck);
  const RunDirectory directory =
      request.output.empty() ? RunDirectory::fresh_name(request.deck, communicator) : RunDirectory(request.output);

  communicator.barrier();  // all ranks have read files that may lie in the directory, where they are now replaced
  bool finished = false;
  std::optional<FolderLock> lock;  // of rank 0, until the run's end
  on_root(communicator, [&] {
    finished = directory.inspect(deck, request.fresh) == RunDirectory::State::finished && !request.fresh;
    if (finished) return;
    std::filesystem::create_directories(directory.path());
    lock.emplace(directory.path());
    directory.prepare(deck, request.fresh);
  });
  if (communicator.broadcast_flag(finished)) {
    log().info("{} holds the finished run of this deck; nothing is done (--fresh starts it again)",
               directory.path().string());
    return 0;
  }

  log_to_file(directory / "run.log");
  log().info("Residua {} ({}), case {}, deck {}, on {} x {}", version::number, version::git, deck.kind->name,
             request.deck, communicator.size() == 1 ? "1 rank" : fmt::format("{} ranks", communicator.size()),
             host_threads() == 1 ? "1 thread" : fmt::format("{} threads", host_threads()));
  log().info("run directory {}", directory.path().string());
  if (const Blas blas = blas_in_use(); blas.reference) log().warn("slow reference BLAS in use: {}", blas.name);

  catch_signals();
  RunContext context(deck.deck, communicator, settings_of(deck, directory));
  if (context.resumed()) log().info("continues from the newest checkpoint, after {}", clock_text(context.seconds()));
  work->run(context);
  context.progress_done();

  if (context.stop_requested()) {
    if (!context.saved_at_stop()) log().warn("no checkpoint was written at the stop");
    log().warn("stopped by a signal; to continue: residua run {} --output {}", request.deck, directory.path().string());
    return 1;
  }
  finish(context, deck, directory);
  return 0;
}

}  // namespace residua
