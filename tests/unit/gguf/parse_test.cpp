// The fixed header and the metadata section: what is accepted, and each refusal with its code.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "src/gguf/limits.h"
#include "src/gguf/quote.h"
#include "tests/unit/gguf/reading.h"

namespace wasmchord {
namespace {

using gguf::ValueType;
using test::Bytes;
using test::GgufBuilder;
using test::GgufFields;
using test::parse;

constexpr auto kArray = static_cast<uint32_t>(ValueType::kArray);
constexpr auto kString = static_cast<uint32_t>(ValueType::kString);

// The verdict, which must not depend on the chunking nor (unless `known_only`) on knowing the length.
void expect_refused(const Bytes& bytes, Code code, const char* mentions, bool known_only = false) {
  for (bool announce : {true, false}) {
    if (known_only && !announce) continue;
    for (const auto& chunker : {test::whole(), test::fixed(1)}) {
      const auto outcome = test::push(bytes, chunker, announce);
      EXPECT_EQ(outcome.status.code(), code) << outcome.status.message();
      EXPECT_NE(outcome.status.message().find(mentions), std::string::npos) << outcome.status.message();
    }
  }
}

Bytes text(std::string_view bytes) { return GgufFields().raw(bytes).bytes(); }

GgufBuilder everything(uint32_t version, bool big_endian) {
  GgufBuilder builder(version, big_endian);
  builder.kv("u8", uint8_t{0xfe}).kv("i8", int8_t{-2}).kv("u16", uint16_t{0xfedc}).kv("i16", int16_t{-300});
  builder.kv("u32", uint32_t{0xfedcba98}).kv("i32", int32_t{-70000}).kv("u64", uint64_t{0xfedcba9876543210});
  builder.kv("i64", int64_t{-5000000000}).kv("f32", 1.5f).kv("f64", -2.25).kv("bool", true).kv("string", "text");
  builder.array<uint16_t>("a16", {1, 0x0203}).array<int32_t>("a32", {-1, 7}).array<double>("a64", {0.5, 3.0});
  builder.array<std::string>("as", {"one", "", "three"}).array<bool>("ab", {true, false});
  builder.tensor("t", {3, 2}, {1, 2, 3, 4, 5, 6});
  return builder;
}

void expect_everything(const gguf::Header& header) {
  const auto& m = header.metadata;
  EXPECT_EQ(m.find("u8")->u, 0xfeu);
  EXPECT_EQ(m.find("i8")->i, -2);
  EXPECT_EQ(m.find("u16")->u, 0xfedcu);
  EXPECT_EQ(m.find("i16")->i, -300);
  EXPECT_EQ(m.find("u32")->u, 0xfedcba98u);
  EXPECT_EQ(m.find("i32")->i, -70000);
  EXPECT_EQ(m.find("u64")->u, 0xfedcba9876543210u);
  EXPECT_EQ(m.find("i64")->i, -5000000000);
  EXPECT_EQ(m.find("f32")->f, 1.5);
  EXPECT_EQ(m.find("f64")->f, -2.25);
  EXPECT_EQ(m.find("bool")->u, 1u);
  EXPECT_EQ(m.find("string")->s, "text");
  EXPECT_EQ(*m.i32s("a16"), (std::vector<int32_t>{1, 0x0203}));
  EXPECT_EQ(*m.i32s("a32"), (std::vector<int32_t>{-1, 7}));
  EXPECT_EQ(*m.floats("a64"), (std::vector<float>{0.5f, 3.0f}));
  EXPECT_EQ((*m.strings("as"))[2], "three");
  EXPECT_EQ(m.find("ab")->array->numbers, (Bytes{std::byte{1}, std::byte{0}}));
  ASSERT_EQ(header.tensors.size(), 1u);
  EXPECT_EQ(header.tensors[0].shape.to_string(), "[3, 2]");
  EXPECT_EQ(header.tensors[0].n_bytes, 24u);
}

TEST(GgufParseTest, ReadsAllVersionsAndByteOrders) {
  for (uint32_t version : {1u, 2u, 3u}) {
    for (bool big_endian : {false, true}) {
      SCOPED_TRACE(testing::Message() << "version " << version << " big-endian " << big_endian);
      const auto header = parse(everything(version, big_endian).build());
      EXPECT_EQ(header->version, version);
      EXPECT_EQ(header->big_endian, big_endian);
      expect_everything(*header);
    }
  }
}

TEST(GgufParseTest, ReadsNestedArrays) {
  GgufBuilder builder;
  builder.raw_kv("n", kArray).type(ValueType::kArray).count(3);
  GgufFields& fields = builder.raw_kv("after", static_cast<uint32_t>(ValueType::kU8));
  fields.number(uint8_t{9});
  Bytes bytes = builder.build();
  // [[1, 2], [], ["x"]] goes between the head of "n" and the entry "after".
  const Bytes nested = GgufFields()
                           .type(ValueType::kU16)
                           .count(2)
                           .number(uint16_t{1})
                           .number(uint16_t{2})
                           .type(ValueType::kArray)
                           .count(0)
                           .type(ValueType::kString)
                           .count(1)
                           .string("x")
                           .bytes();
  bytes.insert(bytes.begin() + 24 + 8 + 1 + 4 + 4 + 8, nested.begin(), nested.end());
  const auto header = parse(bytes);
  const gguf::Array& array = *header->metadata.find("n")->array;
  ASSERT_EQ(array.nested.size(), 3u);
  EXPECT_EQ(array.nested[0].array->type, ValueType::kU16);
  EXPECT_EQ(array.nested[0].array->numbers.size(), 4u);
  EXPECT_EQ(array.nested[1].array->type, ValueType::kArray);
  EXPECT_EQ(array.nested[1].array->size, 0u);
  EXPECT_EQ(array.nested[2].array->strings.at(0), "x");
  EXPECT_EQ(*header->metadata.u32("after"), 9u);
}

Bytes nested_to_depth(uint32_t depth) {
  GgufBuilder builder;
  GgufFields& fields = builder.raw_kv("n", kArray);
  for (uint32_t i = 1; i < depth; ++i) fields.type(ValueType::kArray).count(1);
  fields.type(ValueType::kU8).count(1).number(uint8_t{1});
  return builder.build();
}

TEST(GgufParseTest, LimitsNesting) {
  EXPECT_EQ(test::push(nested_to_depth(gguf::kMaxArrayDepth)).status.code(), Code::kOk);
  expect_refused(nested_to_depth(gguf::kMaxArrayDepth + 1), Code::kBadNesting, "'n'");
}

TEST(GgufParseTest, LimitsNestedArrays) {
  GgufBuilder builder;
  GgufFields& fields = builder.raw_kv("n", kArray).type(ValueType::kArray).count(gguf::kMaxNestedArrays + 1);
  for (uint64_t i = 0; i <= gguf::kMaxNestedArrays; ++i) fields.type(ValueType::kU8).count(0);
  const auto outcome = test::push(builder.build(), test::fixed(1000), false);
  EXPECT_EQ(outcome.status.code(), Code::kBadCount);
  EXPECT_NE(outcome.status.message().find("nested arrays"), std::string::npos) << outcome.status.message();
}

TEST(GgufParseTest, RejectsForeignMagic) {
  expect_refused(text("GGUX0000000000000000"), Code::kBadMagic, "'GGUX'");
  expect_refused(text("lmgg0000000000000000"), Code::kBadMagic, "legacy ggml");
  expect_refused(text("fmgg0000000000000000"), Code::kBadMagic, "legacy ggmf");
  expect_refused(text("tjgg0000000000000000"), Code::kBadMagic, "legacy ggjt");
  expect_refused(text("FUGG0000000000000000"), Code::kBadMagic, "byte-swapped");
  expect_refused(text("version https://git-lfs"), Code::kBadMagic, "git lfs pull");
  expect_refused(text("<!DOCTYPE html>"), Code::kBadMagic, "HTML");
  expect_refused(text(std::string_view("\x01\x02\x00\x7f"
                                       "00",
                                       6)),
                 Code::kBadMagic, "\\x01\\x02\\x00\\x7f");
}

TEST(GgufParseTest, RejectsUnknownVersions) {
  for (uint32_t version : {0u, 4u, 1000u}) {
    for (bool big_endian : {false, true}) {
      expect_refused(GgufBuilder(version, big_endian).build(), Code::kUnsupportedVersion, "version");
    }
  }
}

TEST(GgufParseTest, RejectsEveryTruncationOfAHeader) {
  const Bytes whole = everything(3, false).build();
  for (size_t n = 0; n < whole.size(); ++n) {
    const Bytes cut(whole.begin(), whole.begin() + n);
    const auto unknown = test::push(cut, test::whole(), false);
    ASSERT_EQ(unknown.status.code(), Code::kTruncated) << n << ": " << unknown.status.message();
    const Code known = test::push(cut, test::whole(), true).status.code();
    // With the length known, a string or count that no longer fits is what is found first.
    ASSERT_TRUE(known == Code::kTruncated || known == Code::kBadString || known == Code::kBadCount) << n;
  }
}

TEST(GgufParseTest, SaysWhereAFileEnds) {
  Bytes bytes = GgufBuilder().kv("general.name", uint32_t{1}).build();
  bytes.pop_back();
  expect_refused(bytes, Code::kTruncated, "the value of key 'general.name'");
  expect_refused(text("GGUF"), Code::kTruncated, "the fixed header");
  const GgufBuilder entries = GgufBuilder().kv("k", uint64_t{1}).tensor("t", {1}, {1}).tensor("u", {1}, {2});
  Bytes in_key = entries.header();
  in_key.resize(24 + 8);
  EXPECT_NE(test::push(in_key, test::whole(), false).status.message().find("metadata entry 1 of 1"), std::string::npos);
  Bytes in_directory = entries.header();
  in_directory.pop_back();
  expect_refused(in_directory, Code::kTruncated, "tensor directory entry 2 of 2");
}

TEST(GgufParseTest, RejectsCountsBeyondTheLimits) {
  for (uint64_t n : {gguf::kMaxKeys + 1, uint64_t{1} << 40, uint64_t{1} << 63, ~uint64_t{0}}) {
    expect_refused(GgufBuilder().claim_keys(n).build(), Code::kBadCount, "metadata count");
  }
  for (uint64_t n : {gguf::kMaxTensors + 1, uint64_t{1} << 61, ~uint64_t{0}}) {
    expect_refused(GgufBuilder().claim_tensors(n).build(), Code::kBadCount, "tensor count");
  }
  expect_refused(GgufBuilder(1).claim_keys(0xffffffff).build(), Code::kBadCount, "metadata count");
}

TEST(GgufParseTest, RejectsCountsThatTheFileCannotHold) {
  const bool known_only = true;
  expect_refused(GgufBuilder().claim_keys(2).kv("k", uint8_t{1}).build(), Code::kBadCount, "do not fit", known_only);
  expect_refused(GgufBuilder().claim_tensors(1).build(), Code::kBadCount, "do not fit", known_only);
}

TEST(GgufParseTest, RejectsBadKeys) {
  expect_refused(GgufBuilder().kv("", uint8_t{1}).build(), Code::kBadString, "entry 1 has an empty key");
  expect_refused(GgufBuilder().kv(std::string_view("a\0b", 3), uint8_t{1}).build(), Code::kBadString, "'a\\x00b'");
  expect_refused(GgufBuilder().kv(std::string(65536, 'k'), uint8_t{1}).build(), Code::kBadString, "65536");
  expect_refused(GgufBuilder().kv("k", uint8_t{1}).kv("k", uint8_t{2}).build(), Code::kDuplicateKey, "'k'");
  EXPECT_EQ(test::push(GgufBuilder().kv(std::string(65535, 'k'), uint8_t{1}).build()).status.code(), Code::kOk);
}

TEST(GgufParseTest, RejectsLengthsBeyondTheFile) {
  GgufBuilder string;
  string.raw_kv("s", kString).count(4).raw("abc");
  expect_refused(string.build(), Code::kBadString, "4 bytes, more than the file has left", true);
  GgufBuilder element;
  element.raw_kv("s", kArray).type(ValueType::kString).count(1).count(4).raw("abc");
  expect_refused(element.build(), Code::kBadString, "string element of 4", true);
  for (uint64_t length : {gguf::kMaxStringBytes + 1, uint64_t{1} << 63, ~uint64_t{0}, ~uint64_t{0} - 7}) {
    GgufBuilder huge;
    huge.raw_kv("s", kString).count(length).raw("abc");
    expect_refused(huge.build(), Code::kBadString, "'s' claims a string");
  }
  Bytes key = GgufBuilder().claim_keys(1).build();
  key = GgufFields().append(key).count(~uint64_t{0}).raw("k").bytes();
  expect_refused(key, Code::kBadString, "18446744073709551615");
}

TEST(GgufParseTest, RejectsArraysBeyondTheFile) {
  for (ValueType type : {ValueType::kU8, ValueType::kF64, ValueType::kString, ValueType::kArray}) {
    for (uint64_t size : {gguf::kMaxArrayLength + 1, uint64_t{1} << 61, uint64_t{1} << 62, ~uint64_t{0}}) {
      GgufBuilder builder;
      builder.raw_kv("a", kArray).type(type).count(size).raw("12345678");
      expect_refused(builder.build(), Code::kBadCount, "'a' claims an array");
    }
  }
  GgufBuilder builder;
  builder.raw_kv("a", kArray).type(ValueType::kU16).count(5).raw("12345678");
  expect_refused(builder.build(), Code::kBadCount, "5 elements, more than the file can hold", true);
}

TEST(GgufParseTest, RejectsUnknownValueTypes) {
  for (uint32_t type : {13u, 0x7fffffffu, 0xffffffffu}) {
    GgufBuilder builder;
    builder.raw_kv("k", type).raw("12345678");
    expect_refused(builder.build(), Code::kBadValueType, "'k'");
    GgufBuilder array;
    array.raw_kv("k", kArray).number(type).count(1).raw("12345678");
    expect_refused(array.build(), Code::kBadValueType, "'k' is an array");
  }
}

TEST(GgufParseTest, RejectsBoolsThatAreNeither) {
  GgufBuilder scalar;
  scalar.raw_kv("k", static_cast<uint32_t>(ValueType::kBool)).number(uint8_t{2});
  expect_refused(scalar.build(), Code::kBadKeyValue, "'k' is a bool of value 2");
  GgufBuilder array;
  array.raw_kv("k", kArray).type(ValueType::kBool).count(3).raw(std::string_view("\0\1\xff", 3));
  expect_refused(array.build(), Code::kBadKeyValue, "'k'");
}

TEST(GgufParseTest, HonoursAlignment) {
  for (uint32_t alignment : {8u, 64u, 4096u}) {
    const auto header = parse(GgufBuilder().alignment(alignment).tensor("a", {1}, {1}).tensor("b", {1}, {2}).build());
    EXPECT_EQ(header->alignment, alignment);
    EXPECT_EQ(header->data_offset % alignment, 0u);
    EXPECT_EQ(header->tensors[1].offset, alignment);
  }
  EXPECT_EQ(parse(GgufBuilder().build())->alignment, 32u);
}

TEST(GgufParseTest, RejectsBadAlignment) {
  for (uint32_t alignment : {0u, 1u, 3u, 4u, 24u, 33u, 0x80000000u}) {
    const auto bytes = GgufBuilder().kv("general.alignment", alignment).build();
    expect_refused(bytes, Code::kBadAlignment, "general.alignment");
  }
  expect_refused(GgufBuilder().kv("general.alignment", int32_t{32}).build(), Code::kWrongKeyType, "i32, wanted u32");
  expect_refused(GgufBuilder().kv("general.alignment", uint64_t{32}).build(), Code::kWrongKeyType, "u64, wanted u32");
  expect_refused(GgufBuilder().kv("general.alignment", "32").build(), Code::kWrongKeyType, "string, wanted u32");
  expect_refused(GgufBuilder().array<uint32_t>("general.alignment", {32}).build(), Code::kWrongKeyType, "array");
}

TEST(GgufParseTest, QuotesHostileNames) {
  EXPECT_EQ(gguf::quote("plain.name"), "'plain.name'");
  EXPECT_EQ(gguf::quote(std::string_view("\n\0\x1b[31m\x7f\xc3", 9)), "'\\x0a\\x00\\x1b[31m\\x7f\\xc3'");
  EXPECT_EQ(gguf::quote("it's \\"), "'it\\x27s \\x5c'");
  const std::string longest(80, 'a');
  std::string quoted("'");
  quoted.append(longest);
  EXPECT_EQ(gguf::quote(longest), std::string(quoted).append("'"));
  EXPECT_EQ(gguf::quote(std::string(81, 'a')), quoted.append("...'"));
}

}  // namespace
}  // namespace wasmchord
