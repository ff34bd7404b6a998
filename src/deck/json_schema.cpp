#include <nlohmann/json.hpp>

#include "deck/generate.hpp"
#include "deck/schema.hpp"

namespace residua {
namespace {

using nlohmann::json;

json as_json(const Scalar& value) {
  return std::visit([](const auto& v) { return json(v); }, value);
}

void add_range(const Range& range, json& schema) {
  if (range.low) schema[range.low_open ? "exclusiveMinimum" : "minimum"] = *range.low;
  if (range.high) schema[range.high_open ? "exclusiveMaximum" : "maximum"] = *range.high;
}

void add_count(const Count& count, const std::string& what, json& schema) {
  if (count.low > 0) schema["min" + what] = count.low;
  if (count.high != Count::unlimited) schema["max" + what] = count.high;
}

// One value, whatever the shape of its key.
json element(const Key& key) {
  json schema;
  switch (key.type) {
    case Type::boolean:
      schema["type"] = "boolean";
      break;
    case Type::integer:
      schema["type"] = "integer";
      add_range(key.range, schema);
      break;
    case Type::real:
      schema["type"] = "number";
      add_range(key.range, schema);
      if (key.arithmetic) {
        schema = {{"anyOf", {schema, {{"type", "string"}, {"description", "arithmetic, such as 2*pi"}}}}};
      }
      break;
    case Type::text:
    case Type::file:
      schema["type"] = "string";
      break;
    case Type::choice:
      schema["enum"] = key.choice_names();
      break;
    case Type::expression:
      schema = {{"anyOf", {{{"type", "string"}, {"pattern", "\\S"}}, {{"type", "number"}}}}};
      break;
  }
  return schema;
}

json list(const Key& key) {
  json schema = {{"type", "array"}, {"items", element(key)}};
  add_count(key.length, "Items", schema);
  return schema;
}

json named(const Key& key) {
  const std::string name = "[A-Za-z_][A-Za-z0-9_]*";
  const std::string arguments = " *\\( *" + name + " *(, *" + name + " *)*\\)";
  json schema = {{"type", "object"}};
  schema["additionalProperties"] = key.shape == Shape::named_list ? list(key) : element(key);
  schema["propertyNames"] = {{"pattern", "^" + name + (key.signatures ? arguments : "") + "$"}};
  add_count(key.entries, "Properties", schema);
  return schema;
}

json object(const Section& section);

json shaped(const Key& key) {
  switch (key.shape) {
    case Shape::single:
      return element(key);
    case Shape::list:
      return list(key);
    case Shape::named:
    case Shape::named_list:
      return named(key);
    case Shape::table:
      return object(key.table.front());
    case Shape::tables: {
      json schema = {{"type", "array"}, {"items", object(key.table.front())}};
      add_count(key.entries, "Items", schema);
      return schema;
    }
  }
  return {};
}

json property(const Key& key) {
  json schema = shaped(key);
  std::string doc = key.doc;
  for (const Choice& choice : key.choices) {
    if (!choice.doc.empty()) doc += "\n" + choice.name + ": " + choice.doc;
  }
  schema["description"] = doc;
  if (!key.unit.empty()) schema["x-unit"] = key.unit;
  if (key.defaults && key.shape == Shape::single) schema["default"] = as_json(key.defaults->front());
  if (key.defaults && key.shape == Shape::list) {
    schema["default"] = json::array();
    for (const Scalar& value : *key.defaults) schema["default"].push_back(as_json(value));
  }
  return schema;
}

bool needed(const Key& key) {
  if (key.when) return false;
  if (key.shape != Shape::table) return key.required;
  for (const Key& inner : key.table.front().keys()) {
    if (needed(inner)) return true;
  }
  return false;
}

// `if` the key that `when` names has one of its values, a required key must be there; `else` the key must not.
json conditional(const Section& section, const Key& key) {
  const Key& other = *section.find(key.when->key);
  json values = json::array();
  bool by_default = false;
  for (const std::string& value : key.when->values) {
    const Scalar scalar = other.type == Type::boolean ? Scalar(value == "true") : Scalar(value);
    values.push_back(as_json(scalar));
    by_default = by_default || (other.defaults && other.defaults->front() == scalar);
  }
  json condition = {{"properties", {{other.name, {{"enum", values}}}}}};
  if (!by_default) condition["required"] = {other.name};
  json rule = {{"if", condition}, {"else", {{"properties", {{key.name, false}}}}}};
  if (key.required) rule["then"] = {{"required", {key.name}}};
  return rule;
}

json object(const Section& section) {
  json schema = {{"type", "object"}, {"additionalProperties", false}, {"properties", json::object()}};
  for (const Key& key : section.keys()) {
    schema["properties"][key.name] = property(key);
    if (needed(key)) schema["required"].push_back(key.name);
    if (key.when) schema["allOf"].push_back(conditional(section, key));
  }
  return schema;
}

}  // namespace

nlohmann::json json_schema(const Schema& schema) {
  json document = object(schema);
  document["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  document["title"] = "Residua deck: " + schema.kind();
  document["description"] = schema.doc();
  return document;
}

}  // namespace residua
