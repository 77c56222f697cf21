// Random llama models of many configurations, token by token against the plain reference here and against another
// runtime's log-probabilities.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/golden/models.h"
#include "tests/golden/reference_llama.h"
#include "tests/golden/references.h"

namespace wasmchord::test {
namespace {

struct Worst {
  double difference = 0;
  size_t position = 0, id = 0;
};

Worst worst_of(const std::vector<std::vector<double>>& a, const std::vector<std::vector<double>>& b) {
  Worst worst;
  for (size_t t = 0; t < a.size(); ++t) {
    for (size_t id = 0; id < a[t].size(); ++id) {
      const double difference = std::fabs(a[t][id] - b[t][id]);
      if (!(difference <= worst.difference)) worst = {difference, t, id};
    }
  }
  return worst;
}

std::vector<std::vector<double>> computed(const Bytes& file, KvType kv_type) {
  const auto model = load(file);
  RunSettings settings;
  settings.kv_type = kv_type;
  settings.ubatch = 16;
  return log_probs(all_logits(*model, tiny_ids(), settings), model->config().n_vocab);
}

void expect_like_reference(const Bytes& file) {
  const auto expected = ReferenceLlama(file).log_probs(tiny_ids());
  const auto ours = computed(file, KvType::kF32);
  ASSERT_EQ(ours.size(), expected.size());
  ASSERT_EQ(ours.front().size(), expected.front().size());
  const Worst worst = worst_of(ours, expected);
  testing::Test::RecordProperty("worst", std::to_string(worst.difference));
  EXPECT_LE(worst.difference, 0.0005) << "token " << worst.id << " at position " << worst.position;
}

class TinyModel : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    path_ = tiny_path(GetParam());
    if (path_.empty()) GTEST_SKIP() << "the shared model tiny/" << GetParam() << ".gguf is not here";
  }
  std::string path_;
};

TEST_P(TinyModel, GivesTheLogProbabilitiesOfThePlainReference) { expect_like_reference(read_bytes(path_)); }

// The other runtime keeps K and V in 16 bits.
TEST_P(TinyModel, GivesTheLogProbabilitiesOfLlamaCpp) {
  const auto reference = read_top_rows(path_.substr(0, path_.size() - 5) + ".logits.jsonl");
  ASSERT_EQ(ids_of(reference), tiny_ids());
  const Agreement agreement = compare(reference, computed(read_bytes(path_), KvType::kF16));
  RecordProperty("worst", std::to_string(agreement.worst));
  EXPECT_LE(agreement.worst, 0.02);
}

std::string name_of(const testing::TestParamInfo<const char*>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Configurations, TinyModel,
                         testing::Values("attn-bias", "attn-out-bias", "eps6", "gqa-tied", "linear-scale",
                                         "llama3-freqs", "mha", "mix", "mlp-bias", "moe", "mqa", "odd-sizes",
                                         "wide-heads", "yarn"),
                         name_of);

TEST(SlidingWindow, ShorterThanTheTextHidesWhatIsFurtherBack) {
  ModelCopy copy = tiny("gqa-tied");
  const Bytes full = copy.build();
  const Bytes windowed = copy.set("llama.attention.sliding_window", uint32_t{7}).build();
  expect_like_reference(windowed);
  EXPECT_GT(worst_of(computed(full, KvType::kF32), computed(windowed, KvType::kF32)).difference, 0.1);
}

TEST(SlidingWindow, OfTheTextsLengthChangesNothing) {
  ModelCopy copy = tiny("gqa-tied");
  const Bytes full = copy.build();
  const Bytes windowed = copy.set("llama.attention.sliding_window", uint32_t{100}).build();
  EXPECT_EQ(computed(full, KvType::kF32), computed(windowed, KvType::kF32));
}

TEST(SlidingWindow, OfOneSeesOnlyTheTokenItself) {
  expect_like_reference(tiny("moe").set("llama.attention.sliding_window", uint32_t{1}).build());
}

TEST(PartialRope, LeavesTheRestOfEachHeadAsItIs) {
  expect_like_reference(tiny("mqa").set("llama.rope.dimension_count", uint32_t{10}).build());
}

TEST(Experts, AllOfThemMayBeUsed) {
  expect_like_reference(tiny("moe").set("llama.expert_used_count", uint32_t{4}).build());
}

TEST(Experts, OneOfThemMayBeUsed) {
  expect_like_reference(tiny("moe").set("llama.expert_used_count", uint32_t{1}).build());
}

// Keys of 16 elements, values of 12: both differ from d / heads = 64 / 4 in their own way.
TEST(HeadSizes, OfKeysAndValuesMayDiffer) {
  ModelCopy copy = tiny("mqa");
  copy.set("llama.attention.key_length", uint32_t{16}).set("llama.attention.value_length", uint32_t{12});
  for (const char* blk : {"blk.0.", "blk.1."}) {
    GgufBuilder::Tensor& v = copy.tensor(std::string(blk) + "attn_v.weight");
    v.dims = {64, 12};
    v.data.resize(64 * 12 * 4);
    GgufBuilder::Tensor& out = copy.tensor(std::string(blk) + "attn_output.weight");
    out.dims = {48, 64};
    out.data.resize(48 * 64 * 4);
  }
  expect_like_reference(copy.build());
}

}  // namespace
}  // namespace wasmchord::test
