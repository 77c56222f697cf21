// The table of element types, against the format's numbers and ggml's block sizes written out again, and byte swapping.
#include "src/tensor/dtype.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <string>
#include <vector>

namespace wasmchord {
namespace {

struct Known {
  uint32_t number;
  const char* name;
  uint32_t block_len;
  uint32_t block_bytes;
};
// Sizes as sums of the fields of a block: scales, then codes.
constexpr Known kKnown[] = {
    {0, "F32", 1, 4},
    {1, "F16", 1, 2},
    {2, "Q4_0", 32, 2 + 16},
    {3, "Q4_1", 32, 2 + 2 + 16},
    {6, "Q5_0", 32, 2 + 4 + 16},
    {7, "Q5_1", 32, 2 + 2 + 4 + 16},
    {8, "Q8_0", 32, 2 + 32},
    {9, "Q8_1", 32, 2 + 2 + 32},
    {10, "Q2_K", 256, 16 + 64 + 2 + 2},
    {11, "Q3_K", 256, 32 + 64 + 12 + 2},
    {12, "Q4_K", 256, 2 + 2 + 12 + 128},
    {13, "Q5_K", 256, 2 + 2 + 12 + 32 + 128},
    {14, "Q6_K", 256, 128 + 64 + 16 + 2},
    {15, "Q8_K", 256, 4 + 256 + 32},
    {16, "IQ2_XXS", 256, 2 + 64},
    {17, "IQ2_XS", 256, 2 + 64 + 8},
    {18, "IQ3_XXS", 256, 2 + 64 + 32},
    {19, "IQ1_S", 256, 2 + 32 + 16},
    {20, "IQ4_NL", 32, 2 + 16},
    {21, "IQ3_S", 256, 2 + 64 + 8 + 32 + 4},
    {22, "IQ2_S", 256, 2 + 64 + 8 + 8},
    {23, "IQ4_XS", 256, 2 + 2 + 4 + 128},
    {24, "I8", 1, 1},
    {25, "I16", 1, 2},
    {26, "I32", 1, 4},
    {27, "I64", 1, 8},
    {28, "F64", 1, 8},
    {29, "IQ1_M", 256, 32 + 16 + 8},
    {30, "BF16", 1, 2},
    {34, "TQ1_0", 256, 48 + 4 + 2},
    {35, "TQ2_0", 256, 64 + 2},
    {39, "MXFP4", 32, 1 + 16},
    {40, "NVFP4", 64, 4 + 32},
    {41, "Q1_0", 128, 2 + 16},
    {42, "Q2_0", 64, 2 + 16},
};

TEST(DTypeTest, TabulatesBlocks) {
  for (const Known& known : kKnown) {
    const DTypeInfo* info = dtype_info(known.number);
    ASSERT_NE(info, nullptr) << known.name;
    EXPECT_EQ(info->name, known.name);
    EXPECT_EQ(static_cast<uint32_t>(info->dtype), known.number);
    EXPECT_EQ(info->block_len, known.block_len) << known.name;
    EXPECT_EQ(info->block_bytes, known.block_bytes) << known.name;
  }
}

TEST(DTypeTest, KnowsNoRemovedOrUnassignedNumber) {
  for (uint32_t number : {4u, 5u, 31u, 32u, 33u, 36u, 37u, 38u, 1000u, 0xffffffffu}) {
    EXPECT_EQ(dtype_info(number), nullptr) << number;
  }
}

TEST(DTypeTest, ComputesAllButIntegersAndDoubles) {
  for (const Known& known : kKnown) {
    const DType dtype = dtype_info(known.number)->dtype;
    const bool plain = dtype == DType::kI8 || dtype == DType::kI16 || dtype == DType::kI32 || dtype == DType::kI64 ||
                       dtype == DType::kF64;
    EXPECT_EQ(dtype_info(known.number)->computed, !plain) << known.name;
  }
}

std::vector<uint8_t> counted(size_t n) {
  std::vector<uint8_t> bytes(n);
  for (size_t i = 0; i < n; ++i) bytes[i] = static_cast<uint8_t>(i);
  return bytes;
}

TEST(DTypeTest, SwapsPlainNumbers) {
  auto f32 = counted(8);
  ASSERT_TRUE(dtype_byteswap(DType::kF32, f32.data(), 2));
  EXPECT_EQ(f32, (std::vector<uint8_t>{3, 2, 1, 0, 7, 6, 5, 4}));
  for (DType dtype : {DType::kF16, DType::kBF16, DType::kI16}) {
    auto halves = counted(4);
    ASSERT_TRUE(dtype_byteswap(dtype, halves.data(), 2));
    EXPECT_EQ(halves, (std::vector<uint8_t>{1, 0, 3, 2}));
  }
  auto f64 = counted(8);
  ASSERT_TRUE(dtype_byteswap(DType::kF64, f64.data(), 1));
  EXPECT_EQ(f64, (std::vector<uint8_t>{7, 6, 5, 4, 3, 2, 1, 0}));
  auto i8 = counted(4);
  ASSERT_TRUE(dtype_byteswap(DType::kI8, i8.data(), 4));
  EXPECT_EQ(i8, counted(4));
}

struct Number {
  DType dtype;
  uint32_t offset, width;
  uint64_t infinity;  // all bits of the exponent; 0 for what is no IEEE number
};
// Every number in the blocks of these types, whose other bytes are codes.
constexpr Number kNumbers[] = {
    {DType::kQ4_0, 0, 2, 0x7c00},  {DType::kQ4_1, 0, 2, 0x7c00},   {DType::kQ4_1, 2, 2, 0x7c00},
    {DType::kQ8_0, 0, 2, 0x7c00},  {DType::kQ8_1, 0, 2, 0x7c00},   {DType::kQ8_1, 2, 2, 0x7c00},
    {DType::kQ2_K, 80, 2, 0x7c00}, {DType::kQ2_K, 82, 2, 0x7c00},  {DType::kQ3_K, 108, 2, 0x7c00},
    {DType::kQ4_K, 0, 2, 0x7c00},  {DType::kQ4_K, 2, 2, 0x7c00},   {DType::kQ5_K, 0, 2, 0x7c00},
    {DType::kQ5_K, 2, 2, 0x7c00},  {DType::kQ6_K, 208, 2, 0x7c00}, {DType::kIQ2_S, 0, 2, 0x7c00},
    {DType::kIQ3_S, 0, 2, 0x7c00}, {DType::kIQ4_NL, 0, 2, 0x7c00}, {DType::kIQ4_XS, 0, 2, 0x7c00},
    {DType::kIQ4_XS, 2, 2, 0},     {DType::kTQ1_0, 52, 2, 0x7c00}, {DType::kTQ2_0, 64, 2, 0x7c00},
    {DType::kMXFP4, 0, 1, 0},      {DType::kNVFP4, 0, 1, 0},       {DType::kQ1_0, 0, 2, 0x7c00},
    {DType::kQ2_0, 0, 2, 0x7c00},
};

TEST(DTypeTest, SwapsOnlyTheNumbersOfBlocks) {
  for (const Number& first : kNumbers) {
    const uint32_t size = dtype_info(first.dtype).block_bytes;
    auto blocks = counted(size * 2);
    auto expected = blocks;
    for (const Number& number : kNumbers) {
      if (number.dtype != first.dtype) continue;
      for (uint32_t at : {number.offset, size + number.offset}) {
        std::reverse(expected.begin() + at, expected.begin() + at + number.width);
      }
    }
    ASSERT_TRUE(dtype_byteswap(first.dtype, blocks.data(), 2));
    EXPECT_EQ(blocks, expected) << dtype_info(first.dtype).name;
    ASSERT_TRUE(dtype_byteswap(first.dtype, blocks.data(), 2));
    EXPECT_EQ(blocks, counted(size * 2)) << "swapping twice restores";
  }
}

// Blocks that hold words of codes or sums.
TEST(DTypeTest, SwapsNoUnknownLayout) {
  auto block = counted(292);
  for (DType dtype : {DType::kQ5_0, DType::kQ5_1, DType::kQ8_K, DType::kIQ2_XXS, DType::kIQ2_XS, DType::kIQ3_XXS,
                      DType::kIQ1_S, DType::kIQ1_M}) {
    EXPECT_FALSE(dtype_byteswap(dtype, block.data(), 1)) << dtype_info(dtype).name;
  }
  EXPECT_EQ(block, counted(292));
}

// Whether the little-endian `word` of `width` bytes at `offset` of the second of two zero blocks passes for finite.
bool passes(DType dtype, uint32_t offset, uint32_t width, uint64_t word) {
  const uint32_t size = dtype_info(dtype).block_bytes;
  std::vector<uint8_t> blocks(size * 2);
  for (uint32_t i = 0; i < width; ++i) blocks[size + offset + i] = static_cast<uint8_t>(word >> (8 * i));
  return dtype_all_finite(dtype, blocks.data(), 2);
}

TEST(DTypeTest, FindsNumbersThatAreNotFinite) {
  std::vector<Number> numbers(std::begin(kNumbers), std::end(kNumbers));
  numbers.insert(numbers.end(), {{DType::kF32, 0, 4, 0x7f800000},
                                 {DType::kF16, 0, 2, 0x7c00},
                                 {DType::kBF16, 0, 2, 0x7f80},
                                 {DType::kF64, 0, 8, 0x7ff0000000000000},
                                 {DType::kQ5_0, 0, 2, 0x7c00},
                                 {DType::kQ5_1, 0, 2, 0x7c00},
                                 {DType::kQ5_1, 2, 2, 0x7c00},
                                 {DType::kQ8_K, 0, 4, 0x7f800000},
                                 {DType::kIQ2_XXS, 0, 2, 0x7c00},
                                 {DType::kIQ2_XS, 0, 2, 0x7c00},
                                 {DType::kIQ3_XXS, 0, 2, 0x7c00},
                                 {DType::kIQ1_S, 0, 2, 0x7c00}});
  for (const Number& c : numbers) {
    if (c.infinity == 0) continue;
    SCOPED_TRACE(dtype_info(c.dtype).name);
    const uint64_t sign = uint64_t{1} << (c.width * 8 - 1);
    EXPECT_FALSE(passes(c.dtype, c.offset, c.width, c.infinity));
    EXPECT_FALSE(passes(c.dtype, c.offset, c.width, c.infinity | sign));
    EXPECT_FALSE(passes(c.dtype, c.offset, c.width, c.infinity + 1)) << "NaN";
    EXPECT_TRUE(passes(c.dtype, c.offset, c.width, c.infinity - 1)) << "the largest number";
    EXPECT_TRUE(passes(c.dtype, c.offset, c.width, sign));
  }
  EXPECT_TRUE(passes(DType::kI32, 0, 4, 0x7f800000)) << "integers are always finite";
  EXPECT_TRUE(passes(DType::kMXFP4, 0, 1, 254));
  EXPECT_FALSE(passes(DType::kMXFP4, 0, 1, 255)) << "NaN of E8M0";
  EXPECT_TRUE(passes(DType::kQ8_0, 2, 2, 0x7c00)) << "codes are not numbers with exponents";
}

// The words with the f16 `bits` of IQ1_M in their upper 4 bits, all lower bits set.
uint64_t spread(uint64_t bits) {
  uint64_t words = 0x0fff0fff0fff0fff;
  for (int i = 0; i < 4; ++i) words |= ((bits >> (4 * i)) & 15) << (16 * i + 12);
  return words;
}

TEST(DTypeTest, FindsASpreadScaleThatIsNotFinite) {
  for (uint64_t bad : {0x7c00, 0xfc00, 0x7c01, 0xffff}) EXPECT_FALSE(passes(DType::kIQ1_M, 48, 8, spread(bad))) << bad;
  for (uint64_t good : {0, 0x8000, 0x7bff, 0xfbff, 0x3c00, 0x78ff, 0x6fff, 0x0fff}) {
    EXPECT_TRUE(passes(DType::kIQ1_M, 48, 8, spread(good))) << good;
  }
}

TEST(DTypeTest, SwapsNothingOfNoBlocks) {
  auto bytes = counted(4);
  ASSERT_TRUE(dtype_byteswap(DType::kF32, bytes.data(), 0));
  EXPECT_EQ(bytes, counted(4));
}

}  // namespace
}  // namespace wasmchord
