#include <gtest/gtest.h>

#include "tests/golden/plans.h"

namespace wasmchord::test {
namespace {

using K = OpKind;

TEST(PlanBuilder, GivesEachOpAValueOfItsOwnWidth) {
  PlanBuilder builder;
  const ValueId x = builder.embed(0, 64);
  const ValueId q = builder.project(x, {1}, 96);
  const ValueId turned = builder.rope(q, 0, 6, 16);
  AttentionShape shape;
  shape.n_heads = 6;
  shape.n_kv_heads = 2;
  shape.head_dim = 16;
  shape.head_dim_v = 8;
  const ValueId attention = builder.attention(turned, shape);
  const ValueId route = builder.route(builder.project(x, {2}, 8), 2);
  const ValueId slots = builder.expert_project(x, route, {3}, 40, false);
  const ValueId sum = builder.expert_sum(slots, route);
  const Plan plan = builder.finish(sum, 1);
  const auto cols = [&](ValueId v) { return plan.values[v].cols; };
  EXPECT_EQ(cols(x), 64u);
  EXPECT_EQ(cols(q), 96u);
  EXPECT_EQ(cols(turned), 96u);
  EXPECT_EQ(cols(attention), 48u);
  EXPECT_EQ(cols(route), 4u) << "two experts and two weights";
  EXPECT_EQ(cols(slots), 80u) << "two slots of 40";
  EXPECT_EQ(cols(sum), 40u);
  EXPECT_EQ(plan.n_vocab, 40u);
  EXPECT_EQ(plan.logits, sum);
}

TEST(PlanBuilder, RowsBehindSelectOutputsAreTheWantedOnes) {
  PlanBuilder builder;
  const ValueId x = builder.embed(0, 32);
  const ValueId some = builder.select_outputs(x);
  const ValueId y = builder.project(some, {1}, 8);
  const Plan plan = builder.finish(y, 0);
  EXPECT_EQ(plan.values[x].rows, RowSet::kTokens);
  EXPECT_EQ(plan.values[some].rows, RowSet::kOutputs);
  EXPECT_EQ(plan.values[y].rows, RowSet::kOutputs);
}

TEST(LlamaPlan, DescribesALayerAsThePaperDoes) {
  const LoadedPlan loaded = plan_of(tiny("gqa-tied").build());
  const std::vector<OpKind> layer = {K::kNorm,    K::kProject,   K::kProject, K::kProject, K::kRope, K::kRope,
                                     K::kKvWrite, K::kAttention, K::kProject, K::kAdd,     K::kNorm, K::kProject,
                                     K::kProject, K::kActivate,  K::kProject, K::kAdd};
  std::vector<OpKind> expected = {K::kEmbed};
  expected.insert(expected.end(), layer.begin(), layer.end());
  expected.insert(expected.end(), layer.begin(), layer.end());
  // In the last layer only the wanted rows go on behind attention.
  expected.insert(expected.end() - 8, {K::kSelectOutputs, K::kSelectOutputs});
  expected.insert(expected.end(), {K::kNorm, K::kProject});
  EXPECT_EQ(kinds(loaded.plan), expected);
  EXPECT_EQ(loaded.plan.n_layers, 2u);
  EXPECT_EQ(loaded.plan.n_vocab, 320u);
}

TEST(LlamaPlan, TiesTheOutputToTheEmbeddingOnlyWhereTheFileHasNone) {
  const LoadedPlan tied = plan_of(tiny("gqa-tied").build());
  EXPECT_EQ(tied.plan.ops.front().linear[0].w, tied.plan.ops.back().linear[0].w);
  const LoadedPlan untied = plan_of(tiny("mqa").build());
  EXPECT_NE(untied.plan.ops.front().linear[0].w, untied.plan.ops.back().linear[0].w);
}

TEST(LlamaPlan, RoutesEachTokenOnceForAllItsExperts) {
  const LoadedPlan loaded = plan_of(tiny("moe").build());
  const std::vector<OpKind> all = kinds(loaded.plan);
  EXPECT_EQ(std::count(all.begin(), all.end(), K::kRoute), 2);
  EXPECT_EQ(std::count(all.begin(), all.end(), K::kExpertProject), 6);
  EXPECT_EQ(std::count(all.begin(), all.end(), K::kExpertSum), 2);
}

}  // namespace
}  // namespace wasmchord::test
