// Typed access to metadata: every accessor, every way it refuses.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>

#include "tests/unit/gguf/reading.h"

namespace wasmchord {
namespace {

using test::GgufBuilder;
using test::parse;

constexpr float kInf = std::numeric_limits<float>::infinity();

template <typename T>
void expect_error(const Result<T>& result, Code code, const char* mentions) {
  ASSERT_FALSE(result.is_ok());
  EXPECT_EQ(result.status().code(), code) << result.status().message();
  EXPECT_NE(result.status().message().find(mentions), std::string::npos) << result.status().message();
}

TEST(GgufMetadataTest, ReadsEveryIntegerTypeAsU32) {
  const auto header = parse(GgufBuilder()
                                .kv("u8", uint8_t{200})
                                .kv("i8", int8_t{100})
                                .kv("u16", uint16_t{60000})
                                .kv("i16", int16_t{30000})
                                .kv("u32", uint32_t{4000000000})
                                .kv("i32", int32_t{2000000000})
                                .kv("u64", uint64_t{4294967295})
                                .kv("i64", int64_t{4294967295})
                                .build());
  const auto& m = header->metadata;
  EXPECT_EQ(*m.u32("u8"), 200u);
  EXPECT_EQ(*m.u32("i8"), 100u);
  EXPECT_EQ(*m.u32("u16"), 60000u);
  EXPECT_EQ(*m.u32("i16"), 30000u);
  EXPECT_EQ(*m.u32("u32"), 4000000000u);
  EXPECT_EQ(*m.u32("i32"), 2000000000u);
  EXPECT_EQ(*m.u32("u64"), 4294967295u);
  EXPECT_EQ(*m.u32("i64"), 4294967295u);
}

TEST(GgufMetadataTest, RefusesIntegersOutOfRange) {
  const auto header = parse(GgufBuilder()
                                .kv("negative", int32_t{-1})
                                .kv("least", std::numeric_limits<int64_t>::min())
                                .kv("wide", uint64_t{4294967296})
                                .kv("wide signed", int64_t{4294967296})
                                .kv("max", std::numeric_limits<uint64_t>::max())
                                .build());
  const auto& m = header->metadata;
  expect_error(m.u32("negative"), Code::kBadKeyValue, "'negative' is -1");
  expect_error(m.u64("negative"), Code::kBadKeyValue, "'negative'");
  expect_error(m.u64("least"), Code::kBadKeyValue, "-9223372036854775808");
  expect_error(m.u32("wide"), Code::kBadKeyValue, "'wide'");
  expect_error(m.u32("wide signed"), Code::kBadKeyValue, "4294967296");
  EXPECT_EQ(*m.u64("wide"), 4294967296u);
  EXPECT_EQ(*m.u64("max"), std::numeric_limits<uint64_t>::max());
}

TEST(GgufMetadataTest, NamesTheMissingKey) {
  const auto header = parse(GgufBuilder().build());
  const auto& m = header->metadata;
  expect_error(m.u32("a.b"), Code::kMissingKey, "'a.b' is missing");
  expect_error(m.u64("a.b"), Code::kMissingKey, "'a.b'");
  expect_error(m.f32("a.b"), Code::kMissingKey, "'a.b'");
  expect_error(m.boolean("a.b"), Code::kMissingKey, "'a.b'");
  expect_error(m.string("a.b"), Code::kMissingKey, "'a.b'");
  expect_error(m.strings("a.b"), Code::kMissingKey, "'a.b'");
  expect_error(m.floats("a.b"), Code::kMissingKey, "'a.b'");
  expect_error(m.i32s("a.b"), Code::kMissingKey, "'a.b'");
  EXPECT_FALSE(m.has("a.b"));
  EXPECT_EQ(m.find("a.b"), nullptr);
}

TEST(GgufMetadataTest, RefusesOtherTypes) {
  const auto header = parse(GgufBuilder()
                                .kv("f", 1.0f)
                                .kv("s", "text")
                                .kv("b", true)
                                .kv("u", uint32_t{1})
                                .array<uint32_t>("au", {1})
                                .array<std::string>("as", {"x"})
                                .array<bool>("ab", {true})
                                .build());
  const auto& m = header->metadata;
  expect_error(m.u32("f"), Code::kWrongKeyType, "'f' is f32");
  expect_error(m.u64("b"), Code::kWrongKeyType, "'b' is bool");
  expect_error(m.u32("s"), Code::kWrongKeyType, "'s' is string");
  expect_error(m.u32("au"), Code::kWrongKeyType, "array of u32");
  expect_error(m.f32("u"), Code::kWrongKeyType, "'u' is u32");
  expect_error(m.boolean("u"), Code::kWrongKeyType, "wanted bool");
  expect_error(m.string("as"), Code::kWrongKeyType, "array of string");
  expect_error(m.strings("s"), Code::kWrongKeyType, "wanted array of string");
  expect_error(m.strings("au"), Code::kWrongKeyType, "array of u32");
  expect_error(m.floats("au"), Code::kWrongKeyType, "array of u32");
  expect_error(m.floats("f"), Code::kWrongKeyType, "'f' is f32");
  expect_error(m.i32s("as"), Code::kWrongKeyType, "array of string");
  expect_error(m.i32s("ab"), Code::kWrongKeyType, "array of bool");
  expect_error(m.i32s("u"), Code::kWrongKeyType, "'u' is u32");
}

TEST(GgufMetadataTest, ReadsScalars) {
  const auto header = parse(GgufBuilder()
                                .kv("f32", 0.1f)
                                .kv("f64", 0.25)
                                .kv("yes", true)
                                .kv("no", false)
                                .kv("s", std::string_view("a\0b\xff", 4))
                                .kv("empty", "")
                                .build());
  const auto& m = header->metadata;
  EXPECT_EQ(*m.f32("f32"), 0.1f);
  EXPECT_EQ(*m.f32("f64"), 0.25f);
  EXPECT_TRUE(*m.boolean("yes"));
  EXPECT_FALSE(*m.boolean("no"));
  EXPECT_EQ(*m.string("s"), std::string_view("a\0b\xff", 4));
  EXPECT_EQ(*m.string("empty"), "");
}

TEST(GgufMetadataTest, RefusesFloatsThatAreNotFinite) {
  const auto header = parse(GgufBuilder()
                                .kv("inf", kInf)
                                .kv("nan", std::nanf(""))
                                .kv("minus", -double{kInf})
                                .kv("beyond", 1e39)
                                .array<double>("beyond array", {1.0, -1e39})
                                .build());
  const auto& m = header->metadata;
  expect_error(m.f32("inf"), Code::kBadKeyValue, "'inf'");
  expect_error(m.f32("nan"), Code::kBadKeyValue, "'nan'");
  expect_error(m.f32("minus"), Code::kBadKeyValue, "'minus'");
  expect_error(m.f32("beyond"), Code::kBadKeyValue, "'beyond'");
  expect_error(m.floats("beyond array"), Code::kBadKeyValue, "element 1");
}

TEST(GgufMetadataTest, ReadsArrays) {
  const auto header = parse(GgufBuilder()
                                .array<std::string>("s", {"", "two", std::string(3, '\0')})
                                .array<float>("f32", {1.5f, -2.0f, kInf})
                                .array<double>("f64", {0.5, -8.0})
                                .array<float>("none", {})
                                .array<std::string>("no strings", {})
                                .build());
  const auto& m = header->metadata;
  const auto strings = *m.strings("s");
  ASSERT_EQ(strings.size(), 3u);
  EXPECT_EQ(strings[0], "");
  EXPECT_EQ(strings[1], "two");
  EXPECT_EQ(strings[2], std::string_view("\0\0\0", 3));
  EXPECT_EQ(*m.floats("f32"), (std::vector<float>{1.5f, -2.0f, kInf}));
  EXPECT_EQ(*m.floats("f64"), (std::vector<float>{0.5f, -8.0f}));
  EXPECT_TRUE(m.floats("none")->empty());
  EXPECT_TRUE(m.strings("no strings")->empty());
}

TEST(GgufMetadataTest, ReadsEveryIntegerArrayAsI32) {
  const auto header = parse(GgufBuilder()
                                .array<uint8_t>("u8", {0, 255})
                                .array<int8_t>("i8", {-128, 127})
                                .array<uint16_t>("u16", {65535})
                                .array<int16_t>("i16", {-32768})
                                .array<uint32_t>("u32", {2147483647})
                                .array<int32_t>("i32", {-2147483647 - 1})
                                .array<uint64_t>("u64", {7})
                                .array<int64_t>("i64", {-7})
                                .array<uint32_t>("u32 beyond", {1, 2147483648})
                                .array<int64_t>("i64 beyond", {-2147483649})
                                .array<uint64_t>("u64 beyond", {std::numeric_limits<uint64_t>::max()})
                                .build());
  const auto& m = header->metadata;
  EXPECT_EQ(*m.i32s("u8"), (std::vector<int32_t>{0, 255}));
  EXPECT_EQ(*m.i32s("i8"), (std::vector<int32_t>{-128, 127}));
  EXPECT_EQ(*m.i32s("u16"), std::vector<int32_t>{65535});
  EXPECT_EQ(*m.i32s("i16"), std::vector<int32_t>{-32768});
  EXPECT_EQ(*m.i32s("u32"), std::vector<int32_t>{2147483647});
  EXPECT_EQ(*m.i32s("i32"), std::vector<int32_t>{-2147483647 - 1});
  EXPECT_EQ(*m.i32s("u64"), std::vector<int32_t>{7});
  EXPECT_EQ(*m.i32s("i64"), std::vector<int32_t>{-7});
  expect_error(m.i32s("u32 beyond"), Code::kBadKeyValue, "element 1");
  expect_error(m.i32s("i64 beyond"), Code::kBadKeyValue, "element 0");
  expect_error(m.i32s("u64 beyond"), Code::kBadKeyValue, "element 0");
}

TEST(GgufMetadataTest, FallsBackOnlyWhenAbsent) {
  const auto header = parse(GgufBuilder().kv("u", uint32_t{5}).kv("f", 2.0f).kv("b", false).kv("s", "x").build());
  const auto& m = header->metadata;
  EXPECT_EQ(*m.u32_or("none", 9), 9u);
  EXPECT_EQ(*m.u32_or("u", 9), 5u);
  expect_error(m.u32_or("s", 9), Code::kWrongKeyType, "'s'");
  EXPECT_EQ(*m.f32_or("none", 3.0f), 3.0f);
  EXPECT_EQ(*m.f32_or("f", 3.0f), 2.0f);
  expect_error(m.f32_or("u", 3.0f), Code::kWrongKeyType, "'u'");
  EXPECT_TRUE(*m.boolean_or("none", true));
  EXPECT_FALSE(*m.boolean_or("b", true));
  expect_error(m.boolean_or("u", true), Code::kWrongKeyType, "'u'");
  EXPECT_EQ(*m.string_or("none", "y"), "y");
  EXPECT_EQ(*m.string_or("s", "y"), "x");
  expect_error(m.string_or("u", "y"), Code::kWrongKeyType, "'u'");
}

TEST(GgufMetadataTest, KeepsFileOrder) {
  const auto header = parse(GgufBuilder().kv("z", true).kv("a", true).kv("m", true).build());
  std::vector<std::string_view> keys;
  for (const auto& entry : header->metadata.entries()) keys.push_back(entry.key);
  EXPECT_EQ(keys, (std::vector<std::string_view>{"z", "a", "m"}));
}

TEST(GgufMetadataTest, NamesValueTypes) {
  EXPECT_EQ(gguf::value_type_name(gguf::ValueType::kU8), "u8");
  EXPECT_EQ(gguf::value_type_name(gguf::ValueType::kF64), "f64");
  EXPECT_EQ(gguf::value_type_name(gguf::ValueType::kArray), "array");
  EXPECT_EQ(gguf::value_type_name(static_cast<gguf::ValueType>(13)), "unknown");
}

}  // namespace
}  // namespace wasmchord
