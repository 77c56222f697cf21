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

std::ptrdiff_t distance(void* a, void* b) { return static_cast<std::byte*>(b) - static_cast<std::byte*>(a); }

TEST(KvCacheLayout, OneHeadsPositionsFollowEachOther) {
  const Plan plan = plan_with(3);
  for (KvType type : {KvType::kF32, KvType::kF16}) {
    auto created = create(plan, 10, type);
    ASSERT_TRUE(created.is_ok());
    KvCache& cache = *created;
    const std::ptrdiff_t element = type == KvType::kF32 ? 4 : 2;
    EXPECT_EQ(cache.type(), type);
    EXPECT_EQ(distance(cache.k(1, 2, 4), cache.k(1, 2, 5)), 24 * element);
    EXPECT_EQ(distance(cache.v(1, 2, 4), cache.v(1, 2, 5)), 16 * element);
    EXPECT_EQ(distance(cache.k(0, 0, 0), cache.k(0, 1, 0)), 10 * 24 * element);
    EXPECT_EQ(distance(cache.v(0, 0, 0), cache.v(0, 1, 0)), 10 * 16 * element);
  }
}

TEST(KvCacheLayout, NoTwoPositionsShareAByteAndTheWholeFits) {
  const Plan plan = plan_with(3);
  auto created = create(plan, 5, KvType::kF16);
  ASSERT_TRUE(created.is_ok());
  KvCache& cache = *created;
  std::vector<int> used(cache.bytes(), 0);
  void* base = cache.k(0, 0, 0);
  const auto mark = [&](void* at, size_t n) {
    for (size_t i = 0; i < n; ++i) ++used.at(static_cast<size_t>(distance(base, at)) + i);
  };
  for (uint32_t layer = 0; layer < 2; ++layer) {
    EXPECT_EQ(distance(base, cache.k(layer, 0, 0)) % kBufferAlignment, 0u);
    EXPECT_EQ(distance(base, cache.v(layer, 0, 0)) % kBufferAlignment, 0u);
    for (uint32_t head = 0; head < 3; ++head) {
      for (uint32_t pos = 0; pos < 5; ++pos) {
        mark(cache.k(layer, head, pos), 24 * 2);
        mark(cache.v(layer, head, pos), 16 * 2);
      }
    }
  }
  EXPECT_EQ(*std::max_element(used.begin(), used.end()), 1);
  EXPECT_EQ(std::count(used.begin(), used.end(), 1), 2 * 3 * 5 * (24 + 16) * 2);
}

TEST(KvCacheLayout, StoresHalvesRoundedToNearestEven) {
  const Plan plan = plan_with(1);
  auto created = create(plan, 2, KvType::kF16);
  ASSERT_TRUE(created.is_ok());
  const float x[] = {1.0f, -2.5f, 1.0f + 0x1p-11f, 65504.0f};
  created->store(*kernels::find_table("scalar"), x, 4, created->k(0, 0, 1));
  const auto* half = static_cast<const uint16_t*>(created->k(0, 0, 1));
  EXPECT_EQ(half[0], 0x3c00);
  EXPECT_EQ(half[1], 0xc100);
  EXPECT_EQ(half[2], 0x3c00) << "a tie goes to the even mantissa";
  EXPECT_EQ(half[3], 0x7bff);
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
    EXPECT_EQ(distance(cache.k(0, 0, 0), cache.k(0, 1, 0)), 5 * 3 * block);
    std::vector<float> x(96);
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 32) - 8.0f;
    const kernels::KernelTable& table = *kernels::find_table("scalar");
    cache.store(table, x.data(), 96, cache.k(1, 2, 3));
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
