// Text to token ids and back. A Tokenizer is immutable after create() and may be used from any number of threads.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/gguf/gguf.h"

namespace wasmchord {

using TokenId = int32_t;
inline constexpr TokenId kNoToken = -1;

class SpecialSplitter;
class Vocabulary;

// Numbers of `tokenizer.ggml.token_type`.
enum class TokenType : int32_t {
  kUndefined = 0,
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6,
};

// Bytes [begin, end) of a text.
struct TextRange {
  size_t begin;
  size_t end;
};

struct EncodeOptions {
  bool add_special = true;     // BOS / EOS (CLS / SEP) by the file's own rule
  bool parse_special = false;  // control tokens spelled out in the text become their ids; else they are plain text
  // Ascending, not touching: where neither control tokens nor user-defined tokens that mark turns are looked for,
  // although parse_special is set. A token that only partly lies in one is not found either.
  std::span<const TextRange> plain = {};
};

class Tokenizer {
 public:
  // From `tokenizer.ggml.*`; copies what it needs. kUnsupportedTokenizer names the model or pre-tokenizer;
  // kBadVocabulary, kMissingKey and kWrongKeyType name the key.
  static Result<std::unique_ptr<Tokenizer>> create(const gguf::Metadata& metadata);
  virtual ~Tokenizer();

  std::string_view kind() const { return kind_; }  // "llama", "gpt2", "bert": as in tokenizers.def
  uint32_t vocab_size() const;

  // `id` must be in [0, vocab_size()).
  std::string_view piece(TokenId id) const;  // as stored in the file
  TokenType type(TokenId id) const;          // as in the file; kUndefined for numbers the format does not know
  float score(TokenId id) const;             // 0 where the file has none

  TokenId find(std::string_view piece) const;  // kNoToken if absent; the lowest of several ids

  // kNoToken if none.
  TokenId bos() const;
  TokenId eos() const;
  TokenId unk() const;
  TokenId sep() const;
  TokenId pad() const;
  TokenId eot() const;
  bool add_bos() const;  // the file's rule
  bool add_eos() const;
  bool is_end_of_generation(TokenId id) const;  // EOS, EOT and every other token by which the file's family ends a turn
  std::span<const TokenId> end_of_generation() const;  // ascending

  // Any bytes: invalid UTF-8 is handled as the family's reference does ("llama": by bytes, so that nothing is lost;
  // "gpt2" and "bert": as U+FFFD). Appends to *ids, which stays as it was on failure. A byte without a token becomes
  // the unknown token ("llama": kBadVocabulary where there is none) or is dropped ("gpt2"). kInvalidArgument above 1
  // GiB.
  Status encode(std::string_view text, const EncodeOptions& options, std::vector<TokenId>* ids) const;

  // The bytes of one token as they follow other text: no trimming, may be part of a UTF-8 sequence. Control tokens give
  // nothing unless `special`. Appends to *text without allocating while capacity lasts. Ids outside the vocabulary:
  // kBadToken.
  Status decode_token(TokenId id, bool special, std::string* text) const;

  // A whole sequence, with the family's rule for the first space: one leading space is removed where encode() adds one,
  // which is at the start and after every special token. On failure *text stays as it was.
  Status decode(std::span<const TokenId> ids, bool special, std::string* text) const;

 protected:
  Tokenizer(std::string_view kind, Vocabulary vocab, bool adds_space);

  const Vocabulary& vocab() const { return *vocab_; }
  bool adds_space() const { return adds_space_; }  // encode_text() puts a space before what starts a text

 private:
  friend class StreamDecoder;

  // Appends the ids of `text`, not empty and free of special tokens. `at_start`: nothing, or a special token, is
  // before.
  virtual Status encode_text(std::string_view text, bool at_start, std::vector<TokenId>* ids) const = 0;
  // Appends the bytes of a normal token.
  virtual void append_normal(TokenId id, std::string* text) const = 0;

  Status encode_fragments(std::string_view text, const EncodeOptions& options, std::vector<TokenId>* ids) const;
  // decode_token() without the check of `id`; *at_start says, and is told, whether a leading space is encode()'s.
  void append_token(TokenId id, bool special, bool* at_start, std::string* text) const;

  std::string_view kind_;
  std::unique_ptr<const Vocabulary> vocab_;
  std::unique_ptr<const SpecialSplitter> splitter_;
  bool adds_space_;
};

// Turns a stream of tokens into a stream of valid UTF-8: holds an incomplete sequence back until it is complete, writes
// U+FFFD for what can never become valid. Applies the same rule for the first space as Tokenizer::decode. One stream,
// one thread.
class StreamDecoder {
 public:
  StreamDecoder(const Tokenizer* tokenizer, bool special);
  // `at_start`: whether the next token begins a text (so that a dummy prefix space is removed). True initially.
  void reset(bool at_start);
  Status push(TokenId id, std::string* text);  // appends what became complete
  void flush(std::string* text);               // what is held back, as U+FFFD where incomplete

 private:
  void drain(bool final, std::string* text);

  const Tokenizer* tokenizer_;
  bool special_;
  bool at_start_ = true;
  std::string held_;  // bytes not yet given out
};

}  // namespace wasmchord
