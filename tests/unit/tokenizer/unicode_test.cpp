#include "src/tokenizer/unicode.h"

#include <gtest/gtest.h>

namespace wasmchord::unicode {
namespace {

TEST(Unicode, FlagsOfKnownCharacters) {
  EXPECT_EQ(flags('a'), kLetter);
  EXPECT_EQ(flags('7'), kNumber);
  EXPECT_EQ(flags('!'), kPunctuation);
  EXPECT_EQ(flags('$'), kSymbol);
  EXPECT_EQ(flags(' '), kSpace);
  EXPECT_EQ(flags('\n'), kSpace | kControl);
  EXPECT_EQ(flags(0x1C), kControl);  // no White_Space, whatever Python's str.isspace says
  EXPECT_EQ(flags(0x0301), kMark);
  EXPECT_EQ(flags(0x3000), kSpace);
  EXPECT_EQ(flags(0x4E2D), kLetter);
  EXPECT_EQ(flags(0x1F680), kSymbol);
  EXPECT_EQ(flags(0x200B), kControl);
  EXPECT_EQ(flags(0x2160), kNumber);  // Roman numeral one
  EXPECT_EQ(flags(0x0378), 0);        // unassigned
  EXPECT_EQ(flags(0x10FFFF), 0);
  EXPECT_EQ(flags(0x110000), 0);
  EXPECT_EQ(flags(UINT32_MAX), 0);
}

TEST(Unicode, LowerCase) {
  EXPECT_EQ(to_lower('A'), uint32_t{'a'});
  EXPECT_EQ(to_lower('z'), uint32_t{'z'});
  EXPECT_EQ(to_lower(0xC4), 0xE4u);
  EXPECT_EQ(to_lower(0xD7), 0xD7u);  // multiplication sign
  EXPECT_EQ(to_lower(0x0100), 0x0101u);
  EXPECT_EQ(to_lower(0x0101), 0x0101u);
  EXPECT_EQ(to_lower(0x0130), uint32_t{'i'});
  EXPECT_EQ(to_lower(0x0178), 0xFFu);
  EXPECT_EQ(to_lower(0x0416), 0x0436u);
  EXPECT_EQ(to_lower(0x10400), 0x10428u);
  EXPECT_EQ(to_lower(0x1E943), 0x1E943u);
}

TEST(Unicode, FirstOfTheCanonicalDecomposition) {
  EXPECT_EQ(nfd_first(0xE9), uint32_t{'e'});
  EXPECT_EQ(nfd_first(0x1EBF), uint32_t{'e'});  // e with circumflex and acute
  EXPECT_EQ(nfd_first(0xDF), 0xDFu);
  EXPECT_EQ(nfd_first(0xAC00), 0x1100u);
  EXPECT_EQ(nfd_first(0xD7A3), 0x1112u);
  EXPECT_EQ(nfd_first(0xF900), 0x8C48u);
  EXPECT_EQ(nfd_first(0x41), 0x41u);
}

TEST(Unicode, ClassifiesByTheStandardsTable) {
  const auto check = [](std::string_view text, Utf8Next next, size_t size) {
    size_t got;
    EXPECT_EQ(classify(text, &got), next) << text;
    if (next != Utf8Next::kIncomplete) {
      EXPECT_EQ(got, size) << text;
    }
  };
  check("a", Utf8Next::kComplete, 1);
  check("\xC3\xA9", Utf8Next::kComplete, 2);
  check("\xE2\x82\xAC", Utf8Next::kComplete, 3);
  check("\xF0\x9F\x9A\x80", Utf8Next::kComplete, 4);
  check("\xC3", Utf8Next::kIncomplete, 0);
  check("\xF0\x9F\x9A", Utf8Next::kIncomplete, 0);
  check("\x80", Utf8Next::kInvalid, 1);
  check("\xC0\x80", Utf8Next::kInvalid, 1);          // overlong
  check("\xE0\x80\x80", Utf8Next::kInvalid, 1);      // overlong
  check("\xED\xA0\x80", Utf8Next::kInvalid, 1);      // surrogate
  check("\xF4\x90\x80\x80", Utf8Next::kInvalid, 1);  // above U+10FFFF
  check("\xF5", Utf8Next::kInvalid, 1);
  check("\xE2\x82z", Utf8Next::kInvalid, 2);  // the maximal subpart
  check("\xF0\x9F\x9Az", Utf8Next::kInvalid, 3);
}

TEST(Unicode, EveryCodePointSurvivesUtf8) {
  for (uint32_t c = 0; c < 0x110000; ++c) {
    std::string text;
    append_utf8(c, &text);
    const bool surrogate = c >= 0xD800 && c < 0xE000;
    ASSERT_EQ(valid_char_size(text), surrogate ? 0 : text.size()) << c;
    if (!surrogate) {
      ASSERT_EQ(decode_valid(text.data()).code_point, c);
    }
  }
}

TEST(Unicode, ValidPrefixAndSanitizing) {
  EXPECT_EQ(valid_prefix(""), 0u);
  EXPECT_EQ(valid_prefix("0123456789\xC3\xA9"), 12u);
  EXPECT_EQ(valid_prefix("0123456\xFF"), 7u);
  EXPECT_EQ(valid_prefix("01234567\xC3"), 8u);
  std::string out;
  append_sanitized("a\xFF\xE2\x82z", &out);
  EXPECT_EQ(out, "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz");  // one for each byte, as the reference
}

}  // namespace
}  // namespace wasmchord::unicode
