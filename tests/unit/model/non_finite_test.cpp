// NaN and infinity in a weight, by every way in.
#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/model/header.h"

namespace wasmchord::test {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity(), kNan = std::numeric_limits<float>::quiet_NaN();
constexpr uint16_t kHalfInf = 0x7c00, kHalfMinusInf = 0xfc00, kHalfNan = 0x7e01;

template <typename T>
Bytes patched(ModelCopy copy, const std::string& tensor, size_t at, T value) {
  std::memcpy(copy.tensor(tensor).data.data() + at, &value, sizeof value);
  return copy.build();
}

void expect_refused(const Bytes& file, const std::string& tensor) {
  for (const LoadResult& result : {push_model(file), push_model(file, {{}, 1000}), map_model(file)}) {
    EXPECT_EQ(result.status().code(), Code::kNonFiniteWeights);
    EXPECT_TRUE(names(result.status(), "'" + tensor + "'")) << result.status().message();
  }
  ModelLoadOptions trust;
  trust.trust_weights = true;
  EXPECT_TRUE(push_model(file, {trust}).is_ok());
  EXPECT_TRUE(map_model(file, trust).is_ok());
}

TEST(NonFinite, MatrixElementIsRefusedByName) {
  const std::string name = "blk.1.ffn_up.weight";
  for (float value : {kInf, -kInf, kNan}) expect_refused(patched(tiny("mqa"), name, 4 * 1234, value), name);
}

TEST(NonFinite, FirstAndLastElementsAreSeen) {
  const std::string name = "token_embd.weight";
  expect_refused(patched(tiny("mqa"), name, 0, kNan), name);
  expect_refused(patched(tiny("mqa"), name, 4 * (64 * 320 - 1), kNan), name);
}

TEST(NonFinite, NormAndBiasAreRefusedByName) {
  expect_refused(patched(tiny("mqa"), "output_norm.weight", 4 * 63, kNan), "output_norm.weight");
  expect_refused(patched(tiny("attn-bias"), "blk.0.attn_k.bias", 0, kInf), "blk.0.attn_k.bias");
}

TEST(NonFinite, HalfIsRefusedByName) {
  const std::string name = "blk.0.attn_v.weight";
  for (uint16_t value : {kHalfInf, kHalfMinusInf, kHalfNan}) {
    expect_refused(patched(tiny("mqa").convert(DType::kF16), name, 2 * 77, value), name);
  }
}

TEST(NonFinite, ScaleOfABlockIsRefusedByName) {
  const std::string name = "blk.0.ffn_down.weight";
  for (uint16_t value : {kHalfInf, kHalfNan}) {
    expect_refused(patched(tiny("mqa").convert(DType::kQ8_0), name, 34 * 5, value), name);
    expect_refused(patched(tiny("mqa").convert(DType::kQ4_0), name, 18 * 191, value), name);
  }
}

TEST(NonFinite, ScaleInABigEndianFileIsRefusedByName) {
  const std::string name = "blk.0.ffn_down.weight";
  ModelCopy copy = tiny("mqa").convert(DType::kQ8_0);
  std::memcpy(copy.tensor(name).data.data() + 34, &kHalfNan, 2);
  expect_refused(copy.build(true), name);
}

TEST(NonFinite, BitsThatOnlyLookLikeOneAreTaken) {
  // Quants whose bytes would be an infinite half.
  EXPECT_TRUE(push_model(patched(tiny("mqa").convert(DType::kQ8_0), "blk.0.ffn_down.weight", 2, kHalfInf)).is_ok());
  EXPECT_TRUE(push_model(patched(tiny("mqa"), "blk.0.ffn_down.weight", 0, std::numeric_limits<float>::max())).is_ok());
}

// A factor divides a frequency: none may be zero or less, trusted or not.
TEST(NonFinite, FrequencyFactorIsRefusedByName) {
  const std::string name = "rope_freqs.weight";
  for (float value : {kNan, kInf}) {
    const Status status = push_model(patched(tiny("llama3-freqs"), name, 4, value)).status();
    EXPECT_EQ(status.code(), Code::kNonFiniteWeights);
    EXPECT_TRUE(names(status, name)) << status.message();
  }
  for (float value : {0.0f, -1.0f}) {
    const Status status = push_model(patched(tiny("llama3-freqs"), name, 4, value)).status();
    EXPECT_EQ(status.code(), Code::kBadKeyValue);
    EXPECT_TRUE(names(status, name)) << status.message();
  }
  ModelLoadOptions trust;
  trust.trust_weights = true;
  EXPECT_EQ(push_model(patched(tiny("llama3-freqs"), name, 4, kNan), {trust}).status().code(), Code::kBadKeyValue);
}

}  // namespace
}  // namespace wasmchord::test
