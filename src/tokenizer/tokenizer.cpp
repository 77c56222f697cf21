#include "src/tokenizer/tokenizer.h"

#include <algorithm>

#include "src/tokenizer/kinds.h"
#include "src/tokenizer/special_splitter.h"
#include "src/tokenizer/vocabulary.h"

namespace wasmchord {

namespace {

constexpr std::string_view kModelKey = "tokenizer.ggml.model";

// Written with a three-byte character for each space, such a text can still be indexed with 32 bits.
constexpr size_t kMaxTextBytes = size_t{1} << 30;

struct Kind {
  std::string_view name;
  Result<std::unique_ptr<Tokenizer>> (*create)(const gguf::Metadata& metadata, Vocabulary vocab);
};

constexpr Kind kKinds[] = {
#define WC_TOKENIZER(name, stem) {#name, create_##stem},
#include "src/tokenizer/tokenizers.def"
#undef WC_TOKENIZER
};

}  // namespace

Result<std::unique_ptr<Tokenizer>> Tokenizer::create(const gguf::Metadata& metadata) {
  WC_ASSIGN(const std::string_view model, metadata.string(kModelKey));
  for (const Kind& kind : kKinds) {
    if (kind.name != model) continue;
    WC_ASSIGN(Vocabulary vocab, Vocabulary::load(metadata));
    return kind.create(metadata, std::move(vocab));
  }
  return unsupported_tokenizer(kModelKey, model);
}

Status unsupported_tokenizer(std::string_view key, std::string_view name) {
  std::string message = std::string(key) + ": '";
  for (const char c : name.substr(0, 64)) message += c >= 0x20 && c < 0x7F ? c : '?';
  return Status(Code::kUnsupportedTokenizer, message + "' is not supported");
}

Tokenizer::Tokenizer(std::string_view kind, Vocabulary vocab, bool adds_space)
    : kind_(kind),
      vocab_(std::make_unique<const Vocabulary>(std::move(vocab))),
      splitter_(std::make_unique<const SpecialSplitter>(*vocab_)),
      adds_space_(adds_space) {}

Tokenizer::~Tokenizer() = default;

uint32_t Tokenizer::vocab_size() const { return vocab_->size(); }
std::string_view Tokenizer::piece(TokenId id) const { return vocab_->piece(id); }
TokenType Tokenizer::type(TokenId id) const { return vocab_->type(id); }
float Tokenizer::score(TokenId id) const { return vocab_->score(id); }
TokenId Tokenizer::find(std::string_view piece) const { return vocab_->find(piece); }
TokenId Tokenizer::bos() const { return vocab_->special().bos; }
TokenId Tokenizer::eos() const { return vocab_->special().eos; }
TokenId Tokenizer::unk() const { return vocab_->special().unk; }
TokenId Tokenizer::sep() const { return vocab_->special().sep; }
TokenId Tokenizer::pad() const { return vocab_->special().pad; }
TokenId Tokenizer::eot() const { return vocab_->special().eot; }
bool Tokenizer::add_bos() const { return vocab_->special().add_bos; }
bool Tokenizer::add_eos() const { return vocab_->special().add_eos; }
std::span<const TokenId> Tokenizer::end_of_generation() const { return vocab_->end_of_generation(); }

bool Tokenizer::is_end_of_generation(TokenId id) const {
  const std::span<const TokenId> ends = vocab_->end_of_generation();
  return std::binary_search(ends.begin(), ends.end(), id);
}

Status Tokenizer::encode(std::string_view text, const EncodeOptions& options, std::vector<TokenId>* ids) const {
  if (text.size() > kMaxTextBytes) return Status(Code::kInvalidArgument, "a text above 1 GiB");
  const size_t size = ids->size();
  Status status = encode_fragments(text, options, ids);
  if (!status) ids->resize(size);
  return status;
}

Status Tokenizer::encode_fragments(std::string_view text, const EncodeOptions& options,
                                   std::vector<TokenId>* ids) const {
  const SpecialIds& special = vocab_->special();
  if (options.add_special && special.add_bos) ids->push_back(special.bos);
  bool at_start = true;
  for (const SpecialSplitter::Fragment& fragment : splitter_->split(text, options.parse_special, options.plain)) {
    at_start = at_start || fragment.token != kNoToken;
    if (fragment.token != kNoToken) {
      ids->push_back(fragment.token);
      continue;
    }
    WC_TRY(encode_text(fragment.text, at_start, ids));
    at_start = false;
  }
  // BERT's family closes with SEP; none has both.
  if (options.add_special && special.add_sep) ids->push_back(special.sep);
  if (options.add_special && special.add_eos) ids->push_back(special.eos);
  return Status::ok();
}

void Tokenizer::append_token(TokenId id, bool special, bool* at_start, std::string* text) const {
  const uint16_t attr = vocab_->attr(id);
  if ((attr & kAttrSpecial) != 0) {
    *at_start = true;
    if (special || (attr & kAttrHidden) == 0) text->append(vocab_->piece(id));
    return;
  }
  const size_t size = text->size();
  if ((attr & kAttrNormal) != 0) {
    append_normal(id, text);
  } else if ((attr & kAttrByte) != 0) {
    text->push_back(static_cast<char>(parse_byte_token(vocab_->piece(id))));
  }
  if (text->size() == size) return;  // unused, undefined or empty
  if (*at_start && adds_space_ && (*text)[size] == ' ') text->erase(size, 1);
  *at_start = false;
}

Status Tokenizer::decode_token(TokenId id, bool special, std::string* text) const {
  if (!vocab_->contains(id)) return Status(Code::kBadToken, "token " + std::to_string(id));
  bool at_start = false;
  append_token(id, special, &at_start, text);
  return Status::ok();
}

Status Tokenizer::decode(std::span<const TokenId> ids, bool special, std::string* text) const {
  const size_t size = text->size();
  bool at_start = true;
  for (const TokenId id : ids) {
    if (!vocab_->contains(id)) {
      text->resize(size);
      return Status(Code::kBadToken, "token " + std::to_string(id));
    }
    append_token(id, special, &at_start, text);
  }
  return Status::ok();
}

}  // namespace wasmchord
