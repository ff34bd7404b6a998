// Samples read from CSV and HDF5, and files that are refused.
#include "io/samples.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "io/file.hpp"
#include "io/hdf5.hpp"
#include "support/scratch.hpp"

namespace residua {
namespace {

class SamplesTest : public testing::Test {
 protected:
  Samples read(const std::string& bytes) {
    if (world.root()) write_file(scratch / "samples", {bytes});
    world.barrier();
    return Samples::read(scratch / "samples", world);
  }

  std::string refusal(const std::string& bytes) {
    try {
      read(bytes);
    } catch (const InputError& error) {
      return error.what();
    }
    return "accepted";
  }

  void expect_refused(const std::string& bytes, const std::string& part) {
    const std::string message = refusal(bytes);
    EXPECT_NE(message.find(part), std::string::npos) << message;
    world.barrier();
  }

  Communicator world;
  test::Scratch scratch{world};
};

TEST_F(SamplesTest, ReadsCsvWithCommentsAndSpaces) {
  const Samples samples = read("# measured\n x , u\r\n\n 0.5, -1e-3\n1,2\n");
  EXPECT_EQ(samples.count(), 2U);
  EXPECT_EQ(samples.columns.at("x"), (std::vector<double>{0.5, 1}));
  EXPECT_EQ(samples.columns.at("u"), (std::vector<double>{-1e-3, 2}));
}

TEST_F(SamplesTest, ReadsHdf5) {
  const hdf5::Handle file = hdf5::create_image();
  hdf5::write(file, "x", std::vector<double>{1, 2, 3}, {3});
  hdf5::write(file, "u", std::vector<double>{4, 5, 6}, {3});
  const Samples samples = read(hdf5::image_of(file));
  EXPECT_EQ(samples.columns.at("x"), (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(samples.columns.at("u"), (std::vector<double>{4, 5, 6}));
}

TEST_F(SamplesTest, RefusesWithTheLine) {
  expect_refused("x,u\n1,2\n1\n", "line 3: 1 values for 2 columns");
  expect_refused("x,u\n1,zwei\n", "line 2: `zwei` is no number");
  expect_refused("x,u\n1,nan\n", "line 2: the value nan is not finite");
  expect_refused("x,x\n1,2\n", "line 1: the column name `x` is empty or repeated");
  expect_refused("x,u\n", "no samples");
  expect_refused("", "no samples");
}

TEST_F(SamplesTest, RefusesColumnsOfDifferentLengths) {
  const hdf5::Handle file = hdf5::create_image();
  hdf5::write(file, "x", std::vector<double>{1, 2, 3}, {3});
  hdf5::write(file, "u", std::vector<double>{4, 5}, {2});
  expect_refused(hdf5::image_of(file), "has 3 values, others 2");
}

}  // namespace
}  // namespace residua
