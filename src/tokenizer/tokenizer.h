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

struct EncodeOptions {
  bool add_special = true;     // BOS / EOS (CLS / SEP) by the file's own rule
  bool parse_special = false;  // control tokens spelled out in the text become their ids; else they are plain text
};

class Tokenizer {
 public:
  // From `tokenizer.ggml.*`. kUnsupportedTokenizer names the model or pre-tokenizer; kBadVocabulary, kMissingKey and
  // kWrongKeyType name the key.
  static Result<std::unique_ptr<Tokenizer>> create(const gguf::Metadata& metadata);
  virtual ~Tokenizer() = default;

  std::string_view kind() const;  // "llama", "gpt2", "bert": as in tokenizers.def
  uint32_t vocab_size() const;
  std::string_view piece(TokenId id) const;  // as stored in the file
  TokenType type(TokenId id) const;
  float score(TokenId id) const;               // 0 where the file has none
  TokenId find(std::string_view piece) const;  // kNoToken if absent

  TokenId bos() const, eos() const, unk() const, sep() const, pad() const, eot() const;  // kNoToken if none
  bool add_bos() const, add_eos() const;                                                 // the file's rule
  bool is_end_of_generation(TokenId id) const;  // EOS, EOT and every other token by which the file's family ends a turn
  std::span<const TokenId> end_of_generation() const;

  // Any bytes: invalid UTF-8 is handled as the family's reference does. Appends to *ids. kBadVocabulary where a byte
  // has no token.
  Status encode(std::string_view text, const EncodeOptions& options, std::vector<TokenId>* ids) const;

  // The bytes of one token as they follow other text: no trimming, may be part of a UTF-8 sequence. Control tokens give
  // nothing unless `special`. Appends to *text without allocating while capacity lasts. Ids outside the vocabulary:
  // kBadToken.
  Status decode_token(TokenId id, bool special, std::string* text) const;

  // A whole sequence, with the family's rule for the first space (a leading space that encode() added is removed).
  Status decode(std::span<const TokenId> ids, bool special, std::string* text) const;
};

// Turns a stream of tokens into a stream of valid UTF-8: holds an incomplete sequence back until it is complete, writes
// U+FFFD for what can never become valid. Applies the same rule for the first space as Tokenizer::decode. One stream,
// one thread.
class StreamDecoder {
 public:
  StreamDecoder(const Tokenizer* tokenizer, bool special);
  // `at_start`: whether the next token begins a text (so that a dummy prefix space is removed).
  void reset(bool at_start);
  Status push(TokenId id, std::string* text);  // appends what became complete
  void flush(std::string* text);               // what is held back, as U+FFFD where incomplete
};

}  // namespace wasmchord
