// How the models of one architecture are stored by Transformers, and under which names and keys GGUF has them.
// Sources of GGUF's names and keys: ggml/docs/gguf.md and llama.cpp, gguf-py/gguf/constants.py; of Transformers': the
// models' own configuration and modeling files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/convert/json_file.h"
#include "tools/convert/metadata_list.h"

namespace wasmchord::tools {

struct Dimensions {
  uint32_t layers = 0;
  uint32_t width = 0;  // of the residual stream
  uint32_t inner = 0;  // of the MLP
  uint32_t heads = 0, kv_heads = 0;
  uint32_t head_dim = 0;
  uint32_t n_rot = 0;  // rotated elements of a head
  uint32_t context = 0;
  uint32_t vocab = 0;  // rows of the embedding
};

// An extent of a tensor in terms of the dimensions.
enum class Extent : uint8_t {
  kNone,
  kWidth,
  kInner,
  kTwiceInner,  // gate and up
  kQueries,     // heads * head_dim
  kKeys,        // kv_heads * head_dim
  kAllHeads,    // queries, keys and values
  kHead,
  kContext,
  kVocab,
};
uint64_t extent_of(Extent extent, const Dimensions& dimensions);

enum class Transform : uint8_t {
  kNone,
  // Rows of each head from halves (x0 ... y0 ...) to pairs (x0 y0 x1 y1 ...), as GGUF's llama rotates them.
  kPairQueries,
  kPairKeys,
  kTranspose,  // stored [in, out]
  kAddOne,     // RMSNorm by 1 + weight
};

enum class Presence : uint8_t { kRequired, kOptional, kNever };

// `source`.weight and `source`.bias, without what stands before "layers.N." or the like; "{}" is the layer's number.
struct TensorRule {
  std::string_view source, target;
  Extent rows;                  // of a vector, its length
  Extent cols = Extent::kNone;  // kNone: a vector
  Presence bias = Presence::kNever;
  Transform transform = Transform::kNone;
  Presence weight = Presence::kRequired;
};

// Names of keys in config.json.
struct ConfigKeys {
  const char* layers = "num_hidden_layers";
  const char* width = "hidden_size";
  const char* inner = "intermediate_size";
  const char* heads = "num_attention_heads";
  const char* kv_heads = "num_key_value_heads";  // absent: as many as heads
  const char* context = "max_position_embeddings";
  const char* eps = "rms_norm_eps";
};

struct Architecture {
  std::string_view name;                  // general.architecture
  std::vector<std::string_view> classes;  // `architectures` in config.json
  ConfigKeys keys;
  std::vector<TensorRule> rules;
  // A JSON object: what Transformers takes for keys that config.json lacks.
  std::string_view defaults = "{}";
  bool rms_norm = true;
  bool uses_rope = true;
  bool tied = false;  // the output is the embedding unless config.json says otherwise
  // What the architecture has besides: keys to add, settings to refuse (JsonObject::fail).
  void (*add_keys)(const JsonObject& config, const Dimensions& dimensions, MetadataList* keys) = nullptr;
};

// By a class name of config.json; null where it is not known. Immutable, valid for ever.
const Architecture* find_architecture(std::string_view class_name);
std::string known_classes();  // "LlamaForCausalLM, ..."

// Parts that several architectures share.
TensorRule linear(std::string_view source, std::string_view target, Extent rows, Extent cols,
                  Presence bias = Presence::kNever);
TensorRule norm(std::string_view source, std::string_view target, Extent extent = Extent::kWidth,
                Presence bias = Presence::kNever);
std::vector<TensorRule> embedding_rules(Presence output_bias = Presence::kNever);
std::vector<TensorRule> gated_mlp_rules();
// q_proj, k_proj, v_proj under self_attn; o_proj apart.
std::vector<TensorRule> attention_rules(Presence qkv_bias, Presence output_bias);
std::vector<TensorRule> operator+(std::vector<TensorRule> a, const std::vector<TensorRule>& b);
// The window where it is on and shorter than the context.
void add_window(const JsonObject& config, const Dimensions& dimensions, std::string_view architecture,
                MetadataList* keys);
// Refuses another activation than one of `names`; absent: fine.
void require_activation(const JsonObject& config, std::initializer_list<std::string_view> names);
// Refuses `key` where it is true.
void refuse_true(const JsonObject& config, std::string_view key);

}  // namespace wasmchord::tools
