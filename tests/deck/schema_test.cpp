#include "deck/schema.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace residua::test {
namespace {

TEST(Schema, SectionsAreComposed) {
  Schema schema("a", "");
  Section& run = schema.section("run", "Common.").integer("threads", 1, "");
  for (int i = 0; i < 50; ++i) schema.boolean("key" + std::to_string(i), false, "");
  schema.section("run", "").choice("reductions", "fast", {{"fast", ""}, {"reproducible", ""}}, "");
  EXPECT_EQ(&run, &schema.section("run", ""));
  EXPECT_EQ(run.key_names(), (std::vector<std::string>{"threads", "reductions"}));
  EXPECT_EQ(run.doc(), "Common.");
  EXPECT_EQ(run.section("inner", "").name(), "run.inner");
}

TEST(Schema, FindsTheKeyOfAPath) {
  Schema schema("a", "");
  schema.tables("conditions", {}, "").section("part", "").named_list(Type::real, "box", unset, "");
  EXPECT_EQ(schema.declared("conditions.3.part.box.x.1")->name, "box");
  EXPECT_EQ(schema.declared("conditions")->shape, Shape::tables);
  EXPECT_EQ(schema.declared("conditions.3")->shape, Shape::tables);
  EXPECT_EQ(schema.declared("conditions.3.nothing"), nullptr);
}

TEST(Schema, CopiesAreIndependent) {
  Schema schema("a", "");
  schema.section("s", "").integer("one", 1, "");
  Schema copy = schema;
  copy.section("s", "").integer("two", 2, "");
  EXPECT_EQ(schema.section("s", "").keys().size(), 1U);
}

TEST(Schema, WrongDeclarationsAreRefused) {
  Schema s("a", "");
  s.integer("n", 5, "")
      .choice("c", "x", {{"x", ""}, {"y", ""}}, "")
      .text("t", "", "")
      .list(Type::real, "l", {1, 2}, "");
  const auto fresh = [&] { return s; };
  EXPECT_THROW(fresh().integer("n", 1, ""), std::logic_error);
  EXPECT_THROW(fresh().integer("m", 1, "").at_least(2), std::logic_error);
  EXPECT_THROW(fresh().choice("d", "z", {{"x", ""}}, ""), std::logic_error);
  EXPECT_THROW(fresh().real("r", 1.0, "").when("nothing", {"x"}), std::logic_error);
  EXPECT_THROW(fresh().real("r", 1.0, "").when("c", {"z"}), std::logic_error);
  EXPECT_THROW(fresh().text("u", "", "").at_least(0), std::logic_error);
  EXPECT_THROW(fresh().text("u", "", "").arithmetic(), std::logic_error);
  EXPECT_THROW(fresh().list(Type::integer, "k", {1, 2, 3}, "").length(2, 2), std::logic_error);
  EXPECT_THROW(fresh().section("n", ""), std::logic_error);
  EXPECT_THROW(Schema("b", "").unit("m"), std::logic_error);
}

TEST(Range, KnowsItsEnds) {
  const Range half_open{0.0, 1.0, true, false};
  EXPECT_FALSE(half_open.contains(0));
  EXPECT_TRUE(half_open.contains(1));
  EXPECT_EQ(half_open.words(), "in (0, 1]");
  EXPECT_EQ((Range{.low = 1.0, .high = {}}).words(), ">= 1");
  EXPECT_EQ((Range{.low = {}, .high = 0.5, .high_open = true}).words(), "< 0.5");
  EXPECT_TRUE(Range{}.contains(1e300));
}

}  // namespace
}  // namespace residua::test
