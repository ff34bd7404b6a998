#include "deck/generate.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "pinn_like.hpp"

namespace residua::test {
namespace {

std::string file_text(const std::string& name) {
  std::ifstream file(std::string(RESIDUA_TEST_DECKS) + "/" + name);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(Resolved, ParsedAgainIsTheSameText) {
  const std::vector<std::vector<std::string>> variants = {
      {},
      {"training.method=adam", "training.rate=1e-300", "training.tolerance=0.1"},
      {"title=\"a \\\"quote\\\" \\\\ \\u0007 \\n \xc3\xa9\""},
      {"pde.coordinates={x=[\"-2*pi\",\"2*pi\"],t=[0,1e20]}", "conditions.1.value=0"}};
  for (const auto& overrides : variants) {
    for (const bool comments : {false, true}) {
      const std::string once = resolved(burgers(overrides), comments);
      EXPECT_EQ(resolved(parse({"resolved.toml", once, {}}, pinn_like()), comments), once);
    }
  }
}

TEST(Resolved, HoldsEveryKeyThatCounts) { EXPECT_EQ(resolved(burgers()), file_text("good/burgers.resolved.toml")); }

TEST(Resolved, BreaksLongLists) {
  const std::string equation(70, 'u');
  const Deck deck = burgers({"pde.residual=[\"" + equation + "\", \"" + equation + "\"]"});
  EXPECT_NE(resolved(deck).find("residual = [\n  \"" + equation + "\",\n  \"" + equation + "\",\n]\n"),
            std::string::npos);
}

TEST(Resolved, KeepsTheBitsOfNumbers) {
  for (const double value : {0.1, 1e-300, 1.0 / 3, 5e-324, 1.7976931348623157e308, 1e15, 123456789.125}) {
    Schema schema("numbers", "");
    schema.real("a", value, "").integer("b", 0, "");
    const std::string text = resolved(parse({"n.toml", "b = 1\n", {}}, schema));
    EXPECT_EQ(parse({"n.toml", text, {}}, schema).real("a"), value) << text;
  }
}

TEST(JsonSchema, DescribesEveryKey) {
  const nlohmann::json schema = json_schema(pinn_like());
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema["required"], nlohmann::json({"case", "pde"}));
  EXPECT_EQ(schema["additionalProperties"], false);
  const auto& pde = schema["properties"]["pde"];
  EXPECT_EQ(pde["required"], nlohmann::json({"coordinates", "unknowns", "residual"}));
  EXPECT_EQ(pde["properties"]["coordinates"]["maxProperties"], 10);
  EXPECT_EQ(pde["properties"]["coordinates"]["additionalProperties"]["minItems"], 2);
  const auto& training = schema["properties"]["training"];
  EXPECT_EQ(training["properties"]["rate"]["exclusiveMaximum"], 1.0);
  EXPECT_EQ(training["properties"]["rate"]["x-unit"], "1/iteration");
  EXPECT_EQ(training["properties"]["iterations"]["default"], 1000);
  EXPECT_EQ(training["properties"]["method"]["enum"].size(), 3U);
  EXPECT_EQ(training["allOf"][0]["if"]["properties"]["method"]["enum"], nlohmann::json::array({"adam"}));
  EXPECT_FALSE(training["allOf"][0]["if"].contains("required"));  // adam is the default
  const auto& condition = schema["properties"]["conditions"]["items"];
  EXPECT_EQ(condition["allOf"][0]["then"]["required"], nlohmann::json::array({"coordinate"}));
}

TEST(Manual, HasARowPerKey) {
  const std::string manual = markdown_manual(pinn_like());
  EXPECT_NE(manual.find("\n## `[[conditions]]`\n"), std::string::npos) << manual;
  EXPECT_NE(manual.find(
                "| `rate` | real | 1/iteration | `0.001` | in (0, 1) | Learning rate. Only with `method` = `adam`. |"),
            std::string::npos)
      << manual;
  EXPECT_NE(
      manual.find(
          "| `coordinates` | named lists of real or arithmetic |  | required | exactly 2 values; 1 to 10 names |"),
      std::string::npos)
      << manual;
}

}  // namespace
}  // namespace residua::test
