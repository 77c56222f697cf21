#include "src/backend/cpu/kv_cache.h"

#include <gtest/gtest.h>

#include <cmath>
#include <tuple>
#include <utility>

#include "kernels/cpu/select.h"
#include "tests/golden/plans.h"

namespace wasmchord::test {
namespace {

using cpu::KvCache;

// Two layers; keys of 24, values of 16 elements.
Plan plan_with(uint32_t n_kv_heads, uint32_t head_dim = 24, uint32_t head_dim_v = 16) {
  PlanBuilder b;
  ValueId x = b.embed(0, 32);
  for (uint32_t layer = 0; layer < 2; ++layer) {
    AttentionShape shape;
    shape.layer = layer;
    shape.n_heads = shape.n_kv_heads = n_kv_heads;
    shape.head_dim = head_dim;
    shape.head_dim_v = head_dim_v;
    b.kv_write(x, x, shape);
  }
  return b.finish(x, 2);
}

Result<KvCache> create(const Plan& plan, uint32_t n_ctx, KvType type, uint64_t limit = 0) {
  ExecutorOptions options;
  options.n_ctx = n_ctx;
  options.kv_type = type;
  return KvCache::create(plan, options, std::make_shared<Memory>(AllocatorHooks(), limit));
}

std::ptrdiff_t distance(const void* a, const void* b) {
  return static_cast<const std::byte*>(b) - static_cast<const std::byte*>(a);
}

TEST(KvCacheLayout, OneHeadsPositionsFollowEachOther) {
  const Plan plan = plan_with(3);
  for (KvType type : {KvType::kF32, KvType::kF16}) {
    auto created = create(plan, 70, type);
    ASSERT_TRUE(created.is_ok());
    const KvCache& cache = *created;
    const std::ptrdiff_t element = type == KvType::kF32 ? 4 : 2;
    EXPECT_EQ(cache.type(), type);
    EXPECT_EQ(distance(cache.k(1, 2, 32), cache.k(1, 2, 64)), 32 * 24 * element);
    EXPECT_EQ(distance(cache.v(1, 2, 4), cache.v(1, 2, 5)), 16 * element);
    EXPECT_EQ(distance(cache.k(0, 0, 0), cache.k(0, 1, 0)), 96 * 24 * element) << "whole tiles";
    EXPECT_EQ(distance(cache.v(0, 0, 0), cache.v(0, 1, 0)), 70 * 16 * element);
  }
}

TEST(KvCacheLayout, NoTwoPositionsShareAByteAndTheWholeFits) {
  const Plan plan = plan_with(3);
  auto created = create(plan, 5, KvType::kF16);
  ASSERT_TRUE(created.is_ok());
  const KvCache& cache = *created;
  std::vector<int> used(cache.bytes(), 0);
  const void* base = cache.k(0, 0, 0);
  const auto mark = [&](const void* at, size_t n) {
    for (size_t i = 0; i < n; ++i) ++used.at(static_cast<size_t>(distance(base, at)) + i);
  };
  for (uint32_t layer = 0; layer < 2; ++layer) {
    EXPECT_EQ(distance(base, cache.k(layer, 0, 0)) % kBufferAlignment, 0u);
    EXPECT_EQ(distance(base, cache.v(layer, 0, 0)) % kBufferAlignment, 0u);
    for (uint32_t head = 0; head < 3; ++head) {
      mark(cache.k(layer, head, 0), 32 * 24 * 2);
      for (uint32_t pos = 0; pos < 5; ++pos) mark(cache.v(layer, head, pos), 16 * 2);
    }
  }
  EXPECT_EQ(*std::max_element(used.begin(), used.end()), 1);
  EXPECT_EQ(std::count(used.begin(), used.end(), 1), 2 * 3 * (32 * 24 + 5 * 16) * 2);
}

TEST(KvCacheLayout, StoresHalvesRoundedToNearestEven) {
  auto created = create(plan_with(1, 4, 4), 70, KvType::kF16);
  ASSERT_TRUE(created.is_ok());
  const kernels::KernelTable& table = *kernels::find_table("scalar");
  const float x[] = {1.0f, -2.5f, 1.0f + 0x1p-11f, 65504.0f};
  const uint16_t expected[] = {0x3c00, 0xc100, 0x3c00, 0x7bff};  // a tie goes to the even mantissa
  created->store_k(table, 1, 0, 65, x);
  created->store_v(table, 1, 0, 65, x);
  const auto* tile = static_cast<const uint16_t*>(created->k(1, 0, 64));
  const auto* value = static_cast<const uint16_t*>(created->v(1, 0, 65));
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(tile[32 * i + 1], expected[i]) << i;
    EXPECT_EQ(value[i], expected[i]) << i;
  }
}

TEST(KvCacheSize, ThatOverflowsIsRefusedByName) {
  const auto refused = create(plan_with(1u << 16, 1u << 13, 1u << 13), UINT32_MAX, KvType::kF32);
  EXPECT_EQ(refused.status().code(), Code::kInvalidArgument);
  EXPECT_NE(refused.status().message().find("n_ctx 4294967295"), std::string::npos) << refused.status().message();
}

TEST(KvCacheSize, AboveTheLimitIsRefusedByName) {
  const auto refused = create(plan_with(3), 1000, KvType::kF16, 100000);
  EXPECT_EQ(refused.status().code(), Code::kMemoryLimit);
  EXPECT_NE(refused.status().message().find("KV cache"), std::string::npos) << refused.status().message();
}

TEST(KvCacheLayout, OfBlocksIsThatOfTheWeightFormats) {
  for (const auto& [type, block] : {std::pair{KvType::kQ8_0, 34}, {KvType::kQ4_0, 18}}) {
    auto created = create(plan_with(3, 96, 64), 5, type);
    ASSERT_TRUE(created.is_ok());
    KvCache& cache = *created;
    EXPECT_EQ(distance(cache.k(1, 2, 3), cache.k(1, 2, 4)), 3 * block);
    EXPECT_EQ(distance(cache.v(1, 2, 3), cache.v(1, 2, 4)), 2 * block);
    EXPECT_EQ(distance(cache.k(0, 0, 0), cache.k(0, 1, 0)), 32 * 3 * block);
    EXPECT_EQ(distance(cache.v(0, 0, 0), cache.v(0, 1, 0)), 5 * 2 * block);
    std::vector<float> x(96);
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 32) - 8.0f;
    const kernels::KernelTable& table = *kernels::find_table("scalar");
    cache.store_k(table, 1, 2, 3, x.data());
    std::vector<float> y(96);
    const uint32_t format = type == KvType::kQ8_0 ? 8 : 2;
    table.formats[format].dequantize(cache.k(1, 2, 3), y.data(), 96);
    for (size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(y[i], x[i], type == KvType::kQ8_0 ? 0.1 : 1.6) << i;
  }
}

TEST(KvCacheLayout, OfBlocksNeedsWholeBlocksInEveryHead) {
  for (const auto& [k, v, named] : {std::tuple{80u, 64u, "80"}, {64u, 48u, "48"}}) {
    const auto refused = create(plan_with(1, k, v), 5, KvType::kQ4_0);
    EXPECT_EQ(refused.status().code(), Code::kInvalidArgument);
    EXPECT_NE(refused.status().message().find("kv_type q4_0"), std::string::npos) << refused.status().message();
    EXPECT_NE(refused.status().message().find(named), std::string::npos) << refused.status().message();
  }
}

TEST(KvCacheSize, OfHalvesIsHalfOfFloats) {
  EXPECT_EQ(create(plan_with(4), 64, KvType::kF32)->bytes(), 2 * create(plan_with(4), 64, KvType::kF16)->bytes());
}

}  // namespace
}  // namespace wasmchord::test
