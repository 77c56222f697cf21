#include "src/tokenizer/special_splitter.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/tokenizer/tokenizers.h"

namespace wasmchord::test {
namespace {

// Fragments as text, special tokens in brackets.
std::vector<std::string> split_text(const MicroVocabulary& vocabulary, std::string_view text, bool parse_special,
                                    const std::string& model_name = {}, std::span<const TextRange> plain = {}) {
  GgufBuilder file = vocabulary.builder();
  if (!model_name.empty()) file.kv("general.name", model_name);
  const auto header = header_of(file);
  auto loaded = Vocabulary::load(header->metadata);
  EXPECT_TRUE(loaded.is_ok()) << loaded.status().message();
  EXPECT_TRUE(loaded->load_special(header->metadata, {}).is_ok());
  std::vector<std::string> fragments;
  for (const auto& fragment : SpecialSplitter(*loaded).split(text, parse_special, plain)) {
    EXPECT_FALSE(fragment.text.empty());
    const std::string copy(fragment.text);
    fragments.push_back(fragment.token == kNoToken ? copy : "[" + copy + "]");
  }
  return fragments;
}

using Parts = std::vector<std::string>;

MicroVocabulary specials() {
  MicroVocabulary vocabulary;
  vocabulary.add("<c>", TokenType::kControl).add("<u>", TokenType::kUserDefined).add("<k>", TokenType::kUnknown);
  return vocabulary.add("x").add("");
}

TEST(SpecialSplitter, ControlAndUnknownTokensOnRequestOnly) {
  EXPECT_EQ(split_text(specials(), "a<c>b<u>c<k>", false), (Parts{"a<c>b", "[<u>]", "c<k>"}));
  EXPECT_EQ(split_text(specials(), "a<c>b<u>c<k>", true), (Parts{"a", "[<c>]", "b", "[<u>]", "c", "[<k>]"}));
}

TEST(SpecialSplitter, PlainRangesHideControlTokensAndTurnMarkers) {
  MicroVocabulary vocabulary = specials();
  vocabulary.add("<|turn|>", TokenType::kUserDefined);
  const std::string text = "<c>a<c><u><|turn|>b<c><|turn|>";
  const std::vector<TextRange> plain = {{3, 19}};  // a ... b
  EXPECT_EQ(split_text(vocabulary, text, true, {}, plain),
            (Parts{"[<c>]", "a<c>", "[<u>]", "<|turn|>b", "[<c>]", "[<|turn|>]"}));
  for (const TextRange part : {TextRange{1, 2}, TextRange{0, 1}, TextRange{2, 4}}) {
    EXPECT_EQ(split_text(vocabulary, "<c>a<c>", true, {}, std::vector<TextRange>{part}), (Parts{"<c>a", "[<c>]"}));
  }
  EXPECT_EQ(split_text(vocabulary, "<c><c><c>", true, {}, std::vector<TextRange>{{3, 6}}),
            (Parts{"[<c>]", "<c>", "[<c>]"}));
}

TEST(SpecialSplitter, EdgesAndRepeats) {
  EXPECT_EQ(split_text(specials(), "", true), Parts{});
  EXPECT_EQ(split_text(specials(), "<c>", true), Parts{"[<c>]"});
  EXPECT_EQ(split_text(specials(), "<c><c>x<c>", true), (Parts{"[<c>]", "[<c>]", "x", "[<c>]"}));
  EXPECT_EQ(split_text(specials(), "<c", true), Parts{"<c"});
}

TEST(SpecialSplitter, LongerTokensFirstWhereverTheyAre) {
  MicroVocabulary vocabulary;
  vocabulary.add("abc", TokenType::kUserDefined).add("bcdef", TokenType::kUserDefined);
  vocabulary.add("ab", TokenType::kUserDefined);
  EXPECT_EQ(split_text(vocabulary, "abcdef", false), (Parts{"a", "[bcdef]"}));
  EXPECT_EQ(split_text(vocabulary, "abcab", false), (Parts{"[abc]", "[ab]"}));
}

TEST(SpecialSplitter, EqualTextsGiveTheLowestId) {
  MicroVocabulary vocabulary;
  vocabulary.add("<u>", TokenType::kUserDefined).add("<u>", TokenType::kControl);
  EXPECT_EQ(split_text(vocabulary, "a<u>", false), (Parts{"a", "[<u>]"}));
}

TEST(SpecialSplitter, Phi3StripsWhiteSpaceToTheRight) {
  MicroVocabulary vocabulary = specials();
  vocabulary.add("<s>", TokenType::kControl).add("</s>", TokenType::kControl);
  EXPECT_EQ(split_text(vocabulary, "a <c> \n\tb<u>  <s> c", true, "My Phi-3 model"),
            (Parts{"a ", "[<c>]", "b", "[<u>]", "[<s>]", " c"}));
}

TEST(SpecialSplitter, MaskOfJinaStripsWhiteSpaceToTheLeft) {
  MicroVocabulary vocabulary = specials();
  vocabulary.pre = "jina-v2-de";
  vocabulary.add("<mask>", TokenType::kControl);
  EXPECT_EQ(split_text(vocabulary, "a \n<mask> b<c>", true), (Parts{"a", "[<mask>]", " b", "[<c>]"}));
  EXPECT_EQ(split_text(vocabulary, " <mask>", true), Parts{"[<mask>]"});
}

// The reference's loop over all tokens and fragments.
Parts split_slowly(std::vector<std::string> tokens, const std::string& text) {
  std::stable_sort(tokens.begin(), tokens.end(), [](auto& a, auto& b) { return a.size() > b.size(); });
  Parts parts{text};
  for (const std::string& token : tokens) {
    Parts next;
    for (const std::string& part : parts) {
      if (part[0] == '[') {
        next.push_back(part);
        continue;
      }
      Parts between = split(part, token);
      for (size_t i = 0; i < between.size(); ++i) {
        if (i > 0) next.push_back("[" + token + "]");
        if (!between[i].empty()) next.push_back(between[i]);
      }
    }
    parts = next;
  }
  return parts;
}

TEST(SpecialSplitter, AgreesWithTheReferencesLoop) {
  std::mt19937 random(2);
  const auto word = [&random](size_t max) {
    std::string text(1 + random() % max, 'a');
    for (char& c : text) c = static_cast<char>('a' + random() % 3);
    return text;
  };
  for (int round = 0; round < 500; ++round) {
    MicroVocabulary vocabulary;
    for (int i = 0; i < 6; ++i) {
      const std::string token = word(4);
      if (vocabulary.id(token) == kNoToken) vocabulary.add(token, TokenType::kUserDefined);
    }
    const std::string text = word(40);
    ASSERT_EQ(split_text(vocabulary, text, false), split_slowly(vocabulary.tokens, text)) << text;
  }
}

}  // namespace
}  // namespace wasmchord::test
