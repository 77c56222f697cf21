#include "src/capi/marshal.h"

using namespace wasmchord;
using namespace wasmchord::capi;

namespace {

bool in_vocabulary(const Tokenizer& tokenizer, int32_t id) {
  return id >= 0 && static_cast<uint32_t>(id) < tokenizer.vocab_size();
}

}  // namespace

wc_status wc_tokenizer_encode(const wc_tokenizer* tokenizer, const char* text, size_t text_size, uint32_t flags,
                              int32_t* ids, size_t capacity, size_t* n) {
  return guarded(tokenizer, [&]() -> Status {
    std::string_view view;
    WC_TRY(read_text(text, text_size, &view));
    WC_TRY(check_buffer(ids, capacity, n));
    if ((flags & ~(WC_ENCODE_ADD_SPECIAL | WC_ENCODE_PARSE_SPECIAL)) != 0) {
      return invalid_argument("flags has an unknown bit");
    }
    const EncodeOptions options{.add_special = (flags & WC_ENCODE_ADD_SPECIAL) != 0,
                                .parse_special = (flags & WC_ENCODE_PARSE_SPECIAL) != 0};
    std::vector<TokenId> encoded;
    WC_TRY(tokenizer->tokenizer->encode(view, options, &encoded));
    return copy_out(std::span<const TokenId>(encoded), ids, capacity, n);
  });
}

wc_status wc_tokenizer_decode(const wc_tokenizer* tokenizer, const int32_t* ids, size_t n, uint32_t flags, char* buffer,
                              size_t capacity, size_t* needed) {
  return guarded(tokenizer, [&]() -> Status {
    std::span<const TokenId> span;
    WC_TRY(read_span(ids, n, &span));
    WC_TRY(check_buffer(buffer, capacity, needed));
    if ((flags & ~WC_DECODE_SPECIAL) != 0) return invalid_argument("flags has an unknown bit");
    std::string text;
    WC_TRY(tokenizer->tokenizer->decode(span, (flags & WC_DECODE_SPECIAL) != 0, &text));
    return copy_out(std::span<const char>(text), buffer, capacity, needed);
  });
}

uint32_t wc_tokenizer_vocab_size(const wc_tokenizer* tokenizer) {
  return tokenizer == nullptr ? 0 : tokenizer->tokenizer->vocab_size();
}

wc_status wc_tokenizer_token(const wc_tokenizer* tokenizer, int32_t id, wc_string* piece, int32_t* type, float* score) {
  return guarded(tokenizer, [&]() -> Status {
    const Tokenizer& t = *tokenizer->tokenizer;
    if (!in_vocabulary(t, id)) {
      return Status(Code::kBadToken,
                    "token " + std::to_string(id) + " is outside the vocabulary of " + std::to_string(t.vocab_size()));
    }
    if (piece != nullptr) *piece = to_wc_string(t.piece(id));
    if (type != nullptr) *type = static_cast<int32_t>(t.type(id));
    if (score != nullptr) *score = t.score(id);
    return Status::ok();
  });
}

int32_t wc_tokenizer_special(const wc_tokenizer* tokenizer, wc_special_token which) {
  if (tokenizer == nullptr) return kNoToken;
  const Tokenizer& t = *tokenizer->tokenizer;
  switch (which) {
    case WC_TOKEN_BOS:
      return t.bos();
    case WC_TOKEN_EOS:
      return t.eos();
    case WC_TOKEN_EOT:
      return t.eot();
    case WC_TOKEN_UNK:
      return t.unk();
    case WC_TOKEN_SEP:
      return t.sep();
    case WC_TOKEN_PAD:
      return t.pad();
    case WC_TOKEN_FORCE32:
      break;
  }
  return kNoToken;
}

int32_t wc_tokenizer_is_end(const wc_tokenizer* tokenizer, int32_t id) {
  if (tokenizer == nullptr || !in_vocabulary(*tokenizer->tokenizer, id)) return 0;
  return tokenizer->tokenizer->is_end_of_generation(id) ? 1 : 0;
}
