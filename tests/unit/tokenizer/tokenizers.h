// Tokenizers for tests: from the shared vocabularies, or from a vocabulary written in the test.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/gguf/gguf.h"
#include "src/tokenizer/tokenizer.h"
#include "tests/support/gguf_builder.h"

namespace wasmchord::test {

// The kinds of vocabulary in the shared data.
inline constexpr const char* kVocabularies[] = {"llama-spm", "phi-3",        "gpt-2",     "phi-2", "falcon",
                                                "starcoder", "deepseek-llm", "llama-bpe", "qwen2", "bert-bge"};

std::string test_name(std::string vocabulary);  // in letters that GoogleTest takes
std::string shared_path(const std::string& relative);
std::string data_path(const std::string& relative);
bool exists(const std::string& path);
std::string read_text(const std::string& path);  // empty if there is none
std::vector<std::string> split(const std::string& text, const std::string& separator);
std::vector<TokenId> parse_ids(const std::string& line);

// The 200 difficult texts.
std::vector<std::string> difficult_texts();

std::shared_ptr<const gguf::Header> header_of(const GgufBuilder& builder);
Result<std::unique_ptr<Tokenizer>> create(const GgufBuilder& builder);
std::unique_ptr<Tokenizer> make(const GgufBuilder& builder);  // null, and the test failed, where it cannot be created
Result<std::unique_ptr<Tokenizer>> create_from_file(const std::string& path);
std::unique_ptr<Tokenizer> shared_vocabulary(const std::string& name);  // null where it is absent or bad

// A vocabulary under construction.
struct MicroVocabulary {
  std::string model = "llama";
  std::string pre = {};
  std::vector<std::string> tokens = {};
  std::vector<float> scores = {};
  std::vector<int32_t> types = {};
  std::vector<std::string> merges = {};

  MicroVocabulary& add(std::string_view text, TokenType type = TokenType::kNormal, float score = 0);
  MicroVocabulary& add_bytes();          // <0x00> .. <0xFF>
  MicroVocabulary& add_byte_alphabet();  // the 256 characters of byte-level BPE
  TokenId id(std::string_view text) const;
  GgufBuilder builder() const;
};

// <unk> <s> </s>, all bytes, and some pieces with scores.
MicroVocabulary micro_spm();
// All bytes, and the merges for "hello", " he" and the like; <|end|> is a control token.
MicroVocabulary micro_bpe(const std::string& pre);

std::vector<TokenId> encode(const Tokenizer& tokenizer, std::string_view text, EncodeOptions options = {false, false});
std::vector<std::string> pieces(const Tokenizer& tokenizer, std::string_view text,
                                EncodeOptions options = {false, false});
// What can come back of a text: in "llama" vocabularies U+2581 means a space.
std::string readable(const Tokenizer& tokenizer, std::string text);
std::string decode(const Tokenizer& tokenizer, const std::vector<TokenId>& ids, bool special = false);

}  // namespace wasmchord::test
