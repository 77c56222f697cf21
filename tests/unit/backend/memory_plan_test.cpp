#include "src/backend/cpu/memory_plan.h"

#include <gtest/gtest.h>

#include "tests/golden/plans.h"

namespace wasmchord::test {
namespace {

using cpu::MemoryPlan;
using cpu::plan_memory;

constexpr uint32_t kRows = 24;

uint64_t bytes_of(const Plan& plan, ValueId v) { return uint64_t{plan.values[v].cols} * kRows * sizeof(float); }

// By definition: a value lives from the op that makes it to the last that reads it, or reads an alias of it.
bool lives_at(const Plan& plan, const MemoryPlan& memory, ValueId value, size_t op) {
  bool made = false, read_later = false;
  for (size_t i = 0; i < plan.ops.size(); ++i) {
    for (ValueId v : {plan.ops[i].in, plan.ops[i].in2, plan.ops[i].out}) {
      if (v == kNoValue) continue;
      if (v != value && memory.alias[v] != value) continue;
      made = made || i <= op;
      read_later = read_later || i >= op;
    }
  }
  return made && read_later;
}

void expect_no_overlap(const Plan& plan) {
  const MemoryPlan memory = plan_memory(plan, kRows);
  ASSERT_EQ(memory.offsets.size(), plan.values.size());
  const auto placed = [&](ValueId v) { return memory.alias[v] == kNoValue && v != plan.logits; };
  for (size_t op = 0; op < plan.ops.size(); ++op) {
    for (ValueId a = 0; a < plan.values.size(); ++a) {
      if (!placed(a) || !lives_at(plan, memory, a, op)) continue;
      EXPECT_LE(memory.offsets[a] + bytes_of(plan, a), memory.bytes);
      EXPECT_EQ(memory.offsets[a] % kBufferAlignment, 0u);
      for (ValueId b = 0; b < a; ++b) {
        if (!placed(b) || !lives_at(plan, memory, b, op)) continue;
        const bool apart = memory.offsets[a] + bytes_of(plan, a) <= memory.offsets[b] ||
                           memory.offsets[b] + bytes_of(plan, b) <= memory.offsets[a];
        EXPECT_TRUE(apart) << "values " << a << " and " << b << " at op " << op;
      }
    }
  }
}

class MemoryOf : public testing::TestWithParam<const char*> {};

TEST_P(MemoryOf, ValuesAliveTogetherNeverOverlap) {
  const Plan plan = plan_of(tiny(GetParam()).build()).plan;
  expect_no_overlap(plan);
  expect_no_overlap(fuse(plan));
}

TEST_P(MemoryOf, IsUsedAgainByLaterValues) {
  const Plan plan = plan_of(tiny(GetParam()).build()).plan;
  uint64_t all = 0;
  for (ValueId v = 0; v < plan.values.size(); ++v) all += bytes_of(plan, v);
  EXPECT_LT(plan_memory(plan, kRows).bytes, all / 4);
}

INSTANTIATE_TEST_SUITE_P(Plans, MemoryOf, testing::Values("mqa", "moe"),
                         [](const testing::TestParamInfo<const char*>& p) { return std::string(p.param); });

TEST(MemoryPlan, SelectedRowsLieInTheValueTheyAreSelectedFrom) {
  PlanBuilder b;
  const ValueId x = b.embed(0, 32);
  const ValueId some = b.select_outputs(x);
  const ValueId y = b.norm(some, {1, 1e-5f});
  const MemoryPlan memory = plan_memory(b.finish(y, 0), kRows);
  EXPECT_EQ(memory.alias[some], x);
  EXPECT_EQ(memory.alias[x], kNoValue);
}

// The alias keeps its value alive: what is made before the alias is read must lie elsewhere.
TEST(MemoryPlan, AValueLivesAsLongAsItsSelectedRows) {
  PlanBuilder b;
  const ValueId x = b.embed(0, 32);
  const ValueId some = b.select_outputs(x);
  const ValueId other = b.norm(x, {1, 1e-5f});
  const ValueId other_rows = b.select_outputs(other);
  const ValueId sum = b.add(some, other_rows);
  const Plan plan = b.finish(b.norm(sum, {1, 1e-5f}), 0);
  expect_no_overlap(plan);
  const MemoryPlan memory = plan_memory(plan, kRows);
  EXPECT_NE(memory.offsets[x], memory.offsets[other]);
}

TEST(MemoryPlan, GivesLogitsNoPlace) {
  PlanBuilder b;
  const ValueId x = b.embed(0, 32);
  const Plan plan = b.finish(b.project(x, {1}, 1000), 0);
  EXPECT_EQ(plan_memory(plan, kRows).bytes, bytes_of(plan, x));
}

}  // namespace
}  // namespace wasmchord::test
