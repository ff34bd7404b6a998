// What a kind of run ("pinn", ...) is to the driver, and the list of the kinds that this program knows.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace residua {

class Deck;
class RunContext;
class Schema;

/// One run, made from a valid deck. It knows nothing of MPI, files or signals; the context gives it all of them:
///
///     void run(RunContext& context) override {
///       if (context.restart()) load(*context.restart());
///       while (!done()) {
///         step();
///         context.record(iteration, {{"loss", loss}});
///         context.progress({.iteration = iteration, .total = last, .loss = loss});
///         if (context.checkpoint_due()) context.save(state());
///         if (context.stop_requested()) return;
///       }
///       context.metric("rel_l2", error);
///       context.write_fields(fields);
///     }
///
/// An exception ends the run on all ranks: `InputError` for a mistake of the user, `Error` for a failure.
class Case {
 public:
  virtual ~Case() = default;
  virtual void run(RunContext& context) = 0;
};

/// A kind of run. The deck names it by its key `case`.
struct CaseKind {
  std::string name;
  std::string doc;                         ///< one line, for the schema and the manual
  std::function<void(Schema&)> declare;    ///< the keys of the deck that are its own
  std::function<void(const Deck&)> check;  ///< mistakes that only the whole deck shows; throws InputError
  std::function<std::unique_ptr<Case>(const Deck&)> make;  ///< called after `check`
};

/// Adds a kind; a name that is there already is an Error. Called by the program at its start, never by a static object,
/// which a static library would lose.
void register_case(CaseKind kind);

/// The kinds in order of registration.
const std::vector<CaseKind>& case_kinds();

/// The kind of this name; nullptr when there is none.
const CaseKind* find_case(const std::string& name);

}  // namespace residua
