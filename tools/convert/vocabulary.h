// A tokenizer as GGUF has it: tokenizer.ggml.* and tokenizer.chat_template.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tools/convert/json_file.h"
#include "tools/convert/metadata_list.h"

namespace wasmchord::tools {

inline constexpr const char* kTokenizerFile = "tokenizer.json";
inline constexpr std::string_view kSpacePiece = "\xE2\x96\x81";  // U+2581, which stands for a space in pieces
inline constexpr uint64_t kMaxTokens = uint64_t{1} << 22;

// Numbers of tokenizer.ggml.token_type.
enum class PieceType : int32_t { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kUnused = 5, kByte = 6 };

struct Vocabulary {
  std::string model;                // tokenizer.ggml.model
  std::string pre;                  // tokenizer.ggml.pre
  std::vector<std::string> tokens;  // by id
  std::vector<float> scores;        // empty, or one a token
  std::vector<PieceType> types;
  std::vector<std::string> merges;
  std::optional<bool> add_space_prefix, remove_extra_whitespaces;  // SentencePiece
  std::optional<bool> lowercase, strip_accents;                    // WordPiece
  std::vector<uint8_t> charsmap;                                   // Unigram: compiled rules of normalisation
  std::optional<bool> add_bos, add_eos;
  std::map<std::string, uint32_t> ids;  // special ones by the name in their key: "bos" of bos_token_id
  std::vector<std::string> notes;       // what a user should know

  std::unordered_map<std::string_view, uint32_t> index() const;  // while `tokens` stays as it is
  // A token at `id`, which may lie behind the last one; what is between is unused.
  void set(uint32_t id, std::string text, PieceType type, float score);
};

// The JSON files that a tokenizer comes with. Absent ones are null.
struct TokenizerFiles {
  Json config;             // tokenizer_config.json
  Json special_map;        // special_tokens_map.json
  Json added;              // added_tokens.json
  Json model_config;       // config.json
  Json generation_config;  // generation_config.json
  Json tokenizer;          // tokenizer.json
};

// A whole SentencePiece model (tokenizer.model). Throws std::runtime_error, also where the command was built without
// the library.
Vocabulary read_sentencepiece(const std::string& bytes);
// The model, normaliser and pre-tokenizer of tokenizer.json.
Vocabulary read_tokenizer_json(const Json& tokenizer);
void read_unigram(const Json& tokenizer, Vocabulary* vocabulary);
void read_wordpiece(const Json& tokenizer, Vocabulary* vocabulary);

// Tokens that the JSON files add to the model's: control and user-defined ones.
void apply_added_tokens(const TokenizerFiles& files, uint32_t n_rows, Vocabulary* vocabulary);
// Special ids and which of them stand before or behind every text.
void apply_special_tokens(const TokenizerFiles& files, Vocabulary* vocabulary);

// The value of tokenizer.ggml.pre whose rules are those of a byte-level "pre_tokenizer", among the names of
// src/tokenizer/pretokenizers.def. Throws std::runtime_error with the rules where none has them.
std::string recognise_pretokenizer(const Json& pre_tokenizer, bool ignore_merges);

// Everything for a model whose embedding has n_rows rows: tokens that it lacks are padded as unused, tokens behind the
// last row left out. Keys are appended; notes are for people.
void add_tokenizer_keys(const std::filesystem::path& folder, uint32_t n_rows, MetadataList* keys,
                        std::vector<std::string>* notes);
void add_chat_templates(const std::filesystem::path& folder, const Json& tokenizer_config, MetadataList* keys);

}  // namespace wasmchord::tools
