// The driver, within one process per rank: what it writes, what it leaves alone, what it continues.
#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/signal.hpp"
#include "io/file.hpp"
#include "logistic_case.hpp"
#include "run/case.hpp"
#include "run/driver.hpp"
#include "run/keys.hpp"
#include "support/scratch.hpp"

namespace residua {
namespace {

namespace fs = std::filesystem;

class RunTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    start_log(Communicator());
    if (find_case("logistic") == nullptr) test::register_logistic_case();
  }

  void SetUp() override {
    if (world.root())
      write_file(deck, {"case = \"logistic\"\n[run]\nreductions = \"reproducible\"\n[map]\niterations = 6\n"});
    world.barrier();
  }

  int run(const std::string& name, std::vector<std::string> overrides = {}, bool fresh = false) {
    return run_deck({deck, std::move(overrides), scratch / name, fresh}, world);
  }

  nlohmann::json summary(const std::string& name) {
    world.barrier();
    return nlohmann::json::parse(read_file(scratch / name / "summary.json"));
  }

  std::string refusal(const std::string& name, std::vector<std::string> overrides) {
    try {
      run(name, std::move(overrides));
    } catch (const InputError& error) {
      return error.what();
    }
    return "accepted";
  }

  Communicator world;
  test::Scratch scratch{world};
  std::string deck = scratch / "logistic.toml";
};

TEST_F(RunTest, WritesAllFiles) {
  EXPECT_EQ(run("a"), 0);
  world.barrier();
  for (const char* name :
       {"deck.toml", "resolved.toml", "run.log", "history.csv", "fields.h5", "fields.xdmf", "summary.json"}) {
    EXPECT_TRUE(fs::exists(scratch / "a" / name)) << name;
  }
  const auto json = summary("a");
  EXPECT_EQ(json["case"], "logistic");
  EXPECT_EQ(json["ranks"], world.size());
  EXPECT_EQ(json["deck"]["map"]["iterations"], 6);
  EXPECT_EQ(json["deck"]["checkpoint"]["keep"], 3);
  EXPECT_TRUE(json["timing"].contains("total"));
}

TEST_F(RunTest, ResolvedDeckRepeatsTheRun) {
  EXPECT_EQ(run("a", {"map.rate=3.8"}), 0);
  EXPECT_EQ(run_deck({scratch / "a/resolved.toml", {}, scratch / "b", false}, world), 0);
  EXPECT_EQ(summary("a")["metrics"], summary("b")["metrics"]);
}

TEST_F(RunTest, ResolvedDeckRepeatsTheRunWithoutTheOriginalFiles) {
  const auto on_root = [&](const auto& work) {
    world.barrier();
    if (world.root()) work();
    world.barrier();
  };
  on_root([&] { write_file(scratch / "start.txt", {"0.1 0.2 0.3"}); });
  EXPECT_EQ(run("a", {"map.count=3", "map.start=start.txt"}), 0);
  on_root([&] { fs::remove(scratch / "start.txt"); });
  EXPECT_EQ(run_deck({scratch / "a/resolved.toml", {}, scratch / "b", false}, world), 0);
  EXPECT_EQ(summary("a")["metrics"], summary("b")["metrics"]);
  EXPECT_EQ(run_deck({scratch / "a/resolved.toml", {}, scratch / "a", true}, world), 0);
  EXPECT_EQ(summary("a")["metrics"], summary("b")["metrics"]);
  EXPECT_EQ(run("c", {"map.count=3"}), 0);
  EXPECT_NE(summary("c")["metrics"], summary("b")["metrics"]) << "the file plays no part";
}

TEST_F(RunTest, RunOfAnInputFileThatChangedIsRefused) {
  if (world.root()) write_file(scratch / "start.txt", {"0.1 0.2 0.3"});
  world.barrier();
  EXPECT_EQ(run("a", {"map.count=3", "map.start=start.txt"}), 0);
  world.barrier();
  if (world.root()) write_file(scratch / "start.txt", {"0.1 0.2 0.4"});
  world.barrier();
  EXPECT_NE(refusal("a", {"map.count=3", "map.start=start.txt"}).find("start.txt has changed"), std::string::npos);
}

