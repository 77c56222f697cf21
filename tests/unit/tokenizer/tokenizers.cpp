#include "tests/unit/tokenizer/tokenizers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "src/gguf/header_parser.h"
#include "src/gguf/reader.h"
#include "src/tokenizer/byte_alphabet.h"

namespace wasmchord::test {

std::string test_name(std::string vocabulary) {
  std::replace(vocabulary.begin(), vocabulary.end(), '-', '_');
  return vocabulary;
}

std::string shared_path(const std::string& relative) { return std::string(WC_SHARED_DIR) + "/" + relative; }
std::string data_path(const std::string& relative) { return std::string(WC_TEST_DATA_DIR) + "/" + relative; }
bool exists(const std::string& path) { return std::filesystem::exists(path); }

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> split(const std::string& text, const std::string& separator) {
  std::vector<std::string> parts;
  size_t begin = 0;
  for (size_t at; (at = text.find(separator, begin)) != text.npos; begin = at + separator.size()) {
    parts.push_back(text.substr(begin, at - begin));
  }
  parts.push_back(text.substr(begin));
  return parts;
}

std::vector<TokenId> parse_ids(const std::string& line) {
  std::istringstream in(line);
  std::vector<TokenId> ids;
  for (TokenId id; in >> id;) ids.push_back(id);
  return ids;
}

std::vector<std::string> difficult_texts() {
  std::vector<std::string> texts = split(read_text(data_path("tokenizers/texts.txt")), "\x1e");
  if (!texts.empty() && texts.back().empty()) texts.pop_back();
  return texts;
}

std::shared_ptr<const gguf::Header> header_of(const GgufBuilder& builder) {
  const Bytes bytes = builder.build();
  gguf::HeaderParser parser(bytes.size());
  const Result<size_t> taken = parser.feed(bytes);
  EXPECT_TRUE(taken.is_ok()) << taken.status().message();
  return parser.done() ? parser.release() : nullptr;
}

Result<std::unique_ptr<Tokenizer>> create(const GgufBuilder& builder) {
  const std::shared_ptr<const gguf::Header> header = header_of(builder);
  if (header == nullptr) return Status(Code::kInternal, "the test's file is bad");
  return Tokenizer::create(header->metadata);
}

std::unique_ptr<Tokenizer> make(const GgufBuilder& builder) {
  auto tokenizer = create(builder);
  EXPECT_TRUE(tokenizer.is_ok()) << tokenizer.status().message();
  return tokenizer ? *std::move(tokenizer) : nullptr;
}

Result<std::unique_ptr<Tokenizer>> create_from_file(const std::string& path) {
  WC_ASSIGN(const std::shared_ptr<const gguf::Header> header, gguf::read_header(path));
  return Tokenizer::create(header->metadata);
}

std::unique_ptr<Tokenizer> shared_vocabulary(const std::string& name) {
  const std::string path = shared_path("tokenizers/vocab/" + name + ".gguf");
  if (!exists(path)) return nullptr;
  auto tokenizer = create_from_file(path);
  EXPECT_TRUE(tokenizer.is_ok()) << name << ": " << tokenizer.status().message();
  return tokenizer ? *std::move(tokenizer) : nullptr;
}

MicroVocabulary& MicroVocabulary::add(std::string_view text, TokenType type, float score) {
  tokens.emplace_back(text);
  types.push_back(static_cast<int32_t>(type));
  scores.push_back(score);
  return *this;
}

MicroVocabulary& MicroVocabulary::add_bytes() {
  for (int byte = 0; byte < 256; ++byte) {
    char text[8];
    std::snprintf(text, sizeof(text), "<0x%02X>", byte);
    add(text, TokenType::kByte);
  }
  return *this;
}

MicroVocabulary& MicroVocabulary::add_byte_alphabet() {
  for (int byte = 0; byte < 256; ++byte) {
    const char raw = static_cast<char>(byte);
    char text[2];
    add({text, write_in_alphabet({&raw, 1}, text)});
  }
  return *this;
}

TokenId MicroVocabulary::id(std::string_view text) const {
  const auto it = std::find(tokens.begin(), tokens.end(), text);
  return it == tokens.end() ? kNoToken : static_cast<TokenId>(it - tokens.begin());
}

GgufBuilder MicroVocabulary::builder() const {
  GgufBuilder file;
  file.kv("tokenizer.ggml.model", model).array("tokenizer.ggml.tokens", tokens);
  if (!pre.empty()) file.kv("tokenizer.ggml.pre", pre);
  if (!scores.empty()) file.array("tokenizer.ggml.scores", scores);
  if (!types.empty()) file.array("tokenizer.ggml.token_type", types);
  if (model == "gpt2") file.array("tokenizer.ggml.merges", merges);
  return file;
}

MicroVocabulary micro_spm() {
  MicroVocabulary vocabulary;
  vocabulary.add("<unk>", TokenType::kUnknown).add("<s>", TokenType::kControl).add("</s>", TokenType::kControl);
  vocabulary.add_bytes();
  float score = -1;
  for (const char* text : {"\xE2\x96\x81t", "he", "\xE2\x96\x81the", "ab", "bc", "\xE2\x96\x81\xE2\x96\x81",
                           "\xE2\x96\x81", "a", "b", "c", "e", "h", "t", "\xC3\xA9"}) {
    vocabulary.add(text, TokenType::kNormal, score--);
  }
  return vocabulary;
}

MicroVocabulary micro_bpe(const std::string& pre) {
  MicroVocabulary vocabulary;
  vocabulary.model = "gpt2";
  vocabulary.pre = pre;
  vocabulary.add_byte_alphabet();
  for (const char* merge : {"h e", "l l", "he ll", "hell o", "\xC4\xA0 he", "1 2", "12 3", "a a", "aa aa"}) {
    vocabulary.merges.emplace_back(merge);
    std::string text = merge;
    text.erase(text.find(' '), 1);
    vocabulary.add(text);
  }
  vocabulary.add("<|end|>", TokenType::kControl);
  return vocabulary;
}

std::vector<TokenId> encode(const Tokenizer& tokenizer, std::string_view text, EncodeOptions options) {
  std::vector<TokenId> ids;
  const Status status = tokenizer.encode(text, options, &ids);
  EXPECT_TRUE(status.is_ok()) << status.message();
  return ids;
}

std::vector<std::string> pieces(const Tokenizer& tokenizer, std::string_view text, EncodeOptions options) {
  std::vector<std::string> result;
  for (const TokenId id : encode(tokenizer, text, options)) result.emplace_back(tokenizer.piece(id));
  return result;
}

std::string readable(const Tokenizer& tokenizer, std::string text) {
  const std::string_view block = "\xE2\x96\x81";
  if (tokenizer.kind() != "llama") return text;
  for (size_t at; (at = text.find(block)) != text.npos;) text.replace(at, block.size(), " ");
  return text;
}

std::string decode(const Tokenizer& tokenizer, const std::vector<TokenId>& ids, bool special) {
  std::string text;
  const Status status = tokenizer.decode(ids, special, &text);
  EXPECT_TRUE(status.is_ok()) << status.message();
  return text;
}

}  // namespace wasmchord::test
