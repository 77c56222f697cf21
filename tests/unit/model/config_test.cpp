// Every llama.* key: absent, of another type, out of range, unknown. The message names the key.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "src/model/arch.h"
#include "tests/unit/model/header.h"

namespace wasmchord::test {
namespace {

const std::string kEps = "attention.layer_norm_rms_epsilon";

// Reading the configuration alone: no tensor plays a part.
Status read(ModelCopy& copy, ModelConfig* config) {
  copy.tensors().clear();
  return read_model_config(*header_of(copy.build()), config).status();
}
Status read(ModelCopy& copy) {
  ModelConfig config;
  return read(copy, &config);
}

template <typename T>
Status with(const std::string& key, T value) {
  ModelCopy copy = tiny("moe");
  copy.set("llama.rope.scaling.type", "yarn").set("llama.rope.scaling.factor", 2.0f);
  return read(copy.set("llama." + key, value));
}

TEST(Config, OfTheFileIsTaken) {
  ModelCopy copy = tiny("moe");
  copy.set("llama.attention.key_length", uint32_t{24}).set("llama.attention.value_length", uint32_t{20});
  copy.set("llama.attention.sliding_window", uint32_t{9}).set("llama.rope.dimension_count", uint32_t{12});
  ModelConfig c;
  ASSERT_TRUE(read(copy, &c).is_ok());
  EXPECT_EQ(c.architecture, "llama");
  EXPECT_EQ(c.n_layers, 2u);
  EXPECT_EQ(c.n_embd, 64u);
  EXPECT_EQ(c.n_ff, 96u);
  EXPECT_EQ(c.n_heads, 4u);
  EXPECT_EQ(c.n_kv_heads, 2u);
  EXPECT_EQ(c.head_dim, 24u);
  EXPECT_EQ(c.head_dim_v, 20u);
  EXPECT_EQ(c.n_ctx_train, 256u);
  EXPECT_EQ(c.norm_eps, 1e-5f);
  EXPECT_EQ(c.n_experts, 4u);
  EXPECT_EQ(c.n_experts_used, 2u);
  EXPECT_EQ(c.sliding_window, 9u);
  EXPECT_EQ(c.rope.n_rot, 12u);
  EXPECT_TRUE(c.rope.interleaved);
  EXPECT_FLOAT_EQ(c.attention_scale, 1.0f / std::sqrt(24.0f));
}

TEST(Config, DefaultsAreTheFormatsOwn) {
  ModelCopy copy = tiny("gqa-tied");
  copy.without("llama.attention.head_count_kv").without("llama.rope.dimension_count").without("llama.rope.freq_base");
  copy.without("llama.vocab_size");
  ModelConfig c;
  ASSERT_TRUE(read(copy, &c).is_ok());
  EXPECT_EQ(c.n_kv_heads, c.n_heads);
  EXPECT_EQ(c.rope.n_rot, c.head_dim);
  EXPECT_EQ(c.rope.freq_base, 10000.0f);
  EXPECT_EQ(c.rope.scaling, RopeScaling::kNone);
  EXPECT_EQ(c.sliding_window, 0u);
  EXPECT_EQ(c.n_experts, 0u);
}

TEST(Config, RequiredKeysAreMissedByName) {
  for (const std::string key : {"block_count", "context_length", "embedding_length", "feed_forward_length",
                                "attention.head_count", kEps.c_str(), "expert_used_count"}) {
    ModelCopy copy = tiny("moe");
    const Status status = read(copy.without("llama." + key));
    EXPECT_EQ(status.code(), Code::kMissingKey) << key;
    EXPECT_TRUE(names(status, "llama." + key)) << status.message();
  }
  ModelCopy copy = tiny("moe");
  const Status status = read(copy.without("general.architecture"));
  EXPECT_EQ(status.code(), Code::kMissingKey);
  EXPECT_TRUE(names(status, "general.architecture"));
}

TEST(Config, KeysOfAnotherTypeAreRefusedByName) {
  for (const std::string key : {"block_count",
                                "context_length",
                                "embedding_length",
                                "feed_forward_length",
                                "attention.head_count",
                                "attention.head_count_kv",
                                "attention.key_length",
                                "attention.value_length",
                                kEps.c_str(),
                                "attention.sliding_window",
                                "attention.causal",
                                "expert_count",
                                "expert_used_count",
                                "rope.dimension_count",
                                "rope.freq_base",
                                "rope.scaling.factor",
                                "rope.scaling.attn_factor",
                                "rope.scaling.original_context_length",
                                "rope.scaling.yarn_ext_factor",
                                "rope.scaling.yarn_beta_fast",
                                "rope.scaling.yarn_beta_slow",
                                "vocab_size",
                                "use_parallel_residual"}) {
    const Status status = with(key, "seven");
    EXPECT_EQ(status.code(), Code::kWrongKeyType) << key;
    EXPECT_TRUE(names(status, "llama." + key)) << status.message();
  }
  EXPECT_EQ(with("rope.scaling.type", uint32_t{1}).code(), Code::kWrongKeyType);
}

TEST(Config, PerLayerArraysAreRefusedByName) {
  ModelCopy copy = tiny("gqa-tied");
  const Status status = read(copy.set_array("llama.attention.head_count_kv", 2, int32_t{2}));
  EXPECT_EQ(status.code(), Code::kWrongKeyType);
  EXPECT_TRUE(names(status, "llama.attention.head_count_kv"));
}

TEST(Config, CountsOutOfRangeAreRefusedByName) {
  const std::pair<const char*, std::vector<uint32_t>> cases[] = {
      {"block_count", {0, 4097, UINT32_MAX}},
      {"context_length", {0, (1u << 30) + 1}},
      {"embedding_length", {0, (1u << 24) + 1, 65}},
      {"feed_forward_length", {0, (1u << 24) + 1}},
      {"attention.head_count", {0, (1u << 16) + 1, 3}},
      {"attention.head_count_kv", {0, 3, 8, UINT32_MAX}},
      {"attention.key_length", {0, (1u << 13) + 1}},
      {"attention.value_length", {0, (1u << 13) + 1}},
      {"expert_count", {4097}},
      {"expert_used_count", {0, 5}},
      {"rope.dimension_count", {0, 15, 18}},
      {"rope.scaling.original_context_length", {0}},
      {"vocab_size", {0, UINT32_MAX}},
  };
  for (const auto& [key, values] : cases) {
    for (uint32_t value : values) {
      const Status status = with(key, value);
      EXPECT_EQ(status.code(), Code::kBadKeyValue) << key << " " << value;
      // A width that the heads do not divide is told as a fault of the head count.
      const bool heads = value == 65 || value == 3;
      EXPECT_TRUE(names(status, heads ? std::string("llama.attention.head_count") : "llama." + std::string(key)))
          << status.message();
    }
  }
}

TEST(Config, NegativeAndWideIntegersAreRefusedByName) {
  EXPECT_EQ(with("block_count", int32_t{-1}).code(), Code::kBadKeyValue);
  EXPECT_EQ(with("block_count", uint64_t{1} << 40).code(), Code::kBadKeyValue);
  EXPECT_TRUE(with("block_count", uint64_t{2}).is_ok()) << "any integer type serves";
}

TEST(Config, FloatsMustBeFiniteAndPositive) {
  constexpr float kInf = std::numeric_limits<float>::infinity(), kNan = std::numeric_limits<float>::quiet_NaN();
  for (const std::string key : {kEps.c_str(), "rope.freq_base", "rope.scaling.factor", "rope.scaling.attn_factor",
                                "rope.scaling.yarn_beta_fast", "rope.scaling.yarn_beta_slow"}) {
    for (float value : {0.0f, -1.0f, kInf, -kInf, kNan}) {
      const Status status = with(key, value);
      EXPECT_EQ(status.code(), Code::kBadKeyValue) << key << " " << value;
      EXPECT_TRUE(names(status, "llama." + key)) << status.message();
    }
  }
  EXPECT_EQ(with("rope.scaling.yarn_ext_factor", kNan).code(), Code::kBadKeyValue);
  EXPECT_TRUE(with("rope.scaling.yarn_ext_factor", 0.0f).is_ok());
}

TEST(Config, KeysThatNobodyKnowsAreRefusedByName) {
  for (const char* key : {"attention.q_lora_rank", "rope.scaling.short_factor", "logit_scale", "x"}) {
    const Status status = with(key, uint32_t{0});
    EXPECT_EQ(status.code(), Code::kUnsupportedFeature) << key;
    EXPECT_TRUE(names(status, "llama." + std::string(key))) << status.message();
  }
}

TEST(Config, KeysOfOtherFamiliesDoNotMatter) {
  ModelCopy copy = tiny("gqa-tied");
  EXPECT_TRUE(read(copy.set("llama2.block_count", uint32_t{0}).set("clip.x", "y")).is_ok());
}

TEST(Config, FeaturesThatAreNotComputedAreRefusedByName) {
  const std::pair<Status, const char*> cases[] = {{with("use_parallel_residual", true), "use_parallel_residual"},
                                                  {with("attention.causal", false), "attention.causal"},
                                                  {with("rope.scaling.type", "dynamic"), "dynamic"}};
  for (const auto& [status, what] : cases) {
    EXPECT_EQ(status.code(), Code::kUnsupportedFeature);
    EXPECT_TRUE(names(status, what)) << status.message();
  }
  EXPECT_TRUE(with("attention.causal", true).is_ok());
}

TEST(Config, AnArchitectureThatIsNotKnownIsNamedWithThoseThatAre) {
  ModelCopy copy = tiny("gqa-tied");
  const Status status = read(copy.set("general.architecture", "phoenix9"));
  EXPECT_EQ(status.code(), Code::kUnsupportedArchitecture);
  EXPECT_TRUE(names(status, "'phoenix9'"));
  EXPECT_TRUE(names(status, "llama"));
  EXPECT_NE(find_arch("llama"), nullptr);
  EXPECT_EQ(find_arch("llama "), nullptr);
}

TEST(Config, ScalingIsReadUnderItsOldNameToo) {
  ModelCopy copy = tiny("gqa-tied");
  ModelConfig c;
  ASSERT_TRUE(read(copy.set("llama.rope.scale_linear", 4.0f), &c).is_ok());
  EXPECT_EQ(c.rope.scaling, RopeScaling::kLinear);
  EXPECT_EQ(c.rope.scale, 0.25f);
}

TEST(Config, ScalingOfTypeNoneIgnoresTheFactor) {
  ModelCopy copy = tiny("gqa-tied");
  ModelConfig c;
  ASSERT_TRUE(read(copy.set("llama.rope.scaling.type", "none").set("llama.rope.scaling.factor", 4.0f), &c).is_ok());
  EXPECT_EQ(c.rope.scale, 1.0f);
}

}  // namespace
}  // namespace wasmchord::test
