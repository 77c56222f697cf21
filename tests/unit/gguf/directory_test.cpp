// The tensor directory: each refusal with its code, and what is tolerated.
#include <gtest/gtest.h>

#include <cstdint>

#include "src/gguf/limits.h"
#include "tests/unit/gguf/reading.h"

namespace wasmchord {
namespace {

using test::Bytes;
using test::GgufBuilder;
using test::parse;

constexpr uint32_t kF32 = 0;
constexpr uint32_t kQ4_0 = 2;
constexpr uint32_t kQ4_K = 12;

void expect_refused(const GgufBuilder& builder, Code code, const char* mentions) {
  const Bytes bytes = builder.build();
  for (bool announce : {true, false}) {
    for (const auto& chunker : {test::whole(), test::fixed(1)}) {
      const auto outcome = test::push(bytes, chunker, announce);
      EXPECT_EQ(outcome.status.code(), code) << outcome.status.message();
      EXPECT_NE(outcome.status.message().find(mentions), std::string::npos) << outcome.status.message();
    }
  }
}

GgufBuilder one(std::vector<uint64_t> dims, uint32_t type, size_t n_bytes = 0, uint64_t offset = 0) {
  return GgufBuilder().tensor({"w", std::move(dims), type, Bytes(n_bytes), offset});
}

TEST(GgufDirectoryTest, ReadsDirectory) {
  const auto header = parse(GgufBuilder()
                                .tensor("a", {2, 3}, {0, 1, 2, 3, 4, 5})
                                .tensor({"b", {64, 1, 2, 1}, kQ4_0, Bytes(2 * 2 * 18)})
                                .build());
  ASSERT_EQ(header->tensors.size(), 2u);
  const gguf::TensorInfo& b = header->tensors[1];
  EXPECT_EQ(b.name, "b");
  EXPECT_EQ(b.dtype, DType::kQ4_0);
  EXPECT_EQ(b.shape.n_dims, 4u);
  EXPECT_EQ(b.shape.to_string(), "[64, 1, 2, 1]");
  EXPECT_EQ(b.offset, 32u);
  EXPECT_EQ(b.n_bytes, 72u);
  EXPECT_EQ(header->find_tensor("b"), &b);
  EXPECT_EQ(header->find_tensor("c"), nullptr);
}

TEST(GgufDirectoryTest, AcceptsEveryTypeOfTheFormat) {
  uint32_t n_types = 0;
  for (uint32_t number = 0; number < 64; ++number) {
    const DTypeInfo* type = dtype_info(number);
    if (type == nullptr) {
      expect_refused(one({256}, number, 1024), Code::kUnknownTensorType, "'w'");
      continue;
    }
    ++n_types;
    const auto header = parse(one({type->block_len * 3}, number, type->block_bytes * 3).build());
    ASSERT_EQ(header->tensors.size(), 1u) << type->name;
    EXPECT_EQ(header->tensors[0].n_bytes, type->block_bytes * 3u) << type->name;
  }
  EXPECT_EQ(n_types, 35u);
  expect_refused(one({256}, 0xffffffff, 1024), Code::kUnknownTensorType, "4294967295");
}

TEST(GgufDirectoryTest, RejectsBadNames) {
  const auto named = [](std::string name) { return GgufBuilder().tensor({std::move(name), {1}, kF32, Bytes(4)}); };
  expect_refused(named(""), Code::kBadTensorName, "entry 1 has an empty name");
  expect_refused(named(std::string(65, 'n')), Code::kBadTensorName, "65 bytes");
  expect_refused(named(std::string("a\0b", 3)), Code::kBadTensorName, "'a\\x00b'");
  EXPECT_EQ(test::push(named(std::string(64, 'n')).build()).status.code(), Code::kOk);
}

TEST(GgufDirectoryTest, RejectsDuplicates) {
  expect_refused(GgufBuilder().tensor("x", {1}, {1}).tensor("y", {1}, {1}).tensor("x", {1}, {1}),
                 Code::kDuplicateTensor, "'x' occurs twice");
}

TEST(GgufDirectoryTest, RejectsBadDimensions) {
  expect_refused(one({}, kF32, 4), Code::kBadDimensions, "0 dimensions");
  expect_refused(one({1, 1, 1, 1, 1}, kF32, 4), Code::kBadDimensions, "5 dimensions");
  expect_refused(one({0}, kF32, 4), Code::kBadDimensions, "no elements");
  expect_refused(one({4, 0}, kF32, 4), Code::kBadDimensions, "no elements");
  expect_refused(one({uint64_t{1} << 32, uint64_t{1} << 32}, kF32, 4), Code::kBadDimensions, "too many elements");
  expect_refused(one({uint64_t{1} << 63, 2}, kF32, 4), Code::kBadDimensions, "too many elements");
  expect_refused(one({uint64_t{1} << 62}, kF32, 4), Code::kBadDimensions, "too many bytes");
  expect_refused(one({33}, kQ4_0, 36), Code::kBadDimensions, "whole blocks of 32");
  expect_refused(one({128, 2}, kQ4_K, 144), Code::kBadDimensions, "whole blocks of 256, as Q4_K needs");
}

TEST(GgufDirectoryTest, RejectsBadOffsets) {
  expect_refused(one({1}, kF32, 4, 4), Code::kBadOffset, "not a multiple");
  expect_refused(GgufBuilder().alignment(64).tensor({"w", {1}, kF32, Bytes(4), 32}), Code::kBadOffset, "alignment 64");
  // The offset is claimed, no data goes there.
  const auto claimed = [](uint64_t n, uint64_t offset) {
    return GgufBuilder().tensor({"w", {n}, kF32, {}, offset}).header();
  };
  for (bool announce : {true, false}) {
    EXPECT_EQ(test::push(claimed(1, ~uint64_t{31}), test::whole(), announce).status.code(), Code::kBadOffset);
    EXPECT_EQ(test::push(claimed((uint64_t{1} << 62) - 8, uint64_t{1} << 63), test::whole(), announce).status.code(),
              Code::kBadOffset);
    EXPECT_EQ(test::push(claimed(1, 1 << 20), test::whole(), announce).status.code(), Code::kTruncated);
  }
}

TEST(GgufDirectoryTest, RejectsOverlap) {
  const auto pair = [](uint64_t a, uint64_t b) {
    return GgufBuilder().tensor({"a", {16}, kF32, Bytes(64), a}).tensor({"b", {16}, kF32, Bytes(64), b});
  };
  expect_refused(pair(0, 32), Code::kTensorOverlap, "'a' and 'b'");
  expect_refused(pair(32, 0), Code::kTensorOverlap, "'b' and 'a'");
  expect_refused(pair(64, 64), Code::kTensorOverlap, "overlap");
  EXPECT_EQ(test::push(pair(64, 0).build()).status.code(), Code::kOk);
}

TEST(GgufDirectoryTest, RejectsMissingData) {
  Bytes bytes = GgufBuilder().tensor("a", {2}, {1, 2}).tensor("b", {2}, {3, 4}).build();
  bytes.pop_back();
  for (bool announce : {true, false}) {
    const auto outcome = test::push(bytes, test::whole(), announce);
    EXPECT_EQ(outcome.status.code(), Code::kTruncated);
    EXPECT_NE(outcome.status.message().find("'b'"), std::string::npos) << outcome.status.message();
  }
}

TEST(GgufDirectoryTest, DeliversInOffsetOrderAcrossGaps) {
  const GgufBuilder builder = GgufBuilder()
                                  .tensor({"last", {2}, kF32, Bytes(8, std::byte{3}), 256})
                                  .tensor({"first", {2}, kF32, Bytes(8, std::byte{1}), 32})
                                  .tensor({"middle", {2}, kF32, Bytes(8, std::byte{2}), 64});
  Bytes bytes = builder.build();
  bytes.insert(bytes.end(), 100, std::byte{0xee});  // trailing bytes are nobody's
  test::RecordingSink sink;
  gguf::PushReader reader(&sink, bytes.size());
  ASSERT_TRUE(reader.feed(bytes));
  ASSERT_TRUE(reader.finish());
  ASSERT_EQ(sink.tensors.size(), 3u);
  EXPECT_EQ(sink.headers[0]->tensors[0].name, "last");
  EXPECT_EQ(sink.tensors[0].name, "first");
  EXPECT_EQ(sink.tensors[0].bytes, Bytes(8, std::byte{1}));
  EXPECT_EQ(sink.tensors[1].name, "middle");
  EXPECT_EQ(sink.tensors[1].bytes, Bytes(8, std::byte{2}));
  EXPECT_EQ(sink.tensors[2].name, "last");
  EXPECT_EQ(sink.tensors[2].bytes, Bytes(8, std::byte{3}));
}

}  // namespace
}  // namespace wasmchord
