// residua schema [CASE] [--format json|markdown]
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "command.hpp"
#include "deck/generate.hpp"
#include "run/case.hpp"
#include "run/keys.hpp"
#include "session.hpp"

namespace residua::app {
namespace {

std::vector<Schema> schemas(const std::string& case_name) {
  std::vector<Schema> chosen;
  std::string names;
  for (const CaseKind& kind : case_kinds()) {
    if (case_name.empty() || kind.name == case_name) chosen.push_back(schema_of(kind));
    names += (names.empty() ? "" : ", ") + kind.name;
  }
  if (chosen.empty()) throw InputError(fmt::format("unknown case `{}`: expected one of {}", case_name, names));
  return chosen;
}

std::string json_text(const std::vector<Schema>& chosen) {
  if (chosen.size() == 1) return json_schema(chosen[0]).dump(2) + "\n";
  nlohmann::json all;
  for (const Schema& schema : chosen) all["oneOf"].push_back(json_schema(schema));
  return all.dump(2) + "\n";
}

std::string markdown_text(const std::vector<Schema>& chosen) {
  std::string text;
  for (const Schema& schema : chosen) text += (text.empty() ? "" : "\n") + markdown_manual(schema);
  return text;
}

}  // namespace

void add_schema(CLI::App& app, Command& command) {
  struct Arguments {
    std::string case_name;
    std::string format = "markdown";
  };
  auto* schema = app.add_subcommand("schema", "Print the manual of the deck keys, or their JSON Schema");
  const auto arguments = std::make_shared<Arguments>();
  schema->add_option("case", arguments->case_name, "A kind of run; by default all")->type_name("CASE");
  schema->add_option("--format", arguments->format, "json or markdown")
      ->check(CLI::IsMember({"json", "markdown"}))
      ->capture_default_str();
  schema->callback([arguments, &command] {
    command.execute = [arguments] {
      return alone([&] {
        const auto chosen = schemas(arguments->case_name);
        std::fputs((arguments->format == "json" ? json_text(chosen) : markdown_text(chosen)).c_str(), stdout);
        return 0;
      });
    };
  });
}

}  // namespace residua::app