TEST_F(RunTest, FinishedRunIsLeftAlone) {
  EXPECT_EQ(run("a"), 0);
  world.barrier();
  const auto before = fs::last_write_time(scratch / "a/summary.json");
  EXPECT_EQ(run("a"), 0);
  world.barrier();
  EXPECT_EQ(fs::last_write_time(scratch / "a/summary.json"), before);
  world.barrier();
  EXPECT_EQ(run("a", {}, true), 0);
  world.barrier();
  EXPECT_NE(fs::last_write_time(scratch / "a/summary.json"), before);
}

TEST_F(RunTest, SectionsThatDecideNothingMayChange) {
  EXPECT_EQ(run("a"), 0);
  EXPECT_EQ(run("a", {"checkpoint.every=1", "output.fields=false"}), 0);
}

TEST_F(RunTest, DirectoryOfAnotherDeckIsRefused) {
  EXPECT_EQ(run("a"), 0);
  world.barrier();
  const auto before = read_file(scratch / "a/summary.json");
  EXPECT_NE(refusal("a", {"map.rate=3.7"}).find("another deck"), std::string::npos);
  world.barrier();
  EXPECT_EQ(read_file(scratch / "a/summary.json"), before);
  world.barrier();
  EXPECT_EQ(run("a", {"map.rate=3.7"}, true), 0);
  EXPECT_EQ(summary("a")["deck"]["map"]["rate"], 3.7);
}

TEST_F(RunTest, DirectoryInUseIsRefused) {
  EXPECT_EQ(run("a"), 0);
  world.barrier();
  {
    std::optional<FolderLock> other;
    if (world.root()) other.emplace(scratch / "a");
    EXPECT_NE(refusal("a", {"map.rate=3.7"}).find("another deck"), std::string::npos);  // says so first
    EXPECT_EQ(run("a"), 0);                                                             // has nothing to write
    EXPECT_THROW(run("a", {}, true), InputError);
  }
  EXPECT_EQ(run("a", {}, true), 0);
}

TEST_F(RunTest, DirectoryOfSomethingElseIsRefused) {
  if (world.root()) {
    fs::create_directory(scratch / "a");
    write_file(scratch / "a/thesis.txt", {"years"});
  }
  world.barrier();
  EXPECT_NE(refusal("a", {}).find("not of a run"), std::string::npos);
  EXPECT_THROW(run("a", {}, true), InputError);
  world.barrier();
  EXPECT_EQ(read_file(scratch / "a/thesis.txt"), "years");
}

TEST_F(RunTest, BadDeckTouchesNothing) {
  EXPECT_THROW(run("a", {"map.rate=5"}), InputError);
  EXPECT_THROW(run("a", {"map.rats=3"}), InputError);
  EXPECT_THROW(run("a", {"map.rate=1"}), InputError);
  EXPECT_THROW(run_deck({scratch / "no.toml", {}, scratch / "a", false}, world), InputError);
  world.barrier();
  EXPECT_FALSE(fs::exists(scratch / "a"));
}

TEST_F(RunTest, NotANumberIsRefusedByName) {
  try {
    run("a", {"fault.kind=metric", "fault.rank=-1", "fault.iteration=3"});
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("rel_l2"), std::string::npos) << error.what();
  }
  world.barrier();
  EXPECT_FALSE(fs::exists(scratch / "a/summary.json"));
}

/// A signal to one rank stops all; the continued run ends as if never stopped.
TEST_F(RunTest, SignalOnOneRankStopsAllAndTheRunGoesOn) {
  EXPECT_EQ(run("whole"), 0);
  catch_signals();
  if (world.rank() == world.size() - 1) std::raise(SIGTERM);
  EXPECT_EQ(run("a"), 1);
  world.barrier();
  EXPECT_FALSE(fs::exists(scratch / "a/summary.json"));
  world.barrier();
  EXPECT_EQ(run("a"), 0);
  EXPECT_EQ(summary("a")["metrics"], summary("whole")["metrics"]);
}

TEST_F(RunTest, SignalToSaveDoesNotStop) {
  catch_signals();
  if (world.root()) std::raise(SIGUSR1);
  EXPECT_EQ(run("a"), 0);
  world.barrier();
  EXPECT_TRUE(fs::exists(scratch / "a/checkpoints/checkpoint-000001.h5"));
}

}  // namespace
}  // namespace residua
