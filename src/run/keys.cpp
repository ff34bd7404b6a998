#include "run/keys.hpp"

#include <algorithm>
#include <iterator>
#include <sstream>

#include <fmt/format.h>

#include "deck/generate.hpp"

namespace residua {
namespace {

std::vector<Choice> kinds() {
  std::vector<Choice> choices;
  std::ranges::transform(case_kinds(), std::back_inserter(choices), [](const CaseKind& kind) {
    return Choice{kind.name, kind.doc};
  });
  return choices;
}

void declare_common_keys(Schema& schema) {
  schema.section("run", "How the run computes.")
      .choice("reductions", "fast",
              {{"fast", "sums over ranks in any order: figures agree to rounding from one number of ranks to another"},
               {"reproducible", "the same bits on any number of ranks, and after any restart"}},
              "Sums over the ranks.");
  schema.section("checkpoint", "What is saved so that a run can go on after it was stopped.")
      .real("every", 300, "Time between checkpoints; 0 for none but those that a signal asks for.")
      .unit("s")
      .at_least(0)
      .integer("keep", 3, "How many are kept.")
      .at_least(1);
  schema.section("output", "What is written besides summary.json.")
      .real("progress_every", 30, "Longest time between two lines of progress in the log.")
      .unit("s")
      .above(0)
      .boolean("fields", true, "Write fields.h5 and fields.xdmf.");
}

/// Files of one name from several folders are told apart by a number.
std::string free_name(const std::vector<InputFile>& files, const std::filesystem::path& original) {
  const auto taken = [&](const std::string& name) { return std::ranges::count(files, name, &InputFile::copy) > 0; };
  const std::string name = original.filename().string();
  std::string copy = "inputs/" + name;
  for (int i = 2; taken(copy); ++i) copy = fmt::format("inputs/{}-{}", i, name);
  return copy;
}

std::vector<InputFile> files_of(const Deck& deck) {
  std::vector<InputFile> files;
  for (const std::string& key : deck.file_keys()) {
    const std::filesystem::path original = deck.file_path(key);
    if (std::ranges::count(files, original, &InputFile::original) == 0)
      files.push_back({original, free_name(files, original)});
  }
  return files;
}

/// The deck as it stands in a run directory, beside its files.
Deck relocated(Deck deck, const std::vector<InputFile>& files) {
  for (const std::string& key : deck.file_keys())
    deck = deck.with_text(key, std::ranges::find(files, deck.file_path(key), &InputFile::original)->copy);
  return deck;
}

}  // namespace

Schema schema_of(const CaseKind& kind) {
  Schema schema(kind.name, kind.doc);
  schema.choice("case", required, kinds(), "The kind of run.");
  kind.declare(schema);
  declare_common_keys(schema);
  return schema;
}

ReadyDeck load_deck(const std::string& path, std::vector<std::string> overrides, const Communicator& communicator) {
  DeckText text = read_deck(path, std::move(overrides), communicator);
  const CaseKind* kind = find_case(peek_choice(text, "case", kinds()));
  Deck deck = parse(text, schema_of(*kind));
  kind->check(deck);
  std::vector<InputFile> files = files_of(deck);
  std::string resolved_text = resolved(relocated(deck, files));
  std::string fingerprint = fingerprint_of(resolved_text);
  return {std::move(text), std::move(deck), kind, std::move(files), std::move(resolved_text), std::move(fingerprint)};
}

std::string fingerprint_of(const std::string& resolved) {
  std::istringstream lines(resolved);
  std::string kept;
  bool counts = true;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('[')) {
      counts = line != "[checkpoint]" && line != "[output]" && line != "[ranks]" && !line.starts_with("[checkpoint.") &&
               !line.starts_with("[output.");
    }
    if (counts && !line.empty()) kept += line + "\n";
  }
  return kept;
}

}  // namespace residua
