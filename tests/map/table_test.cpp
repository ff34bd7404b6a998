// Tables: interpolation and its derivatives, in formulas, from files.
#include "map/table.hpp"

#include <gtest/gtest.h>
#include <hdf5.h>

#include <cmath>
#include <filesystem>

#include <fmt/format.h>
#include <unistd.h>

#include "base/error.hpp"
#include "io/file.hpp"
#include "io/hdf5.hpp"
#include "map/evaluate.hpp"
#include "map/expression_parser.hpp"

namespace residua {
namespace {

/// Unevenly spaced points of [-1, 1].
std::vector<double> sites(int n) {
  std::vector<double> x;
  for (int i = 0; i < n; ++i) {
    const double s = 2.0 * i / (n - 1) - 1;
    x.push_back(s + 0.2 * (1 - s * s) * s);
  }
  return x;
}

Table sine(int n, int degree) {
  const std::vector<double> x = sites(n);
  std::vector<double> values;
  for (const double s : x) values.push_back(std::sin(3 * s));
  return Table("k", {"x"}, {x}, values, degree);
}

double worst_error(const Table& table, int order) {
  double worst = 0;
  for (int i = 0; i <= 997; ++i) {
    const double x = 2.0 * i / 997 - 1;
    const double exact = std::pow(3, order) * std::sin(3 * x + order * 3.14159265358979323846 / 2);
    worst = std::max(worst, std::abs(table.evaluate(std::span(&x, 1), std::span(&order, 1)) - exact));
  }
  return worst;
}

TEST(Table, OrderOfAccuracy) {
  for (const int degree : {1, 3, 5, 7})
    for (int order = 0; order < degree; ++order) {
      const double coarse = worst_error(sine(33, degree), order), fine = worst_error(sine(65, degree), order);
      EXPECT_GT(std::log2(coarse / fine), degree + 1 - order - 0.7) << degree << ", derivative " << order;
    }
  EXPECT_LT(worst_error(sine(129, 7), 0), 1e-13);
}

TEST(Table, ReproducesPolynomialsOfItsDegree) {
  const std::vector<double> x = sites(9), y = sites(7), z = sites(6);
  const auto f = [](double a, double b, double c) {
    return (1 + a * a * a) * (b - 2 * b * b * b) * (c * c + 0.5) + a * c;
  };
  std::vector<double> values;
  for (const double a : x)
    for (const double b : y)
      for (const double c : z) values.push_back(f(a, b, c));
  const Table table("f", {"x", "y", "z"}, {x, y, z}, values);
  for (const double a : {-1.0, -0.37, 0.9, 1.0})
    for (const double b : {-0.95, 0.11, 1.0}) {
      const double point[] = {a, b, 0.43};
      EXPECT_NEAR(table.evaluate(point), f(a, b, 0.43), 1e-13);
      const int mixed[] = {1, 2, 1};
      EXPECT_NEAR(table.evaluate(point, mixed), 3 * a * a * (-12 * b) * 2 * 0.43, 1e-11);
    }
}

TEST(Table, IsNotANumberOutsideItsRange) {
  const Table table = sine(33, 3);
  for (const double x : {-1.01, 1.01, std::nan("")}) EXPECT_TRUE(std::isnan(table.evaluate(std::span(&x, 1))));
  EXPECT_EQ(table.lower(0), -1);
  EXPECT_EQ(table.upper(0), 1);
  for (const double x : {-1.0, 1.0}) EXPECT_NEAR(table.evaluate(std::span(&x, 1)), std::sin(3 * x), 1e-15);
}

TEST(Table, InFormulas) {
  ExpressionParser p({"t", "x"}, {"u"}, 0);
  p.define_table("k", std::make_shared<Table>(sine(129, 5)));
  const double t = 0.3, x = 0.4;
  EXPECT_NEAR(testing::at(p.parse("k(x) + k(-t)"), {t, x}), std::sin(3 * x) - std::sin(3 * t), 1e-10);
  EXPECT_NEAR(testing::at(p.parse("d(k(x*t)^2, x)"), {t, x}), 3 * t * std::sin(6 * x * t), 1e-8);
  EXPECT_NEAR(testing::at(p.parse("d(k(x - t), x, t)"), {t, x}), 9 * std::sin(3 * (x - t)), 1e-6);
  EXPECT_EQ(p.parse("k(x) - k(x)"), Expression(0.0));
  EXPECT_THROW(p.parse("k(x, t)"), ExpressionError);
  EXPECT_THROW(p.parse("k"), ExpressionError);
  EXPECT_THROW(p.parse("d(k(x), x, x, x, x, x)"), ExpressionError) << "no continuous fifth derivative";
}

TEST(Table, BadData) {
  const std::vector<double> x{0, 1, 2, 3}, values{1, 2, 3, 4};
  const auto make = [&](const std::vector<double>& sites_given, const std::vector<double>& v, int degree) {
    return Table("k", {"x"}, {sites_given}, v, degree);
  };
  EXPECT_NO_THROW(make(x, values, 3));
  EXPECT_THROW(make(x, values, 5), InputError);
  EXPECT_THROW(make(x, values, 2), InputError);
  EXPECT_THROW(make({0, 1, 1, 3}, values, 3), InputError);
  EXPECT_THROW(make(x, {1, 2, 3}, 3), InputError);
  EXPECT_THROW(make(x, {1, 2, 3, std::nan("")}, 3), InputError);
  EXPECT_THROW(Table("k", {}, {}, values), InputError);
}

class TableFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = (std::filesystem::temp_directory_path() / fmt::format("residua_table_{}.h5", getpid())).string();
    const hdf5::Handle file = hdf5::create_image();
    hdf5::write_attribute(file, "axes", std::vector<std::string>{"x", "y"});
    hdf5::write(file, "coordinates/x", std::vector<double>{0, 1, 2, 3, 4}, {5});
    hdf5::write(file, "coordinates/y", std::vector<double>{0, 1, 2, 3}, {4});
    std::vector<double> values;
    for (int i = 0; i < 5; ++i)
      for (int j = 0; j < 4; ++j) values.push_back(i * i + 10 * j);
    hdf5::write(file, "values/k", values, {5, 4});
    hdf5::write(file, "values/flat", values, {20});
    write_file(path_, {hdf5::image_of(file)});
  }
  void TearDown() override { std::filesystem::remove(path_); }

  std::string path_;
};

TEST_F(TableFileTest, Read) {
  const Table table = Table::read(path_, "k");
  EXPECT_EQ(table.axes(), (std::vector<std::string>{"x", "y"}));
  const double point[] = {1.5, 2.25};
  EXPECT_NEAR(table.evaluate(point), 2.25 + 22.5, 1e-13);
  EXPECT_EQ(Table::names(path_), (std::vector<std::string>{"flat", "k"}));
}

TEST_F(TableFileTest, Mistakes) {
  EXPECT_THROW(Table::read(path_, "missing"), InputError);
  EXPECT_THROW(Table::read(path_, "flat"), InputError);
  EXPECT_THROW(Table::read(path_ + "x", "k"), InputError);
  write_file(path_, {"not HDF5"});
  EXPECT_THROW(Table::read(path_, "k"), InputError);
}

}  // namespace
}  // namespace residua
