// tokenizer.json of Hugging Face's tokenizers library: BPE over bytes or over SentencePiece's alphabet, Unigram,
// WordPiece. Source of the layout: the library's own documentation and files.
#include <algorithm>

#include "src/gguf/quote.h"
#include "tools/convert/vocabulary.h"

namespace wasmchord::tools {
namespace {

bool is_byte_piece(std::string_view text) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); };
  return text.size() == 6 && text.starts_with("<0x") && text[5] == '>' && is_hex(text[3]) && is_hex(text[4]);
}

// {"text": id, ...}
void read_vocab(const JsonObject& model, Vocabulary* v) {
  const Json* vocab = model.find("vocab");
  if (vocab == nullptr || !vocab->is_object() || vocab->empty()) model.fail("vocab", "is no object of tokens");
  std::vector<bool> seen;
  for (const auto& [text, id] : vocab->items()) {
    if (!id.is_number_unsigned() || id.get<uint64_t>() >= kMaxTokens) {
      model.fail("vocab", "has no valid id for " + gguf::quote(text));
    }
    const auto place = id.get<uint32_t>();
    if (seen.size() <= place) seen.resize(place + 1);
    if (seen[place]) model.fail("vocab", "has id " + std::to_string(place) + " twice");
    seen[place] = true;
    const bool is_byte = v->model == "llama" && is_byte_piece(text);
    v->set(place, text, is_byte ? PieceType::kByte : PieceType::kNormal, 0);
  }
}

// "a b" or ["a", "b"].
std::pair<std::string, std::string> parts_of(const JsonObject& model, const Json& merge) {
  if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
    return {merge[0].get<std::string>(), merge[1].get<std::string>()};
  }
  if (merge.is_string()) {
    const auto text = merge.get<std::string>();
    // The first character may itself be a space.
    if (const size_t space = text.find(' ', 1); space != text.npos && space + 1 < text.size()) {
      return {text.substr(0, space), text.substr(space + 1)};
    }
  }
  model.fail("merges", "has an element that is no pair of texts");
}

const Json& require_merges(const JsonObject& model) {
  const Json* merges = model.find("merges");
  if (merges == nullptr || !merges->is_array()) model.fail("merges", "is no list");
  return *merges;
}

void read_byte_level(const Json& tokenizer, const JsonObject& model, Vocabulary* v) {
  v->model = "gpt2";
  const JsonObject top(tokenizer, kTokenizerFile);
  const bool ignore_merges = model.find_boolean("ignore_merges").value_or(false);
  v->pre = recognise_pretokenizer(*top.find("pre_tokenizer"), ignore_merges);
  read_vocab(model, v);
  for (const Json& merge : require_merges(model)) {
    const auto [left, right] = parts_of(model, merge);
    // In the byte alphabet a space is another character.
    if (left.find(' ') != left.npos || right.find(' ') != right.npos) model.fail("merges", "has a space in a text");
    v->merges.push_back(left);
    v->merges.back().append(" ").append(right);
  }
}

// Whether a text gets a space before it: a normaliser that prepends, or a pre-tokenizer that does.
bool prepends_space(const JsonObject& top) {
  std::vector<const Json*> steps;
  for (const char* key : {"normalizer", "pre_tokenizer"}) {
    const Json* step = top.find(key);
    if (step == nullptr || !step->is_object()) continue;
    steps.push_back(step);
    for (const char* list : {"normalizers", "pretokenizers"}) {
      if (const auto inner = step->find(list); inner != step->end() && inner->is_array()) {
        for (const Json& element : *inner) steps.push_back(&element);
      }
    }
  }
  return std::ranges::any_of(steps, [](const Json* step) {
    const JsonObject object(*step, kTokenizerFile, "normalizer or pre_tokenizer.");
    const auto type = object.find_string("type");
    if (type == "Prepend") return true;
    if (type != "Metaspace") return false;
    if (const auto scheme = object.find_string("prepend_scheme")) return *scheme != "never";
    return object.find_boolean("add_prefix_space").value_or(true);
  });
}

// BPE over characters with bytes for those that are no token: SentencePiece's. Its pieces merge by score, which is the
// place of a piece's first merge.
void read_character_level(const Json& tokenizer, const JsonObject& model, Vocabulary* v) {
  v->model = "llama";
  v->pre = "default";
  read_vocab(model, v);
  v->add_space_prefix = prepends_space(JsonObject(tokenizer, kTokenizerFile));
  const Json& merges = require_merges(model);
  const auto index = v->index();
  const float last = -static_cast<float>(merges.size());
  for (uint32_t id = 0; id < v->tokens.size(); ++id) {
    if (v->types[id] == PieceType::kNormal) v->scores[id] = last;
  }
  float rank = 0;
  for (const Json& merge : merges) {
    const auto [left, right] = parts_of(model, merge);
    const auto piece = index.find(left + right);
    if (piece == index.end()) model.fail("merges", "makes " + gguf::quote(left + right) + ", which is no token");
    v->scores[piece->second] = std::max(v->scores[piece->second], -rank);
    rank += 1;
  }
  if (const auto text = model.find_string("unk_token")) {
    const auto id = index.find(*text);
    if (id == index.end()) model.fail("unk_token", "is no token");
    v->types[id->second] = PieceType::kUnknown;
    v->ids["unknown"] = id->second;
  }
}

bool has_byte_level(const Json* step) {
  if (step == nullptr || !step->is_object()) return false;
  if (step->value("type", Json()) == "ByteLevel") return true;
  const auto inner = step->find("pretokenizers");
  return inner != step->end() && inner->is_array() &&
         std::ranges::any_of(*inner, [](const Json& element) { return has_byte_level(&element); });
}

}  // namespace

Vocabulary read_tokenizer_json(const Json& tokenizer) {
  const JsonObject top(tokenizer, kTokenizerFile);
  const JsonObject model = top.object("model");
  const std::string type = model.find_string("type").value_or(model.has("merges") ? "BPE" : "");
  Vocabulary vocabulary;
  if (type == "BPE" && has_byte_level(top.find("pre_tokenizer"))) {
    read_byte_level(tokenizer, model, &vocabulary);
  } else if (type == "BPE" && model.find_boolean("byte_fallback").value_or(false)) {
    read_character_level(tokenizer, model, &vocabulary);
  } else if (type == "Unigram") {
    read_unigram(tokenizer, &vocabulary);
  } else if (type == "WordPiece") {
    read_wordpiece(tokenizer, &vocabulary);
  } else if (type == "BPE") {
    model.fail("type", "is BPE, but neither over bytes (ByteLevel) nor with byte_fallback");
  } else {
    model.fail("type", "is " + gguf::quote(type) + "; BPE, Unigram and WordPiece can be converted");
  }
  return vocabulary;
}

}  // namespace wasmchord::tools
