// Tables read back as written, and a file that is not a table says what is wrong with it.
#include "io/table.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/error.hpp"
#include "io/file.hpp"
#include "io/hdf5.hpp"
#include "support/scratch.hpp"

namespace residua {
namespace {

class TableTest : public testing::Test {
 protected:
  /// The message with which a file is refused, which must be the same kind of error on every rank.
  std::string refusal(const std::function<void(hid_t)>& fill) {
    if (world.root()) {
      const hdf5::Handle file = hdf5::create_image();
      fill(file);
      write_file(scratch / "bad.h5", {hdf5::image_of(file)});
    }
    world.barrier();
    return refusal_of_file();
  }

  std::string refusal_of_file() {
    try {
      GridTable::read(scratch / "bad.h5", world);
    } catch (const InputError& error) {
      return error.what();
    }
    return "accepted";
  }

  static void expect_in(const std::string& part, const std::string& message) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
    EXPECT_NE(message.find("bad.h5"), std::string::npos) << message;
  }

  Communicator world;
  test::Scratch scratch{world};
};

TEST_F(TableTest, RoundTrip) {
  const GridTable table{
      {{"t", {0, 0.1}}, {"x", {-1, 0, 1}}}, {{"u", {1, 2, 3, 4, 5, 6}}, {"v", {6, 5, 4, 3, 2, 1}}}, 1e-14, "a test"};
  if (world.root()) table.write(scratch / "table.h5");
  world.barrier();
  const GridTable read = GridTable::read(scratch / "table.h5", world);
  EXPECT_EQ(read.axes, table.axes);
  EXPECT_EQ(read.values, table.values);
  EXPECT_EQ(read.accuracy, table.accuracy);
  EXPECT_EQ(read.source, table.source);
}

TEST_F(TableTest, Missing) { expect_in("No such file", refusal_of_file()); }

TEST_F(TableTest, NotHdf5) {
  if (world.root()) write_file(scratch / "bad.h5", {"x,u\n0,1\n"});
  world.barrier();
  expect_in("not a readable HDF5 file", refusal_of_file());
}

TEST_F(TableTest, NoAxes) {
  expect_in("attribute `axes`", refusal([](hid_t) {}));
}

TEST_F(TableTest, AxisWithoutDataset) {
  expect_in("axis x has no dataset coordinates/x",
            refusal([](hid_t file) { hdf5::write_attribute(file, "axes", std::vector<std::string>{"x"}); }));
}

TEST_F(TableTest, AxisNotIncreasing) {
  expect_in("coordinates/x is not strictly increasing", refusal([](hid_t file) {
              hdf5::write_attribute(file, "axes", std::vector<std::string>{"x"});
              hdf5::write(file, "coordinates/x", std::vector<double>{0, 1, 1}, {3});
              hdf5::write(file, "values/u", std::vector<double>{0, 1, 1}, {3});
            }));
}

TEST_F(TableTest, WrongShape) {
  expect_in("values/u has the shape (2), its axes (3)", refusal([](hid_t file) {
              hdf5::write_attribute(file, "axes", std::vector<std::string>{"x"});
              hdf5::write(file, "coordinates/x", std::vector<double>{0, 1, 2}, {3});
              hdf5::write(file, "values/u", std::vector<double>{0, 1}, {2});
            }));
}

TEST_F(TableTest, NotFinite) {
  expect_in("values/u has a value that is not finite", refusal([](hid_t file) {
              hdf5::write_attribute(file, "axes", std::vector<std::string>{"x"});
              hdf5::write(file, "coordinates/x", std::vector<double>{0, 1}, {2});
              hdf5::write(file, "values/u", std::vector<double>{0, NAN}, {2});
            }));
}

TEST_F(TableTest, WritingChecksToo) {
  const GridTable table{{{"x", {0, 1}}}, {{"u", {1, 2, 3}}}, {}, ""};
  EXPECT_THROW(table.write(scratch / "bad.h5"), InputError);
}

TEST(Table, SliceAtAPlaceOfAnAxis) {
  GridTable table;
  table.axes = {{"t", {0, 1}}, {"c", {0.1, 0.3}}, {"x", {5, 6, 7}}};
  for (int i = 0; i < 12; ++i) table.values["u"].push_back(i);
  const std::optional<GridTable> part = table.slice("c", 0.3 + 1e-14);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->axes.size(), 2U);
  EXPECT_EQ(part->axes[1].name, "x");
  EXPECT_EQ(part->values.at("u"), (std::vector<double>{3, 4, 5, 9, 10, 11}));
  EXPECT_FALSE(table.slice("c", 0.2));
  EXPECT_FALSE(table.slice("d", 0.3));
}

}  // namespace
}  // namespace residua
