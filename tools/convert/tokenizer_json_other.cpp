// Unigram and WordPiece in tokenizer.json.
#include <algorithm>
#include <array>

#include "src/gguf/quote.h"
#include "tools/convert/vocabulary.h"

namespace wasmchord::tools {
namespace {

// RFC 4648, section 4; empty where `text` is none.
std::optional<std::vector<uint8_t>> decode_base64(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (text.ends_with('=')) text.remove_suffix(1);
  std::vector<uint8_t> bytes;
  uint32_t bits = 0, n_bits = 0;
  for (const char c : text) {
    const size_t digit = kAlphabet.find(c);
    if (digit == kAlphabet.npos) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    n_bits += 6;
    if (n_bits < 8) continue;
    n_bits -= 8;
    bytes.push_back(static_cast<uint8_t>(bits >> n_bits));
  }
  return bytes;
}

std::vector<const Json*> normalisers(const JsonObject& top) {
  const Json* normaliser = top.find("normalizer");
  if (normaliser == nullptr || !normaliser->is_object()) return {};
  std::vector<const Json*> steps = {normaliser};
  if (const auto inner = normaliser->find("normalizers"); inner != normaliser->end() && inner->is_array()) {
    for (const Json& step : *inner) steps.push_back(&step);
  }
  return steps;
}

void read_charsmap(const JsonObject& top, Vocabulary* v) {
  for (const Json* step : normalisers(top)) {
    const JsonObject object(*step, kTokenizerFile, "normalizer.");
    if (object.find_string("type") != "Precompiled") continue;
    const auto text = object.find_string("precompiled_charsmap");
    const auto bytes = text ? decode_base64(*text) : std::nullopt;
    if (!bytes) object.fail("precompiled_charsmap", "is no base64");
    v->charsmap = *bytes;
  }
}

}  // namespace

// [[text, logarithm of its probability], ...]
void read_unigram(const Json& tokenizer, Vocabulary* v) {
  const JsonObject top(tokenizer, kTokenizerFile);
  const JsonObject model = top.object("model");
  const Json* vocab = model.find("vocab");
  if (vocab == nullptr || !vocab->is_array() || vocab->empty()) model.fail("vocab", "is no list of tokens");
  if (vocab->size() > kMaxTokens) model.fail("vocab", "has too many tokens");
  v->model = "t5";
  v->pre = "default";
  const auto unknown = model.find_count("unk_id");
  const bool bytes = model.find_boolean("byte_fallback").value_or(false);
  for (const Json& element : *vocab) {
    if (!element.is_array() || element.size() != 2 || !element[0].is_string() || !element[1].is_number()) {
      model.fail("vocab", "has an element that is no pair of text and number");
    }
    const auto id = static_cast<uint32_t>(v->tokens.size());
    const auto text = element[0].get<std::string>();
    const bool is_byte = bytes && text.size() == 6 && text.starts_with("<0x");
    const PieceType type = id == unknown ? PieceType::kUnknown : is_byte ? PieceType::kByte : PieceType::kNormal;
    v->set(id, text, type, element[1].get<float>());
  }
  if (unknown && *unknown >= v->tokens.size()) model.fail("unk_id", "is outside of the vocabulary");
  if (unknown) v->ids["unknown"] = *unknown;
  v->add_space_prefix = true;
  read_charsmap(top, v);
  v->notes.emplace_back("the tokenizer is a Unigram one, which GGUF can hold and this library cannot run");
}

// GGUF marks pieces that start a word, BERT those that do not.
void read_wordpiece(const Json& tokenizer, Vocabulary* v) {
  const JsonObject top(tokenizer, kTokenizerFile);
  const JsonObject model = top.object("model");
  const Json* vocab = model.find("vocab");
  if (vocab == nullptr || !vocab->is_object() || vocab->empty()) model.fail("vocab", "is no object of tokens");
  v->model = "bert";
  const std::string inside = model.find_string("continuing_subword_prefix").value_or("##");
  for (const auto& [text, id] : vocab->items()) {
    if (!id.is_number_unsigned() || id.get<uint64_t>() >= kMaxTokens) {
      model.fail("vocab", "has no valid id for " + gguf::quote(text));
    }
    const bool is_name = text.starts_with('[') && text.ends_with(']');
    const bool continues = !inside.empty() && text.starts_with(inside);
    std::string piece = continues ? text.substr(inside.size()) : is_name ? text : std::string(kSpacePiece) + text;
    v->set(id.get<uint32_t>(), std::move(piece), PieceType::kNormal, 0);
  }
  for (const Json* step : normalisers(top)) {
    const JsonObject object(*step, kTokenizerFile, "normalizer.");
    if (object.find_string("type") != "BertNormalizer") continue;
    v->lowercase = object.find_boolean("lowercase").value_or(true);
    v->strip_accents = object.find_boolean("strip_accents").value_or(*v->lowercase);
  }
}

}  // namespace wasmchord::tools
