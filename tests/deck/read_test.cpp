// Reading on several ranks: rank 0 reads, and all ranks get the same text or the same error.
#include <gtest/gtest.h>

#include <fstream>

#include "pinn_like.hpp"
#include "support/scratch.hpp"

namespace residua::test {
namespace {

void expect_same_everywhere(const std::string& text, const Communicator& comm) {
  EXPECT_EQ(comm.broadcast(text), text);
}

std::string refusal(const std::string& path, const Communicator& comm) {
  const InputError error = input_error([&] { read_deck(path, {}, comm); });
  EXPECT_EQ(error.place().file, path);
  expect_same_everywhere(error.what(), comm);
  return error.what();
}

TEST(ReadDeck, GivesEveryRankTheText) {
  const Communicator comm;
  const DeckText text = deck_text("good/burgers.toml", {"training.seed=3"});
  expect_same_everywhere(text.text, comm);
  EXPECT_EQ(parse(text, pinn_like()).integer("training.seed"), 3);
}

TEST(ReadDeck, NamesTheNearestFile) {
  const Communicator comm;
  const Scratch scratch(comm);
  if (comm.root()) std::ofstream(scratch / "burgers.toml") << "a = 1\n";
  comm.barrier();
  const std::string text = refusal((scratch / "burger.toml").string(), comm);
  EXPECT_NE(text.find("cannot be read: No such file or directory"), std::string::npos) << text;
  EXPECT_NE(text.find("did you mean `" + (scratch / "burgers.toml").string() + "`?"), std::string::npos) << text;
}

TEST(ReadDeck, RefusesWhatIsNoDeck) {
  const Communicator comm;
  const Scratch scratch(comm);
  EXPECT_NE(refusal(scratch.path().string(), comm).find("is a folder"), std::string::npos);
  const std::string binary = std::string(RESIDUA_TEST_DECKS) + "/malformed/36_binary.toml";
  EXPECT_NE(refusal(binary, comm).find("is not text"), std::string::npos);

  const std::string empty = (scratch / "empty.toml").string();
  if (comm.root()) std::ofstream{empty};
  comm.barrier();
  const InputError error = input_error([&] { parse(read_deck(empty, {}, comm), pinn_like()); });
  EXPECT_EQ(error.place().file, empty);
  EXPECT_NE(std::string(error.what()).find("holds no keys"), std::string::npos);
}

}  // namespace
}  // namespace residua::test
