// Tokens beside the tokenizer's own, and their kinds: added_tokens of tokenizer.json, added_tokens_decoder of
// tokenizer_config.json, added_tokens.json.
#include <charconv>

#include "src/gguf/quote.h"
#include "tools/convert/vocabulary.h"

namespace wasmchord::tools {
namespace {

constexpr float kAddedScore = -1000.0f;  // never a merge that pays

std::string with_spaces(std::string text) {
  for (size_t at; (at = text.find(kSpacePiece)) != text.npos;) text.replace(at, kSpacePiece.size(), " ");
  return text;
}

class Adder {
 public:
  Adder(uint32_t n_rows, Vocabulary* vocabulary) : n_rows_(n_rows), vocabulary_(*vocabulary) {}

  void add(uint64_t id, const std::string& text, bool special) {
    if (id >= n_rows_) {
      vocabulary_.notes.push_back("token " + std::to_string(id) + " " + gguf::quote(text) +
                                  " has no row of the embedding and is left out");
      return;
    }
    const auto place = static_cast<uint32_t>(id);
    if (place < vocabulary_.tokens.size() && vocabulary_.tokens[place] == text) {
      // Bytes and the unknown piece keep their kinds.
      const PieceType type = vocabulary_.types[place];
      if (type == PieceType::kUnknown || type == PieceType::kByte || type == PieceType::kControl) return;
    }
    // What is found in a text as it stands has no stand-in for spaces.
    vocabulary_.set(place, special ? text : with_spaces(text), special ? PieceType::kControl : PieceType::kUserDefined,
                    kAddedScore);
  }

 private:
  uint32_t n_rows_;
  Vocabulary& vocabulary_;
};

// {"id": ..., "content": ..., "special": ...}; the id is the key in tokenizer_config.json.
void add_object(const JsonObject& token, uint64_t id, Adder* adder) {
  const auto content = token.find_string("content");
  if (!content || content->empty()) token.fail("content", "is missing");
  adder->add(id, *content, token.find_boolean("special").value_or(false));
}

}  // namespace

void apply_added_tokens(const TokenizerFiles& files, uint32_t n_rows, Vocabulary* vocabulary) {
  Adder adder(n_rows, vocabulary);
  for (const auto& [text, id] : files.added.items()) {
    if (!id.is_number_unsigned()) fail_in("added_tokens.json", gguf::quote(text) + " has no id");
    adder.add(id.get<uint64_t>(), text, false);
  }
  if (const Json* list = JsonObject(files.tokenizer, kTokenizerFile).find("added_tokens"); list != nullptr) {
    if (!list->is_array()) fail_in(kTokenizerFile, "added_tokens is no list");
    for (const Json& element : *list) {
      const JsonObject token(element, kTokenizerFile, "added_tokens.");
      const auto id = token.find_count("id");
      if (!id) token.fail("id", "is missing");
      add_object(token, *id, &adder);
    }
  }
  const JsonObject config(files.config, "tokenizer_config.json");
  const Json* decoder = config.find("added_tokens_decoder");
  if (decoder == nullptr) return;
  if (!decoder->is_object()) config.fail("added_tokens_decoder", "is no object");
  for (const auto& [key, element] : decoder->items()) {
    uint64_t id = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
    if (error != std::errc() || end != key.data() + key.size()) {
      config.fail("added_tokens_decoder", "has the key " + gguf::quote(key) + ", which is no id");
    }
    add_object(JsonObject(element, "tokenizer_config.json", "added_tokens_decoder." + key + "."), id, &adder);
  }
}

}  // namespace wasmchord::tools
