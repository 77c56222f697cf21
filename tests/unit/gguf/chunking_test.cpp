// The push reader: any chunking, known length or not, gives what the mapped file gives; its states and progress.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <limits>

#include "tests/unit/gguf/reading.h"

namespace wasmchord {
namespace {

using gguf::ValueType;
using test::Bytes;
using test::GgufBuilder;
using test::RecordingSink;

std::vector<Bytes> samples() {
  std::vector<Bytes> files;
  for (uint32_t version : {1u, 3u}) {
    for (bool big_endian : {false, true}) {
      GgufBuilder builder(version, big_endian);
      builder.kv("general.architecture", "llama").kv("x", 1.25).array<int16_t>("numbers", {1, -2, 3, -4, 5});
      builder.array<std::string>("strings", {"", "a", "bcd", std::string(300, 'e')}).array<double>("empty", {});
      builder.raw_kv("nested", static_cast<uint32_t>(ValueType::kArray))
          .type(ValueType::kArray)
          .count(2)
          .type(ValueType::kU64)
          .count(2)
          .number(uint64_t{1})
          .number(uint64_t{2})
          .type(ValueType::kString)
          .count(1)
          .string("in");
      builder.tensor("a", {5}, {1, 2, 3, 4, 5}).tensor("b", {3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
      files.push_back(builder.build());
    }
  }
  files.push_back(GgufBuilder().build());
  return files;
}

TEST(GgufPushTest, AnyChunkingEqualsTheMappedFile) {
  const test::TempDir dir;
  for (const Bytes& bytes : samples()) {
    const auto mapped = test::read_mapped(dir.write("model.gguf", bytes));
    ASSERT_TRUE(mapped.status) << mapped.status.message();
    for (bool announce : {true, false}) {
      for (const auto& chunker : {test::whole(), test::fixed(1), test::fixed(7), test::random_sizes(1),
                                  test::random_sizes(2), test::random_sizes(3)}) {
        const auto pushed = test::push(bytes, chunker, announce);
        ASSERT_TRUE(pushed.status) << pushed.status.message();
        EXPECT_EQ(pushed.log, mapped.log);
      }
    }
  }
}

// One array of `n` short strings and one string of 4 n bytes.
Bytes large_metadata(size_t n) {
  std::vector<std::string> tokens(n);
  for (size_t i = 0; i < n; ++i) tokens[i] = "token" + std::to_string(i);
  return GgufBuilder().array("tokens", tokens).kv("text", std::string(4 * n, 'x')).build();
}

// Processor time in clock ticks, the best of three, to read `bytes` one by one.
std::clock_t ticks_byte_by_byte(const Bytes& bytes) {
  std::clock_t best = std::numeric_limits<std::clock_t>::max();
  for (int run = 0; run < 3; ++run) {
    RecordingSink sink;
    gguf::PushReader reader(&sink, 0);
    const std::clock_t start = std::clock();
    bool accepted = true;
    for (const std::byte& b : bytes) accepted = accepted && reader.feed({&b, 1});
    EXPECT_TRUE(accepted && reader.finish());
    best = std::min(best, std::clock() - start);
  }
  return best;
}

TEST(GgufPushTest, ByteByByteTakesLinearTime) {
  const std::clock_t once = ticks_byte_by_byte(large_metadata(4 * 1024));
  const std::clock_t fourfold = ticks_byte_by_byte(large_metadata(16 * 1024));
  // Linear: about 4. Parsing the array anew, or copying the string anew, at each byte: about 16.
  EXPECT_LT(static_cast<double>(fourfold), 9.0 * static_cast<double>(once));
}

TEST(GgufPushTest, ReadsHugeArrays) {
  const Bytes bytes = large_metadata(128 * 1024);
  RecordingSink sink;
  gguf::PushReader reader(&sink, 0);
  for (std::span<const std::byte> left(bytes); !left.empty();) {
    const auto chunk = left.first(std::min<size_t>(left.size(), 1000));
    ASSERT_TRUE(reader.feed(chunk));
    left = left.subspan(chunk.size());
  }
  ASSERT_TRUE(reader.finish());
  const auto strings = *sink.headers[0]->metadata.strings("tokens");
  ASSERT_EQ(strings.size(), size_t{128} * 1024);
  EXPECT_EQ(strings.back(), "token131071");
  EXPECT_EQ(sink.headers[0]->metadata.string("text")->size(), size_t{512} * 1024);
}

TEST(GgufPushTest, HeaderOutlivesReaderAndInput) {
  std::shared_ptr<const gguf::Header> header;
  {
    RecordingSink sink;
    gguf::PushReader reader(&sink, 0);
    const Bytes bytes = samples()[0];
    for (std::byte b : bytes) {
      const Bytes chunk = {b};
      ASSERT_TRUE(reader.feed(chunk));
    }
    header = sink.headers.at(0);
  }
  EXPECT_EQ(*header->metadata.string("general.architecture"), "llama");
  EXPECT_EQ((*header->metadata.strings("strings"))[2], "bcd");
  EXPECT_EQ(header->find_tensor("b")->name, "b");
}

TEST(GgufPushTest, ErrorSticks) {
  RecordingSink sink;
  gguf::PushReader reader(&sink, 0);
  const Bytes bad = test::GgufFields().raw("GGUX").bytes();
  EXPECT_EQ(reader.feed(bad).code(), Code::kBadMagic);
  EXPECT_EQ(reader.feed(GgufBuilder().build()).code(), Code::kBadMagic);
  EXPECT_EQ(reader.next_file(0).code(), Code::kBadMagic);
  EXPECT_EQ(reader.finish().code(), Code::kBadMagic);
  EXPECT_TRUE(sink.calls.empty());
}

TEST(GgufPushTest, SinkErrorStopsTheReader) {
  const Bytes bytes = samples()[0];
  RecordingSink at_header;
  at_header.fail_at_header = Code::kUnsupportedArchitecture;
  gguf::PushReader first(&at_header, bytes.size());
  EXPECT_EQ(first.feed(bytes).code(), Code::kUnsupportedArchitecture);
  EXPECT_EQ(first.finish().code(), Code::kUnsupportedArchitecture);
  EXPECT_TRUE(at_header.tensors.empty());
  RecordingSink at_data;
  at_data.fail_at_data = Code::kNonFiniteWeights;
  gguf::PushReader second(&at_data, bytes.size());
  EXPECT_EQ(second.feed(bytes).code(), Code::kNonFiniteWeights);
  EXPECT_EQ(second.feed(bytes).code(), Code::kNonFiniteWeights);
  EXPECT_EQ(at_data.calls.size(), 1u);
}

TEST(GgufPushTest, RefusesMoreThanAnnounced) {
  const Bytes bytes = samples()[0];
  RecordingSink sink;
  gguf::PushReader reader(&sink, bytes.size());
  ASSERT_TRUE(reader.feed(bytes));
  const Bytes more(1);
  EXPECT_EQ(reader.feed(more).code(), Code::kInvalidArgument);
}

TEST(GgufPushTest, RefusesUseAfterFinish) {
  const Bytes bytes = samples()[0];
  RecordingSink sink;
  gguf::PushReader reader(&sink, 0);
  ASSERT_TRUE(reader.feed(bytes));
  ASSERT_TRUE(reader.finish());
  EXPECT_TRUE(reader.finish());
  EXPECT_EQ(reader.feed(bytes).code(), Code::kInvalidState);
  EXPECT_EQ(reader.next_file(0).code(), Code::kInvalidState);
}

TEST(GgufPushTest, NothingIsTruncated) {
  RecordingSink sink;
  gguf::PushReader reader(&sink, 0);
  ASSERT_TRUE(reader.feed({}));
  EXPECT_EQ(reader.finish().code(), Code::kTruncated);
}

TEST(GgufPushTest, ReportsProgress) {
  const GgufBuilder builder = GgufBuilder().tensor("a", {2}, {1, 2}).tensor("b", {2}, {3, 4});
  const Bytes bytes = builder.build();
  const size_t header_size = builder.header().size();
  const std::span<const std::byte> all(bytes);
  for (bool announce : {true, false}) {
    RecordingSink sink;
    gguf::PushReader reader(&sink, announce ? bytes.size() : 0);
    EXPECT_EQ(reader.progress().bytes_total, announce ? bytes.size() : 0);
    ASSERT_TRUE(reader.feed(all.first(10)));
    EXPECT_EQ(reader.progress().bytes_done, 10u);
    EXPECT_EQ(reader.progress().bytes_total, announce ? bytes.size() : 0);
    EXPECT_EQ(reader.progress().tensors_total, 0u);
    ASSERT_TRUE(reader.feed(all.subspan(10, header_size - 10)));
    EXPECT_EQ(reader.progress().bytes_done, header_size);
    EXPECT_EQ(reader.progress().bytes_total, bytes.size());
    EXPECT_EQ(reader.progress().tensors_total, 2u);
    EXPECT_EQ(reader.progress().tensors_done, 0u);
    ASSERT_TRUE(reader.feed(all.subspan(header_size, bytes.size() - header_size - 1)));
    EXPECT_EQ(reader.progress().tensors_done, 1u);
    ASSERT_TRUE(reader.feed(all.last(1)));
    EXPECT_EQ(reader.progress().tensors_done, 2u);
    EXPECT_EQ(reader.progress().bytes_done, bytes.size());
  }
}

}  // namespace
}  // namespace wasmchord
