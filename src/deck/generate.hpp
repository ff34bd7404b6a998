// What is generated from a Schema or a Deck, for people and for tools.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace residua {

class Deck;
class Schema;

/// The complete deck as TOML, defaults filled in, in the order of the schema (names chosen by the user
/// in the order of the deck). Parsing it gives the same text again. With `comments`, each key follows
/// its unit and documentation.
std::string resolved(const Deck& deck, bool comments = false);

/// A JSON Schema (draft 2020-12). It cannot see what `refers_to` and the grammar of arithmetic forbid; `parse` does.
nlohmann::json json_schema(const Schema& schema);

/// The manual of the keys in Markdown, one table per section.
std::string markdown_manual(const Schema& schema);

}  // namespace residua
