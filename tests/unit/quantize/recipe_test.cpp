// The rules of the mixtures. Expected types: what llama.cpp's llama-quantize chose for files of these shapes.
#include "tools/quantize/recipe.h"

#include <gtest/gtest.h>

namespace wasmchord::tools {
namespace {

constexpr Recipe kQ4KM{"Q4_K_M", FileType::kQ4_K_M, DType::kQ4_K, ""};
constexpr Recipe kQ2K{"Q2_K", FileType::kQ2_K, DType::kQ2_K, ""};
constexpr Recipe kQ3KM{"Q3_K_M", FileType::kQ3_K_M, DType::kQ3_K, ""};
constexpr Recipe kQ3KL{"Q3_K_L", FileType::kQ3_K_L, DType::kQ3_K, ""};
constexpr Recipe kQ4KS{"Q4_K_S", FileType::kQ4_K_S, DType::kQ4_K, ""};
constexpr Recipe kQ5KM{"Q5_K_M", FileType::kQ5_K_M, DType::kQ5_K, ""};
constexpr Recipe kTQ1{"TQ1_0", FileType::kTQ1_0, DType::kTQ1_0, ""};

// TinyLlama's: 22 layers, 8 query heads to a key head.
ModelFacts tiny_llama() {
  ModelFacts facts;
  facts.architecture = "llama";
  facts.n_layers = 22;
  facts.n_grouped = 8;
  facts.has_output = true;
  for (uint32_t layer = 0; layer < facts.n_layers; ++layer) facts.attn_layers.push_back(layer);
  return facts;
}

std::optional<DType> choose(const Recipe& recipe, const ModelFacts& facts, const std::string& name,
                            const Shape& shape = Shape::of(2048, 2048), const TypeOverrides& overrides = {}) {
  bool fell_back = false;
  return TypeChooser(recipe, facts, overrides).choose(name, shape, &fell_back);
}

std::string block(uint32_t layer, const std::string& name) { return "blk." + std::to_string(layer) + "." + name; }

TEST(RecipeTest, MoreBitsGoToTheFirstAndLastEighthAndEveryThirdBetween) {
  std::vector<uint32_t> layers;
  for (uint32_t layer = 0; layer < 22; ++layer) {
    if (uses_more_bits(layer, 22)) layers.push_back(layer);
  }
  EXPECT_EQ(layers, (std::vector<uint32_t>{0, 1, 4, 7, 10, 13, 16, 19, 20, 21}));
}

TEST(RecipeTest, Q4KMRaisesValuesAndDownProjections) {
  const ModelFacts facts = tiny_llama();
  for (const std::string name : {"attn_v.weight", "ffn_down.weight"}) {
    EXPECT_EQ(choose(kQ4KM, facts, block(0, name)), DType::kQ6_K);
    EXPECT_EQ(choose(kQ4KM, facts, block(2, name)), DType::kQ4_K);
    EXPECT_EQ(choose(kQ4KM, facts, block(4, name)), DType::kQ6_K);
    EXPECT_EQ(choose(kQ4KM, facts, block(21, name)), DType::kQ6_K);
  }
  EXPECT_EQ(choose(kQ4KM, facts, block(0, "attn_q.weight")), DType::kQ4_K);
  EXPECT_EQ(choose(kQ4KM, facts, "token_embd.weight"), DType::kQ4_K);
  EXPECT_EQ(choose(kQ4KM, facts, "output.weight"), DType::kQ6_K);
}

TEST(RecipeTest, OtherMixturesFollowTheirRules) {
  const ModelFacts facts = tiny_llama();
  EXPECT_EQ(choose(kQ2K, facts, block(9, "attn_v.weight")), DType::kQ4_K);
  EXPECT_EQ(choose(kQ2K, facts, block(9, "ffn_down.weight")), DType::kQ3_K);
  EXPECT_EQ(choose(kQ2K, facts, block(9, "attn_output.weight")), DType::kQ3_K);
  EXPECT_EQ(choose(kQ3KM, facts, block(1, "attn_v.weight")), DType::kQ5_K);
  EXPECT_EQ(choose(kQ3KM, facts, block(2, "attn_v.weight")), DType::kQ4_K);
  EXPECT_EQ(choose(kQ3KM, facts, block(0, "ffn_down.weight")), DType::kQ5_K);
  EXPECT_EQ(choose(kQ3KM, facts, block(1, "ffn_down.weight")), DType::kQ4_K);
  EXPECT_EQ(choose(kQ3KL, facts, block(9, "attn_output.weight")), DType::kQ5_K);
  EXPECT_EQ(choose(kQ4KS, facts, block(3, "attn_v.weight")), DType::kQ5_K);
  EXPECT_EQ(choose(kQ4KS, facts, block(4, "attn_v.weight")), DType::kQ4_K);
  EXPECT_EQ(choose(kQ4KS, facts, block(1, "ffn_down.weight")), DType::kQ5_K);
  EXPECT_EQ(choose(kQ5KM, facts, block(0, "ffn_down.weight")), DType::kQ6_K);
  EXPECT_EQ(choose(kTQ1, facts, "token_embd.weight"), DType::kQ4_K);
}

TEST(RecipeTest, EmbeddingIsTheOutputWhereThereIsNoOther) {
  ModelFacts facts = tiny_llama();
  facts.has_output = false;
  EXPECT_EQ(choose(kQ4KM, facts, "token_embd.weight"), DType::kQ6_K);
}

TEST(RecipeTest, EightExpertsKeepTheirAttention) {
  ModelFacts facts = tiny_llama();
  facts.n_experts = 8;
  EXPECT_EQ(choose(kQ4KM, facts, block(2, "attn_v.weight")), DType::kQ8_0);
  EXPECT_EQ(choose(kQ4KM, facts, block(2, "attn_k.weight")), DType::kQ8_0);
  EXPECT_EQ(choose(kQ4KM, facts, block(2, "attn_output.weight")), DType::kQ5_K);
  EXPECT_EQ(choose(kQ4KM, facts, block(2, "ffn_down_exps.weight"), Shape::of(2048, 2048, 8)), DType::kQ4_K);
}

TEST(RecipeTest, WhatIsNoMatrixStaysAsItIs) {
  const ModelFacts facts = tiny_llama();
  EXPECT_EQ(choose(kQ4KM, facts, block(0, "attn_norm.weight"), Shape::of(2048)), std::nullopt);
  EXPECT_EQ(choose(kQ4KM, facts, block(0, "attn_q.bias"), Shape::of(2048)), std::nullopt);
  EXPECT_EQ(choose(kQ4KM, facts, block(0, "attn_q.weight"), Shape::of(2048, 1)), std::nullopt);
  EXPECT_EQ(choose(kQ4KM, facts, block(0, "ffn_gate_inp.weight"), Shape::of(2048, 8)), std::nullopt);
  EXPECT_EQ(choose(kQ4KM, facts, block(0, "attn_q_norm.weight"), Shape::of(128, 32)), std::nullopt);
  EXPECT_EQ(choose(kQ4KM, facts, "rope_freqs.weight", Shape::of(64)), std::nullopt);
}

TEST(RecipeTest, RowsThatAreNoWholeBlocksFallBack) {
  EXPECT_EQ(fitting_type(DType::kQ4_K, 576), DType::kQ5_0);
  EXPECT_EQ(fitting_type(DType::kQ5_K, 576), DType::kQ5_1);
  EXPECT_EQ(fitting_type(DType::kQ6_K, 576), DType::kQ8_0);
  EXPECT_EQ(fitting_type(DType::kQ2_K, 576), DType::kQ4_0);
  EXPECT_EQ(fitting_type(DType::kQ3_K, 576), DType::kQ4_0);
  EXPECT_EQ(fitting_type(DType::kTQ2_0, 576), DType::kQ4_0);
  EXPECT_EQ(fitting_type(DType::kIQ4_XS, 576), DType::kIQ4_NL);
  EXPECT_EQ(fitting_type(DType::kQ4_K, 40), DType::kF16);
  EXPECT_EQ(fitting_type(DType::kQ8_0, 40), DType::kF16);
  EXPECT_EQ(fitting_type(DType::kQ4_K, 512), DType::kQ4_K);
}

TEST(RecipeTest, OverridesWinOverTheRules) {
  const ModelFacts facts = tiny_llama();
  TypeOverrides overrides;
  overrides.pure = true;
  EXPECT_EQ(choose(kQ4KM, facts, "output.weight", Shape::of(2048, 2048), overrides), DType::kQ4_K);
  overrides.output = DType::kQ8_0;
  overrides.embedding = DType::kF16;
  EXPECT_EQ(choose(kQ4KM, facts, "output.weight", Shape::of(2048, 2048), overrides), DType::kQ8_0);
  EXPECT_EQ(choose(kQ4KM, facts, "token_embd.weight", Shape::of(2048, 2048), overrides), DType::kF16);
}

TEST(RecipeTest, NamesAreFoundInEitherCase) {
  ASSERT_TRUE(find_recipe("q8_0"));
  EXPECT_EQ(find_recipe("q8_0")->base, DType::kQ8_0);
  EXPECT_FALSE(find_recipe("Q9_0"));
  EXPECT_EQ(find_writable_type("bf16"), DType::kBF16);
  EXPECT_FALSE(find_writable_type("I32"));
}

}  // namespace
}  // namespace wasmchord::tools
