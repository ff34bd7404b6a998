// Fields written by several ranks read back as one table; the XDMF beside them names what is in the file.
#include "io/fields.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "io/file.hpp"
#include "io/frame_series.hpp"
#include "io/table.hpp"
#include "support/scratch.hpp"

namespace residua {
namespace {

class FieldsTest : public testing::Test {
 protected:
  Communicator world;
  test::Scratch scratch{world};
};

/// A number that tells all coordinates apart.
double field_at(const std::vector<double>& points, std::size_t n, std::size_t i) {
  double value = 0;
  for (std::size_t axis = 0; axis * n < points.size(); ++axis) value = 100 * value + points[axis * n + i];
  return value;
}

/// Writes the fields of a grid and returns what the file holds.
GridTable written(const std::vector<Axis>& axes, const Communicator& world, const test::Scratch& scratch) {
  FieldSet fields(axes, "t", world);
  const auto points = fields.local_points();
  std::vector<double> u(fields.local_size());
  for (std::size_t i = 0; i < u.size(); ++i) u[i] = field_at(points, u.size(), i);
  fields.set("u", u);
  fields.set("u_reference", u);
  fields.write(scratch / "fields");
  return GridTable::read(scratch / "fields.h5", world);
}

const std::vector<Axis> tx{{"t", {0, 1, 2}}, {"x", {3, 4, 5, 6, 7}}};
const std::vector<Axis> xyt{{"x", {1, 2, 3}}, {"y", {4, 5}}, {"t", {6, 7, 8}}};
const std::vector<Axis> txyz{{"t", {0, 1}}, {"x", {1, 2, 3}}, {"y", {4, 5, 6, 7}}, {"z", {8, 9, 10}}};

TEST_F(FieldsTest, TimeIsSlowestAndSpaceReversed) {
  const GridTable table = written(xyt, world, scratch);
  ASSERT_EQ(table.axes.size(), 3U);
  EXPECT_EQ(table.axes[0].name, "t");
  EXPECT_EQ(table.axes[1].name, "y");
  EXPECT_EQ(table.axes[2], xyt[0]);
  std::size_t i = 0;
  for (const double t : xyt[2].values)
    for (const double y : xyt[1].values)
      for (const double x : xyt[0].values) EXPECT_EQ(table.values.at("u")[i++], 10000 * x + 100 * y + t);
}

TEST_F(FieldsTest, FourAxesFromAllRanks) {
  const GridTable table = written(txyz, world, scratch);
  std::size_t i = 0;
  for (const double t : txyz[0].values)
    for (const double z : txyz[3].values)
      for (const double y : txyz[2].values)
        for (const double x : txyz[1].values) EXPECT_EQ(table.values.at("u")[i++], 1e6 * t + 1e4 * x + 100 * y + z);
}

TEST_F(FieldsTest, MoreRanksThanPoints) {
  const GridTable table = written({{"x", {1, 2}}}, world, scratch);
  EXPECT_EQ(table.values.at("u_reference"), (std::vector<double>{1, 2}));
}

TEST_F(FieldsTest, XdmfHasOneGridPerMoment) {
  written(tx, world, scratch);
  const std::string text = read_file(scratch / "fields.xdmf");
  std::size_t moments = 0;
  for (std::size_t at = text.find("<Time Value="); at != std::string::npos; at = text.find("<Time Value=", at + 1))
    ++moments;
  EXPECT_EQ(moments, 3U);
  EXPECT_NE(text.find("<Topology TopologyType=\"3DRectMesh\" Dimensions=\"1 1 5\"/>"), std::string::npos);
  EXPECT_NE(text.find("2 0 1 1 1 5 </DataItem>"), std::string::npos);
  EXPECT_NE(text.find("fields.h5:/values/u<"), std::string::npos);
}

TEST_F(FieldsTest, OnlyTimeIsAnAxisLikeAnother) {
  written({{"t", {0, 1, 2}}}, world, scratch);
  EXPECT_EQ(read_file(scratch / "fields.xdmf").find("<Time"), std::string::npos);
}

/// The times in a text of XDMF, in their order.
std::vector<double> times_in(const std::string& text) {
  const std::string before = "<Time Value=\"";
  std::vector<double> times;
  for (std::size_t at = text.find(before); at != std::string::npos; at = text.find(before, at + 1))
    times.push_back(std::stod(text.substr(at + before.size())));
  return times;
}

TEST_F(FieldsTest, FramesAreOneSeriesThatGoesOnWhereItWasCutOff) {
  const auto frame = [&](double value) {
    FieldSet fields({{"x", {0, 1, 2}}, {"y", {0, 1}}}, "", world);
    fields.set("u", std::vector<double>(fields.local_size(), value));
    return fields;
  };
  FrameSeries first(scratch.path());
  for (const double t : {0.0, 0.1, 0.2}) first.write(frame(t), t);
  EXPECT_EQ(times_in(read_file(scratch / "frames.xdmf")), (std::vector{0.0, 0.1, 0.2}));
  FrameSeries second(scratch.path());  // a restart that has forgotten the last frame
  second.set_times({0, 0.1});
  second.write(frame(7), 0.25);
  const std::string text = read_file(scratch / "frames.xdmf");
  EXPECT_EQ(times_in(text), (std::vector{0.0, 0.1, 0.25}));
  EXPECT_EQ(second.times(), (std::vector{0.0, 0.1, 0.25}));
  for (const char* name : {"frame_0000.h5", "frame_0001.h5", "frame_0002.h5"})
    EXPECT_NE(text.find(std::string(name) + ":/values/u<"), std::string::npos) << name;
  EXPECT_EQ(GridTable::read(scratch / "frame_0002.h5", world).values.at("u"), std::vector<double>(6, 7));
}

TEST_F(FieldsTest, WrongLengthIsAnError) {
  FieldSet fields(tx, "t", world);
  EXPECT_THROW(fields.set("u", std::vector<double>(fields.local_size() + 1)), Error);
}

}  // namespace
}  // namespace residua
