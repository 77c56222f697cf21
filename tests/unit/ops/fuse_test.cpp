#include <gtest/gtest.h>

#include "tests/golden/plans.h"

namespace wasmchord::test {
namespace {

using K = OpKind;

AttentionShape shape_of(uint32_t n_heads, uint32_t n_kv_heads, uint32_t head_dim) {
  AttentionShape shape;
  shape.n_heads = n_heads;
  shape.n_kv_heads = n_kv_heads;
  shape.head_dim = shape.head_dim_v = head_dim;
  return shape;
}

// norm, q, k, v, rope, rope, write, attention; `spoil` gets all the values and may read one of them again.
struct QkvValues {
  ValueId x, normed, q, k, v, rope_q, rope_k;
};
template <typename Spoil>
Plan qkv_plan(Spoil spoil, uint32_t table_of_k = 0) {
  PlanBuilder b;
  const AttentionShape shape = shape_of(4, 2, 8);
  QkvValues s{};
  s.x = b.embed(0, 32);
  s.normed = b.norm(s.x, {1, 1e-5f});
  s.q = b.project(s.normed, {2, 12}, 32);
  s.k = b.project(s.normed, {3}, 16);
  s.v = b.project(s.normed, {4, 14}, 16);
  s.rope_q = b.rope(s.q, 0, 4, 8);
  s.rope_k = b.rope(s.k, table_of_k, 2, 8);
  b.kv_write(s.rope_k, s.v, shape);
  const ValueId attention = b.attention(s.rope_q, shape);
  spoil(b, s);
  return b.finish(attention, 1);
}

TEST(Fuse, MakesFiveOpsOfALlamaLayer) {
  const Plan fused = fuse(plan_of(tiny("gqa-tied").build()).plan);
  const std::vector<OpKind> expected = {K::kEmbed,         K::kProjectQkv,    K::kAttention,  K::kProjectAdd,
                                        K::kProjectGated,  K::kProjectAdd,    K::kProjectQkv, K::kAttention,
                                        K::kSelectOutputs, K::kSelectOutputs, K::kProjectAdd, K::kProjectGated,
                                        K::kProjectAdd,    K::kProject};
  EXPECT_EQ(kinds(fused), expected);
  EXPECT_TRUE(fused.ops.back().has_norm) << "the final norm belongs to the logits' projection";
}

TEST(Fuse, KeepsTheRoutersNormWhichThreeOpsRead) {
  const Plan fused = fuse(plan_of(tiny("moe").build()).plan);
  const std::vector<OpKind> expected = {K::kProjectQkv, K::kAttention,     K::kProjectAdd,    K::kNorm,
                                        K::kProject,    K::kRoute,         K::kExpertProject, K::kExpertProject,
                                        K::kActivate,   K::kExpertProject, K::kExpertSum,     K::kAdd};
  const std::vector<OpKind> all = kinds(fused);
  EXPECT_EQ(std::vector<OpKind>(all.begin() + 1, all.begin() + 13), expected);
}

TEST(Fuse, CarriesNormBiasesAndRopeIntoTheQkvOp) {
  const Plan fused = fuse(qkv_plan([](PlanBuilder&, const QkvValues&) {}));
  ASSERT_EQ(kinds(fused), (std::vector<OpKind>{K::kEmbed, K::kProjectQkv, K::kAttention}));
  const Op& op = fused.ops[1];
  EXPECT_EQ(op.in, fused.ops[0].out);
  EXPECT_TRUE(op.has_norm);
  EXPECT_EQ(op.norm.weight, 1u);
  EXPECT_EQ(op.norm.eps, 1e-5f);
  EXPECT_EQ(op.linear[0].w, 2u);
  EXPECT_EQ(op.linear[0].bias, 12u);
  EXPECT_EQ(op.linear[1].w, 3u);
  EXPECT_EQ(op.linear[1].bias, kNoWeight);
  EXPECT_EQ(op.linear[2].w, 4u);
  EXPECT_EQ(op.linear[2].bias, 14u);
  EXPECT_EQ(op.attention.n_kv_heads, 2u);
  EXPECT_EQ(op.out, fused.ops[2].in) << "q, rotated, is what attention reads";
}

// Each value that would disappear, read once more.
TEST(Fuse, LeavesQkvAloneWhereAnotherOpReadsAValueInside) {
  const auto is_fused = [](ValueId QkvValues::*value) {
    const Plan plan = fuse(qkv_plan([&](PlanBuilder& b, const QkvValues& s) { b.activate(s.*value, s.*value); }));
    const auto all = kinds(plan);
    return std::find(all.begin(), all.end(), K::kProjectQkv) != all.end();
  };
  EXPECT_FALSE(is_fused(&QkvValues::q));
  EXPECT_FALSE(is_fused(&QkvValues::k));
  EXPECT_FALSE(is_fused(&QkvValues::v));
  EXPECT_FALSE(is_fused(&QkvValues::rope_k));
  EXPECT_TRUE(is_fused(&QkvValues::rope_q)) << "it stays: the op's result";
  EXPECT_TRUE(is_fused(&QkvValues::x)) << "it stays: the op's input";
}

TEST(Fuse, LeavesANormAloneWhichAnotherOpReads) {
  const Plan plan = fuse(qkv_plan([](PlanBuilder& b, const QkvValues& s) { b.add(s.normed, s.normed); }));
  EXPECT_EQ(kinds(plan), (std::vector<OpKind>{K::kEmbed, K::kNorm, K::kProjectQkv, K::kAttention, K::kAdd}));
  EXPECT_FALSE(plan.ops[2].has_norm);
  EXPECT_EQ(plan.ops[2].in, plan.ops[1].out);
}

TEST(Fuse, LeavesQkvAloneWhereQAndKTurnByDifferentTables) {
  const Plan plan = fuse(qkv_plan([](PlanBuilder&, const QkvValues&) {}, 1));
  const auto all = kinds(plan);
  EXPECT_EQ(std::count(all.begin(), all.end(), K::kProjectQkv), 0);
  EXPECT_EQ(std::count(all.begin(), all.end(), K::kRope), 2);
}

TEST(Fuse, LeavesTheGatedPairAloneWhereAnotherOpReadsTheGate) {
  PlanBuilder b;
  const ValueId x = b.embed(0, 32);
  const ValueId gate = b.project(x, {1}, 64), up = b.project(x, {2}, 64);
  const ValueId act = b.activate(gate, up);
  const Plan plan = fuse(b.finish(b.add(act, gate), 0));
  EXPECT_EQ(kinds(plan), (std::vector<OpKind>{K::kEmbed, K::kProject, K::kProject, K::kActivate, K::kAdd}));
}

TEST(Fuse, DoesNotSwapGateAndUp) {
  PlanBuilder b;
  const ValueId x = b.embed(0, 32);
  const ValueId first = b.project(x, {1}, 64), second = b.project(x, {2}, 64);
  const Plan plan = fuse(b.finish(b.activate(second, first), 0));
  EXPECT_EQ(kinds(plan), (std::vector<OpKind>{K::kEmbed, K::kProject, K::kProject, K::kActivate}));
}

TEST(Fuse, LeavesAProjectionAloneWhoseResultIsReadTwice) {
  PlanBuilder b;
  const ValueId x = b.embed(0, 32);
  const ValueId y = b.project(x, {1}, 32);
  const ValueId sum = b.add(x, y);
  const Plan plan = fuse(b.finish(b.activate(sum, y), 0));
  EXPECT_EQ(kinds(plan), (std::vector<OpKind>{K::kEmbed, K::kProject, K::kAdd, K::kActivate}));
}

TEST(Fuse, LeavesAProjectionAloneThatIsAddedToItself) {
  PlanBuilder b;
  const ValueId y = b.project(b.embed(0, 32), {1}, 32);
  const Plan plan = fuse(b.finish(b.add(y, y), 0));
  EXPECT_EQ(kinds(plan), (std::vector<OpKind>{K::kEmbed, K::kProject, K::kAdd}));
}

// Whoever runs the plan reads the logits: they may not disappear into another op.
TEST(Fuse, KeepsTheLogitsWhereAnotherOpReadsThemToo) {
  PlanBuilder b;
  const ValueId x = b.embed(0, 32);
  const ValueId logits = b.project(x, {1}, 32);
  b.add(x, logits);
  const Plan plan = fuse(b.finish(logits, 0));
  EXPECT_EQ(kinds(plan), (std::vector<OpKind>{K::kEmbed, K::kProject, K::kAdd}));
}

TEST(Fuse, ChangesNothingTheSecondTime) {
  const Plan once = fuse(plan_of(tiny("moe").build()).plan);
  EXPECT_EQ(kinds(fuse(once)), kinds(once));
}

class FusedPlan : public testing::TestWithParam<const char*> {};

TEST_P(FusedPlan, GivesTheSameBitsAsThePlanThatIsNot) {
  const std::vector<TokenId> all = tiny_ids();
  const std::span<const TokenId> ids = std::span(all).first(40);
  for (DType dtype : {DType::kF32, DType::kF16, DType::kQ8_0, DType::kQ4_0}) {
    const std::string name = GetParam();
    ModelCopy copy = tiny_path(name).empty() ? arch(name) : tiny(name);
    if (dtype != DType::kF32) copy.convert(dtype);
    const LoadedPlan loaded = plan_of(copy.build());
    const Plan fused = fuse(loaded.plan);
    ASSERT_LT(fused.ops.size(), loaded.plan.ops.size());
    const std::vector<float> expected = run_plan(loaded, loaded.plan, ids);
    for (const RunSettings& settings : {RunSettings{1, 0}, RunSettings{3, 7}, RunSettings{2, 1}}) {
      EXPECT_EQ(bit_difference(run_plan(loaded, fused, ids, settings), expected), "")
          << dtype_info(dtype).name << ", " << settings.threads << " threads, " << settings.ubatch << " at once";
      EXPECT_EQ(bit_difference(run_plan(loaded, loaded.plan, ids, settings), expected), "") << "not fused";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, FusedPlan,
                         testing::Values("attn-bias", "gqa-tied", "moe", "mqa", "yarn", "command-r", "gemma2",
                                         "gpt-oss", "gpt2", "qwen2moe"),
                         [](const testing::TestParamInfo<const char*>& p) {
                           std::string name = p.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace wasmchord::test
