// Random models of every architecture, token by token against another runtime's log-probabilities; what those files
// lack against formulas.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/golden/models.h"
#include "tests/golden/reference_gpt.h"
#include "tests/golden/reference_llama.h"
#include "tests/golden/references.h"

namespace wasmchord::test::arch_cases {
namespace {

using Rows = std::vector<std::vector<double>>;

Rows computed(const Bytes& file, KvType kv_type, uint32_t ubatch = 16) {
  const auto model = load(file);
  return log_probs(all_logits(*model, tiny_ids(), {1, ubatch, kv_type}), model->config().n_vocab);
}

double worst_of(const Rows& a, const Rows& b) {
  double worst = 0;
  for (size_t t = 0; t < a.size(); ++t) {
    for (size_t id = 0; id < a[t].size(); ++id) worst = std::max(worst, std::fabs(a[t][id] - b[t][id]));
  }
  return worst;
}

class Architecture : public testing::TestWithParam<const char*> {};

// The other runtime keeps K and V, and its tables of activation functions, in 16 bits.
TEST_P(Architecture, GivesTheLogProbabilitiesOfLlamaCpp) {
  const std::string path = arch_path(GetParam());
  if (path.empty()) GTEST_SKIP() << "the shared model arch/" << GetParam() << ".gguf is not here";
  const auto reference = read_top_rows(path.substr(0, path.size() - 5) + ".logits.jsonl");
  ASSERT_EQ(ids_of(reference), tiny_ids());
  const Agreement agreement = compare(reference, computed(read_bytes(path), KvType::kF16));
  RecordProperty("worst", std::to_string(agreement.worst));
  EXPECT_LE(agreement.worst, 0.02);
}

// Prompts and single tokens are one code: any division of the text gives the same bits.
TEST_P(Architecture, GivesTheSameBitsTokenByToken) {
  const std::string path = arch_path(GetParam());
  if (path.empty()) GTEST_SKIP() << "the shared model arch/" << GetParam() << ".gguf is not here";
  const auto model = load(read_bytes(path));
  const std::vector<TokenId> all = tiny_ids();
  const std::span<const TokenId> ids = std::span(all).first(40);
  EXPECT_EQ(bit_difference(all_logits(*model, ids, {2, 1}), all_logits(*model, ids, {1, 40})), "");
}

INSTANTIATE_TEST_SUITE_P(All, Architecture,
                         testing::Values("command-r", "ernie4_5", "exaone4", "falcon", "gemma", "gemma2", "gemma3",
                                         "gpt-oss", "gpt2", "gptneox", "granite", "hunyuan-dense", "internlm2", "llama",
                                         "minicpm", "mistral3", "olmo2", "olmoe", "phi2", "phi3", "qwen2", "qwen2moe",
                                         "qwen3", "qwen3moe", "smollm3", "stablelm", "starcoder2"),
                         [](const testing::TestParamInfo<const char*>& tested) {
                           std::string name = tested.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(LearnedPositions, AreAddedAsInThePaper) {
  ModelCopy gpt2 = arch("gpt2");
  EXPECT_LE(
      worst_of(computed(gpt2.build(), KvType::kF32), ReferenceGpt(gpt2, {2, 64, 4, 16, 1e-5}).log_probs(tiny_ids())),
      0.0005);
}

TEST(LearnedPositions, EndTheContext) {
  const auto model = load(arch("gpt2").build());
  EXPECT_TRUE(model->create_executor({256, 16}).status().is_ok());
  const Status status = model->create_executor({257, 16}).status();
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_NE(status.message().find("256"), std::string::npos) << status.message();
}

// GPT-2's file with other keys: MPT has its tensors, but for the positions.
ModelCopy mpt(uint32_t n_heads) {
  ModelCopy copy = arch("gpt2");
  copy.set("general.architecture", "mpt").without_tensor("position_embd.weight");
  copy.set("mpt.context_length", uint32_t{256}).set("mpt.embedding_length", uint32_t{64});
  copy.set("mpt.block_count", uint32_t{2}).set("mpt.feed_forward_length", uint32_t{96});
  copy.set("mpt.attention.head_count", n_heads);
  copy.set("mpt.attention.layer_norm_epsilon", 1e-5f).set("mpt.attention.max_alibi_bias", 8.0f);
  return copy;
}

TEST(Alibi, SlopesScoresAsInThePaper) {
  ModelCopy four = mpt(4);
  EXPECT_LE(
      worst_of(computed(four.build(), KvType::kF32), ReferenceGpt(four, {2, 64, 4, 16, 1e-5, 8}).log_probs(tiny_ids())),
      0.0005);
}

TEST(Alibi, HasSlopesBetweenForHeadsThatAreNoPowerOfTwo) {
  ModelCopy three = mpt(3);
  three.set("mpt.attention.key_length", uint32_t{16}).set("mpt.attention.value_length", uint32_t{16});
  for (const std::string blk : {"blk.0.", "blk.1."}) {
    const auto cut = [&](const char* name, std::vector<uint64_t> dims, size_t n) {
      three.tensor(blk + name).dims = std::move(dims);
      three.tensor(blk + name).data.resize(n * sizeof(float));
    };
    cut("attn_qkv.weight", {64, 144}, 64 * 144);
    cut("attn_qkv.bias", {144}, 144);
    cut("attn_output.weight", {48, 64}, 48 * 64);
  }
  EXPECT_LE(worst_of(computed(three.build(), KvType::kF32),
                     ReferenceGpt(three, {2, 64, 3, 16, 1e-5, 8}).log_probs(tiny_ids())),
            0.0005);
}

// Pairs that RoPE turns in a head of tiny/gqa-tied: 64 elements in 8 heads.
constexpr size_t kGqaTiedPairs = 4;

// Factors of a short and a long context in one file; either must be what the same factors are alone.
TEST(LongRope, TakesTheFactorsOfTheSessionsContext) {
  const auto with_factors = [](const std::vector<std::pair<std::string, float>>& tensors, uint32_t original) {
    ModelCopy copy = tiny("gqa-tied");
    copy.set("llama.rope.scaling.original_context_length", original);
    const size_t n = kGqaTiedPairs;
    for (const auto& [name, step] : tensors) {
      std::vector<float> factors(n);
      for (size_t i = 0; i < n; ++i) factors[i] = 1.0f + step * static_cast<float>(i);
      copy.tensors().push_back({name, {n}, 0, bytes_of(factors)});
    }
    return copy.build();
  };
  const auto both = [&](uint32_t original) {
    return computed(with_factors({{"rope_factors_short.weight", 0.25f}, {"rope_factors_long.weight", 3.0f}}, original),
                    KvType::kF32);
  };
  const Bytes like_short = with_factors({{"rope_freqs.weight", 0.25f}}, 256);
  const Bytes like_long = with_factors({{"rope_freqs.weight", 3.0f}}, 256);
  EXPECT_EQ(both(100), computed(like_short, KvType::kF32)) << "100 positions";
  EXPECT_EQ(both(99), computed(like_long, KvType::kF32)) << "more than 99";
  EXPECT_LE(worst_of(both(99), ReferenceLlama(like_long).log_probs(tiny_ids())), 0.0005);
}

TEST(LongRope, NeedsBothKindsOfFactors) {
  ModelCopy copy = tiny("gqa-tied");
  copy.tensors().push_back(
      {"rope_factors_long.weight", {kGqaTiedPairs}, 0, bytes_of(std::vector<float>(kGqaTiedPairs, 2.0f))});
  EXPECT_EQ(push_model(copy.build()).status().code(), Code::kMissingTensor);
}

// One tensor for q, k and v, as some converters write it: the same bits.
TEST(FusedQkv, GivesTheSameBitsAsThreeTensors) {
  ModelCopy copy = tiny("attn-bias");
  const Rows separate = computed(copy.build(), KvType::kF32);
  for (const std::string blk : {"blk.0.", "blk.1."}) {
    for (const std::string part : {".weight", ".bias"}) {
      GgufBuilder::Tensor all = copy.tensor(blk + "attn_q" + part);
      all.name = blk + "attn_qkv" + part;
      for (const char* name : {"attn_k", "attn_v"}) {
        const GgufBuilder::Tensor& t = copy.tensor(blk + name + part);
        all.dims.back() += t.dims.back();
        all.data.insert(all.data.end(), t.data.begin(), t.data.end());
      }
      for (const char* name : {"attn_q", "attn_k", "attn_v"}) copy.without_tensor(blk + name + part);
      copy.tensors().push_back(std::move(all));
    }
  }
  EXPECT_EQ(computed(copy.build(), KvType::kF32), separate);
}

// The experts as gpt-oss's own files have them: blocks of 32, a power of two and 4-bit floats (OCP Microscaling Formats
// 1.0), against the same numbers as floats.
TEST(GptOss, ComputesExpertsInMxfp4) {
  constexpr float kElements[] = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0.0f, -0.5f, -1, -1.5f, -2, -3, -4, -6};
  ModelCopy packed = arch("gpt-oss"), plain = arch("gpt-oss");
  uint32_t random = 1;
  const auto next = [&] { return (random = random * 1664525u + 1013904223u) >> 16; };
  for (GgufBuilder::Tensor& t : packed.tensors()) {
    if (t.name.find("_exps.weight") == std::string::npos) continue;
    std::vector<float> numbers;
    t.type = static_cast<uint32_t>(DType::kMXFP4);
    const size_t n_blocks = t.data.size() / sizeof(float) / 32;
    t.data.clear();
    for (size_t block = 0; block < n_blocks; ++block) {
      const uint32_t exponent = 119 + next() % 4;  // 2^-8 to 2^-5
      t.data.push_back(static_cast<std::byte>(exponent));
      numbers.resize(numbers.size() + 32);
      for (size_t i = 0; i < 16; ++i) {
        const uint32_t byte = next() % 256;
        t.data.push_back(static_cast<std::byte>(byte));
        const float scale = std::ldexp(1.0f, static_cast<int>(exponent) - 127);
        numbers[block * 32 + i] = kElements[byte % 16] * scale;
        numbers[block * 32 + 16 + i] = kElements[byte / 16] * scale;
      }
    }
    plain.tensor(t.name).data = bytes_of(numbers);
  }
  const Rows expected = computed(plain.build(), KvType::kF32);
  EXPECT_LE(worst_of(computed(packed.build(), KvType::kF32), expected), 0.05) << "inputs are rounded to 8 bits";
  EXPECT_GE(worst_of(computed(arch("gpt-oss").build(), KvType::kF32), expected), 0.5) << "the experts do not matter";
}

TEST(ArchitectureErrors, NameWhatIsMissingOrOfTheWrongShape) {
  for (const char* name : {"gemma2", "gpt-oss", "gpt2", "command-r", "qwen2moe"}) {
    const size_t n_tensors = arch(name).tensors().size();
    for (size_t i = 0; i < n_tensors; ++i) {
      ModelCopy copy = arch(name);
      const std::string tensor = copy.tensors()[i].name;
      if (tensor.find("blk.1.") == 0 || tensor == "output.weight" || tensor == "output_norm.bias") continue;
      copy.tensors()[i].dims.back() += 1;
      copy.tensors()[i].data.resize(copy.tensors()[i].data.size() / (copy.tensors()[i].dims.back() - 1) *
                                    copy.tensors()[i].dims.back());
      Status status = push_model(copy.build()).status();
      EXPECT_EQ(status.code(), Code::kBadTensorShape) << name << " " << tensor;
      EXPECT_NE(status.message().find("'" + tensor + "'"), std::string::npos) << status.message();
      status = push_model(arch(name).without_tensor(tensor).build()).status();
      EXPECT_EQ(status.code(), Code::kMissingTensor) << name << " " << tensor;
    }
  }
}

}  // namespace
}  // namespace wasmchord::test::arch_cases
