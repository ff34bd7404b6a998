// Every deck of tests/decks/malformed states on its first line where and how it must be refused:
//   # expect: line=12 key=training.featurs hint=words that the message must contain
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>

#include "closure/closure_case.hpp"
#include "kinetic/inverse_case.hpp"
#include "kinetic/kinetic_case.hpp"
#include "pinn/pinn_case.hpp"
#include "pinn_like.hpp"
#include "run/keys.hpp"

namespace residua::test {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> malformed_decks() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(fs::path(RESIDUA_TEST_DECKS) / "malformed")) {
    names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

void register_cases() {
  if (find_case("pinn")) return;
  pinn::register_case();
  kinetic::register_case();
  kinetic::register_closure_case();
  kinetic::register_inverse_case();
}

class Malformed : public testing::TestWithParam<std::string> {};

TEST_P(Malformed, IsRefusedAtItsPlaceWithAHint) {
  const std::string name = "malformed/" + GetParam() + ".toml";
  std::ifstream file(std::string(RESIDUA_TEST_DECKS) + "/" + name);
  std::string first;
  std::getline(file, first);
  std::smatch expected;
  ASSERT_TRUE(std::regex_match(first, expected, std::regex("# expect: line=(\\d+) key=(.*?) hint=(.+)"))) << first;

  register_cases();
  const InputError error =
      input_error([&] { load_deck(std::string(RESIDUA_TEST_DECKS) + "/" + name, {}, Communicator()); });
  EXPECT_EQ(error.place().line, std::stoi(expected[1])) << error.what();
  EXPECT_EQ(error.place().key, expected[2].str()) << error.what();
  EXPECT_NE(std::string(error.what()).find(expected[3].str()), std::string::npos) << error.what();
  const std::string_view message = error.what();
  EXPECT_EQ(message.find(name), message.rfind(name)) << "more than one mistake reported: " << message;
  EXPECT_TRUE(message.starts_with(error.place().file + ":" + expected[1].str() + ":")) << error.what();
}

INSTANTIATE_TEST_SUITE_P(Decks, Malformed, testing::ValuesIn(malformed_decks()),
                         [](const auto& test) { return "deck_" + test.param; });

TEST(MalformedDecks, AreOfAtLeastFortyKinds) { EXPECT_GE(malformed_decks().size(), 40U); }

}  // namespace
}  // namespace residua::test
