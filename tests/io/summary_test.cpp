// The summary and the history of a run.
#include "io/summary.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "io/file.hpp"
#include "io/history.hpp"
#include "support/scratch.hpp"

namespace residua {
namespace {

class SummaryTest : public testing::Test {
 protected:
  Communicator self{MPI_COMM_SELF};
  Communicator world;
  test::Scratch scratch{world};
  std::filesystem::path file(const std::string& name) { return scratch / (std::to_string(world.rank()) + name); }
};

TEST_F(SummaryTest, HasTheKeysAndExactNumbers) {
  Summary summary{"pinn", {{"rel_l2", 1.0 / 3}}, {{"total", 2.5}}, 2, 1, {{"residua", "0"}}, {{"seed", 1}}};
  write_summary(summary, file("summary.json"));
  const auto json = nlohmann::json::parse(read_file(file("summary.json")));
  EXPECT_EQ(json.size(), 7U);
  EXPECT_EQ(json["case"], "pinn");
  EXPECT_EQ(json["metrics"]["rel_l2"].get<double>(), 1.0 / 3);
  EXPECT_EQ(json["deck"]["seed"], 1);
}

TEST_F(SummaryTest, NotFiniteIsRefusedByName) {
  for (const double value : {NAN, INFINITY, -INFINITY}) {
    try {
      write_summary({"pinn", {{"rel_l2_u", value}}, {}, 1, 1, {}, {}}, file("summary.json"));
      FAIL() << "accepted";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("rel_l2_u"), std::string::npos) << error.what();
    }
  }
  EXPECT_FALSE(std::filesystem::exists(file("summary.json")));
}

TEST_F(SummaryTest, HistoryIsCutAtTheCheckpointAndContinued) {
  {
    History history(file("history.csv"), 0);
    history.add(0, 0.1, {{"loss", 1}, {"error", 0.1}});
    history.add(10, 0.2, {{"loss", 0.5}});
    history.add(20, 0.3, {{"loss", 0.25}});
  }
  {
    History history(file("history.csv"), 2);
    history.add(20, 0.4, {{"error", 1.0 / 3}});
    EXPECT_THROW(history.add(30, 0.5, {{"other", 1}}), Error);
  }
  EXPECT_EQ(read_file(file("history.csv")),
            "iteration,seconds,loss,error\n0,0.100,1,0.1\n10,0.200,0.5,\n20,0.400,,0.3333333333333333\n");
}

TEST_F(SummaryTest, HistoryStartsAnew) {
  { History(file("history.csv"), 0).add(0, 0, {{"loss", 1}}); }
  { History(file("history.csv"), 0).add(0, 0, {{"rank", 2}}); }
  EXPECT_EQ(read_file(file("history.csv")), "iteration,seconds,rank\n0,0.000,2\n");
}

}  // namespace
}  // namespace residua
