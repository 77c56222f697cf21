// Any text through fixed vocabularies, and any vocabulary through create(). Besides not crashing: ids are in the
// vocabulary, nothing of a text gets lost where the vocabulary can hold it, streams are valid UTF-8, and SentencePiece
// merging agrees with its definition.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/gguf/header_parser.h"
#include "src/tokenizer/byte_alphabet.h"
#include "src/tokenizer/tokenizer.h"
#include "src/tokenizer/unicode.h"
#include "tests/support/gguf_builder.h"

namespace wasmchord {
namespace {

constexpr std::string_view kBlock = "\xE2\x96\x81";

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

// Takes an input apart.
class Source {
 public:
  Source(const uint8_t* data, size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  uint8_t byte() {
    if (rest_.empty()) return 0;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return static_cast<uint8_t>(c);
  }
  std::string_view text(size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  bool empty() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

struct Vocabulary {
  std::vector<std::string> tokens;
  std::vector<float> scores;
  std::vector<int32_t> types;
  std::vector<std::string> merges;

  void add(std::string_view text, TokenType type = TokenType::kNormal, float score = 0) {
    tokens.emplace_back(text);
    types.push_back(static_cast<int32_t>(type));
    scores.push_back(score);
  }
  void add_bytes() {
    for (int byte = 0; byte < 256; ++byte) {
      char text[8];
      std::snprintf(text, sizeof(text), "<0x%02X>", byte);
      add(text, TokenType::kByte);
    }
  }
  void add_byte_alphabet() {
    for (int byte = 0; byte < 256; ++byte) {
      const char raw = static_cast<char>(byte);
      char text[2];
      add({text, write_in_alphabet({&raw, 1}, text)});
    }
  }
  test::GgufBuilder builder(const char* model) const {
    test::GgufBuilder file;
    file.kv("tokenizer.ggml.model", model).array("tokenizer.ggml.tokens", tokens);
    file.array("tokenizer.ggml.scores", scores).array("tokenizer.ggml.token_type", types);
    file.array("tokenizer.ggml.merges", merges);
    return file;
  }
};

std::unique_ptr<Tokenizer> create(const test::GgufBuilder& file) {
  const test::Bytes bytes = file.build();
  gguf::HeaderParser parser(bytes.size());
  if (!parser.feed(bytes) || !parser.done()) return nullptr;
  const std::unique_ptr<gguf::Header> header = parser.release();
  auto tokenizer = Tokenizer::create(header->metadata);
  return tokenizer ? *std::move(tokenizer) : nullptr;
}

std::unique_ptr<Tokenizer> fixed_spm() {
  Vocabulary vocabulary;
  vocabulary.add("<unk>", TokenType::kUnknown);
  vocabulary.add("<s>", TokenType::kControl);
  vocabulary.add("</s>", TokenType::kControl);
  vocabulary.add_bytes();
  float score = 0;
  for (const char* text : {"ab", "ba", "abab", "\xE2\x96\x81", "\xE2\x96\x81\xE2\x96\x81",
                           "\xE2\x96\x81"
                           "a",
                           "\xC3\xA9",
                           "\xC3\xA9"
                           "a",
                           "a", "b"}) {
    vocabulary.add(text, TokenType::kNormal, score -= 1);
  }
  return create(vocabulary.builder("llama"));
}

std::unique_ptr<Tokenizer> fixed_bpe(const char* pre) {
  Vocabulary vocabulary;
  vocabulary.add_byte_alphabet();
  for (const char* merge :
       {"a b", "b a", "ab ab", "\xC4\xA0 a", "1 2", "12 1", "\xC4\x8A \xC4\x8A", "\xC4\xA0 \xC4\xA0"}) {
    vocabulary.merges.emplace_back(merge);
    std::string text = merge;
    vocabulary.add(text.erase(text.find(' '), 1));
  }
  vocabulary.add("<|end|>", TokenType::kControl);
  return create(vocabulary.builder("gpt2").kv("tokenizer.ggml.pre", pre));
}

std::vector<TokenId> encode(const Tokenizer& tokenizer, std::string_view text, EncodeOptions options) {
  std::vector<TokenId> ids{-7};
  const Status status = tokenizer.encode(text, options, &ids);
  require(ids.front() == -7, "encode() appends");
  require(status.is_ok() || ids.size() == 1, "a failing encode() leaves the ids alone");
  ids.erase(ids.begin());
  for (const TokenId id : ids) {
    require(id >= 0 && static_cast<uint32_t>(id) < tokenizer.vocab_size(), "ids are in the vocabulary");
  }
  return ids;
}

std::string decode(const Tokenizer& tokenizer, const std::vector<TokenId>& ids) {
  std::string text;
  require(tokenizer.decode(ids, true, &text).is_ok(), "encoded ids decode");
  StreamDecoder stream(&tokenizer, true);
  std::string streamed;
  for (const TokenId id : ids) require(stream.push(id, &streamed).is_ok(), "encoded ids stream");
  stream.flush(&streamed);
  require(unicode::valid_prefix(streamed) == streamed.size(), "a stream is valid UTF-8");
  require(unicode::valid_prefix(text) < text.size() || text == streamed, "a stream says what decode() says");
  return text;
}

void exercise(const Tokenizer& tokenizer, std::string_view text) {
  for (const bool parse_special : {false, true}) decode(tokenizer, encode(tokenizer, text, {true, parse_special}));
}

std::string with_spaces(std::string text) {
  for (size_t at; (at = text.find(kBlock)) != text.npos;) text.replace(at, kBlock.size(), " ");
  return text;
}

void check_text(Source source) {
  static const std::unique_ptr<Tokenizer> kSpm = fixed_spm();
  static const std::unique_ptr<Tokenizer> kBpe[] = {
      fixed_bpe("default"),  fixed_bpe("llama-bpe"),      fixed_bpe("qwen35"),       fixed_bpe("gpt-2"),
      fixed_bpe("falcon"),   fixed_bpe("deepseek-coder"), fixed_bpe("deepseek-v3"),  fixed_bpe("gpt-4o"),
      fixed_bpe("tekken"),   fixed_bpe("bloom"),          fixed_bpe("deepseek-llm"), fixed_bpe("minicpm5"),
      fixed_bpe("starcoder")};
  const size_t which = source.byte();
  const std::string text(source.rest());
  exercise(*kSpm, text);
  require(decode(*kSpm, encode(*kSpm, text, {false, false})) == with_spaces(text), "llama: nothing is lost");
  const Tokenizer& bpe = *kBpe[which % std::size(kBpe)];
  exercise(bpe, text);
  std::string sanitized;
  unicode::append_sanitized(text, &sanitized);
  require(decode(bpe, encode(bpe, text, {false, false})) == sanitized, "gpt2: nothing valid is lost");
}

// The definition: over the whole text, the best score first, the leftmost of equals.
std::vector<TokenId> merge_slowly(const Tokenizer& tokenizer, std::string_view text) {
  std::string escaped(text.empty() ? "" : kBlock);
  for (const char c : text) escaped += c == ' ' ? std::string(kBlock) : std::string(1, c);
  std::vector<std::string> symbols;
  for (std::string_view rest = escaped; !rest.empty(); rest.remove_prefix(symbols.back().size())) {
    symbols.emplace_back(rest.substr(0, std::max<size_t>(unicode::valid_char_size(rest), 1)));
  }
  for (;;) {
    size_t best = symbols.size();
    float best_score = 0;
    for (size_t i = 0; i + 1 < symbols.size(); ++i) {
      const TokenId id = tokenizer.find(symbols[i] + symbols[i + 1]);
      if (id == kNoToken || (best < symbols.size() && tokenizer.score(id) <= best_score)) continue;
      best = i;
      best_score = tokenizer.score(id);
    }
    if (best == symbols.size()) break;
    symbols[best] += symbols[best + 1];
    symbols.erase(symbols.begin() + static_cast<ptrdiff_t>(best) + 1);
  }
  std::vector<TokenId> ids;
  for (const std::string& symbol : symbols) {
    const TokenId id = tokenizer.find(symbol);
    if (id != kNoToken) {
      ids.push_back(id);
      continue;
    }
    for (const char c : symbol) ids.push_back(static_cast<TokenId>(static_cast<uint8_t>(c)));  // bytes come first
  }
  return ids;
}

// Normal tokens behind the bytes, from the input; then a text.
void check_merging(Source source) {
  Vocabulary vocabulary;
  vocabulary.add_bytes();
  for (int n = source.byte() % 32; n > 0; --n) {
    const uint8_t head = source.byte();
    vocabulary.add(source.text(head % 8), TokenType::kNormal, static_cast<float>(head / 32) - 3);
  }
  const auto tokenizer = create(vocabulary.builder("llama"));
  if (tokenizer == nullptr) return;
  const std::string_view text = source.rest().substr(0, 400);
  require(encode(*tokenizer, text, {false, false}) == merge_slowly(*tokenizer, text), "merging as defined");
}

// A vocabulary and its keys, all from the input.
void check_vocabulary(Source source) {
  static constexpr const char* kModels[] = {"llama", "gpt2", "bert", "t5"};
  static constexpr const char* kPres[] = {"default", "llama-bpe", "falcon", "nosuch"};
  static constexpr const char* kIds[] = {"bos_token_id",     "eos_token_id", "unknown_token_id", "seperator_token_id",
                                         "padding_token_id", "cls_token_id", "eot_token_id"};
  static constexpr const char* kFlags[] = {
      "add_bos_token",       "add_eos_token", "add_sep_token", "add_space_prefix", "remove_extra_whitespaces",
      "normalizer.lowercase"};
  Vocabulary vocabulary;
  const uint8_t setup = source.byte();
  if ((setup & 16) != 0) vocabulary.add_bytes();
  if ((setup & 32) != 0) vocabulary.add_byte_alphabet();
  for (int n = source.byte() % 64; n > 0; --n) {
    const uint8_t head = source.byte();
    vocabulary.add(source.text(head % 16), static_cast<TokenType>(head / 16 - 1), static_cast<float>(head) / 16);
  }
  for (int n = source.byte() % 16; n > 0; --n) vocabulary.merges.emplace_back(source.text(source.byte() % 16));
  test::GgufBuilder file = vocabulary.builder(kModels[setup & 3]);
  file.kv("tokenizer.ggml.pre", kPres[setup >> 2 & 3]);
  const std::string prefix = "tokenizer.ggml.";
  for (int n = source.byte() % 8; n > 0; --n) {
    const std::string key = prefix + kIds[source.byte() % std::size(kIds)];
    file.kv(key, static_cast<uint32_t>(source.byte()));
  }
  for (int n = source.byte() % 4; n > 0; --n) {
    const uint8_t flag = source.byte();
    file.kv(prefix + kFlags[flag / 2 % std::size(kFlags)], flag % 2 == 1);
  }
  if ((setup & 64) != 0) file.kv("general.name", "phi-3");
  const auto tokenizer = create(file);
  if (tokenizer == nullptr) return;
  for (const TokenId id : tokenizer->end_of_generation()) require(tokenizer->is_end_of_generation(id), "ends are ends");
  exercise(*tokenizer, source.rest());
  exercise(*tokenizer, std::string(200, 'a') + " A\xC3\x89 12 <s>");
}

}  // namespace
}  // namespace wasmchord

// The first byte says what the rest is.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  wasmchord::Source source(data, size);
  switch (source.byte() % 3) {
    case 0:
      wasmchord::check_text(source);
      break;
    case 1:
      wasmchord::check_merging(source);
      break;
    default:
      wasmchord::check_vocabulary(source);
      break;
  }
  return 0;
}
