// Extents, their products and the overflow of those.
#include "src/tensor/shape.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace wasmchord {
namespace {

constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();

TEST(ShapeTest, KeepsGgufOrder) {
  const Shape w = Shape::of(2048, 5632);
  EXPECT_EQ(w.cols(), 2048u);
  EXPECT_EQ(w.rows(), 5632u);
  EXPECT_EQ(w.n_dims, 2u);
  EXPECT_EQ(w.to_string(), "[2048, 5632]");
  EXPECT_EQ(Shape::of(7).to_string(), "[7]");
  EXPECT_EQ(Shape::of(2, 3, 4).to_string(), "[2, 3, 4]");
}

TEST(ShapeTest, TrailingOnesDoNotCount) {
  EXPECT_TRUE(Shape::of(32).same_extents(Shape::of(32, 1)));
  EXPECT_TRUE(Shape::of(32, 2).same_extents(Shape::of(32, 2, 1)));
  EXPECT_FALSE(Shape::of(32).same_extents(Shape::of(1, 32)));
  EXPECT_FALSE(Shape::of(32, 2).same_extents(Shape::of(2, 32)));
}

TEST(ShapeTest, CountsElements) {
  uint64_t n = 0;
  ASSERT_TRUE(element_count(Shape::of(3, 5, 7), &n));
  EXPECT_EQ(n, 105u);
  ASSERT_TRUE(element_count(Shape::of(kMax), &n));
  EXPECT_EQ(n, kMax);
  EXPECT_FALSE(element_count(Shape::of(uint64_t{1} << 32, uint64_t{1} << 32), &n));
  EXPECT_FALSE(element_count(Shape::of(uint64_t{1} << 63, 2), &n));
}

TEST(ShapeTest, CountsBytesOfWholeBlocks) {
  uint64_t n = 0;
  ASSERT_TRUE(row_bytes(Shape::of(64, 3), DType::kQ4_0, &n));
  EXPECT_EQ(n, 36u);
  ASSERT_TRUE(tensor_bytes(Shape::of(64, 3), DType::kQ4_0, &n));
  EXPECT_EQ(n, 108u);
  ASSERT_TRUE(tensor_bytes(Shape::of(5, 3, 2), DType::kF16, &n));
  EXPECT_EQ(n, 60u);
  ASSERT_TRUE(tensor_bytes(Shape::of(512, 2), DType::kQ6_K, &n));
  EXPECT_EQ(n, 840u);
  EXPECT_FALSE(row_bytes(Shape::of(33), DType::kQ4_0, &n));
  EXPECT_FALSE(tensor_bytes(Shape::of(128, 2), DType::kQ4_K, &n));
}

TEST(ShapeTest, RefusesBytesThatWrap) {
  uint64_t n = 0;
  EXPECT_FALSE(row_bytes(Shape::of(uint64_t{1} << 62), DType::kF32, &n));
  EXPECT_TRUE(row_bytes(Shape::of(uint64_t{1} << 61), DType::kF32, &n));
  EXPECT_EQ(n, uint64_t{1} << 63);
  EXPECT_FALSE(tensor_bytes(Shape::of(uint64_t{1} << 61, 2), DType::kF32, &n));
}

}  // namespace
}  // namespace wasmchord
