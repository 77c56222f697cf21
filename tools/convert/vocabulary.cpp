#include "tools/convert/vocabulary.h"

#include <utility>

namespace wasmchord::tools {
namespace {

TokenizerFiles read_files(const std::filesystem::path& folder) {
  TokenizerFiles files;
  files.config = read_json_object(folder, "tokenizer_config.json");
  files.special_map = read_json_object(folder, "special_tokens_map.json");
  files.added = read_json_object(folder, "added_tokens.json");
  files.model_config = read_json_object(folder, "config.json");
  files.generation_config = read_json_object(folder, "generation_config.json");
  files.tokenizer = read_json_object(folder, "tokenizer.json");
  return files;
}

// As many tokens as the embedding has rows.
void fit_rows(uint32_t n_rows, Vocabulary* v) {
  if (v->tokens.size() > n_rows) {
    v->notes.push_back("the tokenizer has " + std::to_string(v->tokens.size()) + " tokens, the embedding only " +
                       std::to_string(n_rows) + " rows: the last tokens are left out");
    v->tokens.resize(n_rows);
    v->types.resize(n_rows);
    if (!v->scores.empty()) v->scores.resize(n_rows);
  }
  if (v->tokens.size() < n_rows) v->set(n_rows - 1, "[PAD" + std::to_string(n_rows - 1) + "]", PieceType::kUnused, 0);
}

void add_flags(const Vocabulary& v, MetadataList* keys) {
  const std::pair<const char*, std::optional<bool>> flags[] = {
      {"add_bos_token", v.add_bos},
      {"add_eos_token", v.add_eos},
      {"add_space_prefix", v.add_space_prefix},
      {"remove_extra_whitespaces", v.remove_extra_whitespaces},
      {"normalizer.lowercase", v.lowercase},
      {"normalizer.strip_accents", v.strip_accents},
  };
  for (const auto& [name, value] : flags) {
    if (value) keys->add(std::string("tokenizer.ggml.") + name, *value);
  }
}

void add_vocabulary_keys(Vocabulary v, MetadataList* keys) {
  keys->add("tokenizer.ggml.model", v.model);
  if (!v.pre.empty()) keys->add("tokenizer.ggml.pre", v.pre);
  std::vector<int32_t> types;
  for (const PieceType type : v.types) types.push_back(static_cast<int32_t>(type));
  keys->add("tokenizer.ggml.tokens", std::move(v.tokens));
  if (!v.scores.empty()) keys->add("tokenizer.ggml.scores", std::move(v.scores));
  keys->add("tokenizer.ggml.token_type", std::move(types));
  if (!v.merges.empty()) keys->add("tokenizer.ggml.merges", std::move(v.merges));
  if (!v.charsmap.empty()) keys->add("tokenizer.ggml.precompiled_charsmap", std::move(v.charsmap));
  for (const auto& [name, id] : v.ids) keys->add("tokenizer.ggml." + name + "_token_id", id);
  add_flags(v, keys);
}

}  // namespace

std::unordered_map<std::string_view, uint32_t> Vocabulary::index() const {
  std::unordered_map<std::string_view, uint32_t> index;
  for (uint32_t id = 0; id < tokens.size(); ++id) index.emplace(tokens[id], id);
  return index;
}

void Vocabulary::set(uint32_t id, std::string text, PieceType type, float score) {
  while (tokens.size() <= id) {
    tokens.push_back("[PAD" + std::to_string(tokens.size()) + "]");
    types.push_back(PieceType::kUnused);
    if (model == "llama" || model == "t5") scores.resize(tokens.size());
  }
  tokens[id] = std::move(text);
  types[id] = type;
  if (!scores.empty()) scores[id] = score;
}

void add_tokenizer_keys(const std::filesystem::path& folder, uint32_t n_rows, MetadataList* keys,
                        std::vector<std::string>* notes) {
  // SentencePiece's own file has the scores; tokenizer.json only what was made of them.
  const auto sentencepiece = read_text(folder / "tokenizer.model");
  const TokenizerFiles files = read_files(folder);
  if (!sentencepiece && !files.tokenizer.is_object()) {
    fail_in(folder.string(), "has neither tokenizer.model nor tokenizer.json");
  }
  Vocabulary vocabulary = sentencepiece ? read_sentencepiece(*sentencepiece) : read_tokenizer_json(files.tokenizer);
  apply_added_tokens(files, n_rows, &vocabulary);
  fit_rows(n_rows, &vocabulary);
  apply_special_tokens(files, &vocabulary);
  notes->insert(notes->end(), vocabulary.notes.begin(), vocabulary.notes.end());
  add_vocabulary_keys(std::move(vocabulary), keys);
  add_chat_templates(folder, files.config, keys);
}

}  // namespace wasmchord::tools
