#include <gtest/gtest.h>

#include "tests/unit/model/header.h"

namespace wasmchord::test {
namespace {

TEST(UnsupportedParts, OfAModelThatRunsAreNone) {
  for (const char* name : {"gqa-tied", "moe", "yarn"}) {
    EXPECT_TRUE(unsupported_parts(*header_of(tiny(name).build())).empty()) << name;
  }
}

TEST(UnsupportedParts, AreAllNamedAndEachTypeOnce) {
  ModelCopy copy = tiny("mqa");
  copy.set("general.architecture", "phoenix9").set("tokenizer.ggml.model", "runes");
  for (const char* name : {"blk.0.attn_q.weight", "blk.1.attn_q.weight"}) {
    GgufBuilder::Tensor& t = copy.tensor(name);
    t.type = static_cast<uint32_t>(DType::kI8);
    t.data.resize(64 * 64);
  }
  const std::vector<std::string> parts = unsupported_parts(*header_of(copy.build()));
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_NE(parts[0].find("phoenix9"), std::string::npos) << parts[0];
  EXPECT_NE(parts[1].find("runes"), std::string::npos) << parts[1];
  EXPECT_NE(parts[2].find("I8"), std::string::npos) << parts[2];
  EXPECT_NE(parts[2].find("blk.0.attn_q.weight"), std::string::npos) << parts[2];
}

TEST(EstimateMemory, OfTheCacheIsWhatASessionTakes) {
  const Bytes file = tiny("gqa-tied").build();
  const auto estimate = estimate_memory(*header_of(file), 96);
  ASSERT_TRUE(estimate.is_ok());
  EXPECT_EQ(estimate->n_ctx, 96u);
  const auto model = load(file);
  const auto executor = model->create_executor({96, 32, KvType::kF16, 1});
  ASSERT_TRUE(executor.is_ok());
  EXPECT_EQ(estimate->kv_bytes, (*executor)->memory().kv_bytes);
  EXPECT_GT(estimate->activation_bytes, 0u);
}

TEST(EstimateMemory, CountsEveryTensor) {
  ModelCopy copy = tiny("gqa-tied");
  uint64_t bytes = 0;
  for (const GgufBuilder::Tensor& t : copy.tensors()) bytes += t.data.size();
  const auto estimate = estimate_memory(*header_of(copy.build()), 0);
  ASSERT_TRUE(estimate.is_ok());
  EXPECT_EQ(estimate->weights_bytes, bytes);
  EXPECT_EQ(estimate->n_ctx, 256u) << "the model's own";
}

TEST(EstimateMemory, ThatOverflowsIsRefused) {
  ModelCopy copy = tiny("gqa-tied");
  copy.set("llama.block_count", uint32_t{4096}).set("llama.attention.head_count", uint32_t{65536});
  copy.set("llama.attention.head_count_kv", uint32_t{65536}).set("llama.attention.key_length", uint32_t{8192});
  copy.set("llama.attention.value_length", uint32_t{8192}).set("llama.rope.dimension_count", uint32_t{8192});
  EXPECT_EQ(estimate_memory(*header_of(copy.build()), UINT32_MAX).status().code(), Code::kBadKeyValue);
}

TEST(EstimateMemory, OfAFileThatIsNoModelIsRefused) {
  const Bytes file = read_bytes(data_path("gguf-malformed/ok_v3.gguf"));
  EXPECT_EQ(estimate_memory(*header_of(file), 0).status().code(), Code::kMissingKey);
}

TEST(MicroBatch, IsSizedByItsMemoryWithinItsBounds) {
  ModelConfig config = load(tiny("gqa-tied").build())->config();
  EXPECT_EQ(default_micro_batch(config, 512), 512u) << "a small model takes all";
  EXPECT_EQ(default_micro_batch(config, 5), 5u);
  config.n_ff = 1u << 24;
  EXPECT_EQ(default_micro_batch(config, 512), 32u) << "never fewer, however wide";
}

TEST(Stats, CountWhatATokenReads) {
  ModelCopy copy = tiny("moe");
  const auto model = load(copy.build());
  uint64_t params = 0, read = 0;
  for (const GgufBuilder::Tensor& t : copy.tensors()) {
    const uint64_t n = t.data.size() / 4;
    params += n;
    const bool expert = t.name.find("_exps.") != std::string::npos;
    if (t.name != "token_embd.weight") read += expert ? n * 4 / 2 : n * 4;  // two of four experts
  }
  EXPECT_EQ(model->stats().n_params, params);
  EXPECT_EQ(model->stats().weights_bytes, params * 4);
  EXPECT_EQ(model->stats().bytes_per_token, read);
  EXPECT_EQ(model->stats().file_type, "F32");
}

TEST(Stats, CountATiedEmbeddingAsTheOutputMatrix) {
  ModelCopy copy = tiny("gqa-tied");
  uint64_t bytes = 0;
  for (const GgufBuilder::Tensor& t : copy.tensors()) bytes += t.data.size();
  EXPECT_EQ(load(copy.build())->stats().bytes_per_token, bytes);
  EXPECT_EQ(load(copy.convert(DType::kQ8_0).build())->stats().file_type, "Q8_0");
}

}  // namespace
}  // namespace wasmchord::test
