#include "tools/convert/architecture.h"

#include <algorithm>

#include "src/gguf/quote.h"

namespace wasmchord::tools {

#define WC_CONVERT(family) std::vector<Architecture> family##_architectures();
#include "tools/convert/architectures.def"
#undef WC_CONVERT

namespace {

const std::vector<Architecture>& architectures() {
  static const std::vector<Architecture> all = [] {
    std::vector<Architecture> list;
    const auto append = [&list](std::vector<Architecture> family) {
      std::ranges::move(family, std::back_inserter(list));
    };
#define WC_CONVERT(family) append(family##_architectures());
#include "tools/convert/architectures.def"
#undef WC_CONVERT
    return list;
  }();
  return all;
}

}  // namespace

uint64_t extent_of(Extent extent, const Dimensions& d) {
  const uint64_t queries = uint64_t{d.heads} * d.head_dim, keys = uint64_t{d.kv_heads} * d.head_dim;
  switch (extent) {
    case Extent::kNone:
      return 1;
    case Extent::kWidth:
      return d.width;
    case Extent::kInner:
      return d.inner;
    case Extent::kTwiceInner:
      return uint64_t{d.inner} * 2;
    case Extent::kQueries:
      return queries;
    case Extent::kKeys:
      return keys;
    case Extent::kAllHeads:
      return queries + 2 * keys;
    case Extent::kHead:
      return d.head_dim;
    case Extent::kContext:
      return d.context;
    case Extent::kVocab:
      return d.vocab;
  }
  return 0;
}

const Architecture* find_architecture(std::string_view class_name) {
  for (const Architecture& architecture : architectures()) {
    if (std::ranges::find(architecture.classes, class_name) != architecture.classes.end()) return &architecture;
  }
  return nullptr;
}

std::string known_classes() {
  std::string names;
  for (const Architecture& architecture : architectures()) {
    for (const std::string_view name : architecture.classes) names.append(names.empty() ? "" : ", ").append(name);
  }
  return names;
}

TensorRule linear(std::string_view source, std::string_view target, Extent rows, Extent cols, Presence bias) {
  return {source, target, rows, cols, bias};
}

TensorRule norm(std::string_view source, std::string_view target, Extent extent, Presence bias) {
  return {source, target, extent, Extent::kNone, bias};
}

std::vector<TensorRule> embedding_rules(Presence output_bias) {
  TensorRule output = linear("lm_head", "output", Extent::kVocab, Extent::kWidth, output_bias);
  output.weight = Presence::kOptional;  // tied to the embedding
  return {linear("embed_tokens", "token_embd", Extent::kVocab, Extent::kWidth), output};
}

std::vector<TensorRule> gated_mlp_rules() {
  const Presence bias = Presence::kOptional;
  return {linear("layers.{}.mlp.gate_proj", "blk.{}.ffn_gate", Extent::kInner, Extent::kWidth, bias),
          linear("layers.{}.mlp.up_proj", "blk.{}.ffn_up", Extent::kInner, Extent::kWidth, bias),
          linear("layers.{}.mlp.down_proj", "blk.{}.ffn_down", Extent::kWidth, Extent::kInner, bias)};
}

std::vector<TensorRule> attention_rules(Presence qkv_bias, Presence output_bias) {
  return {linear("layers.{}.self_attn.q_proj", "blk.{}.attn_q", Extent::kQueries, Extent::kWidth, qkv_bias),
          linear("layers.{}.self_attn.k_proj", "blk.{}.attn_k", Extent::kKeys, Extent::kWidth, qkv_bias),
          linear("layers.{}.self_attn.v_proj", "blk.{}.attn_v", Extent::kKeys, Extent::kWidth, qkv_bias),
          linear("layers.{}.self_attn.o_proj", "blk.{}.attn_output", Extent::kWidth, Extent::kQueries, output_bias)};
}

std::vector<TensorRule> operator+(std::vector<TensorRule> a, const std::vector<TensorRule>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

void add_window(const JsonObject& config, const Dimensions& dimensions, std::string_view architecture,
                MetadataList* keys) {
  const auto window = config.find_count("sliding_window");
  if (window && *window != 0 && *window < dimensions.context) {
    keys->add(std::string(architecture) + ".attention.sliding_window", *window);
  }
}

void require_activation(const JsonObject& config, std::initializer_list<std::string_view> names) {
  for (const char* key : {"hidden_act", "hidden_activation", "activation_function"}) {
    const auto name = config.find_string(key);
    if (name && std::ranges::find(names, *name) == names.end()) {
      config.fail(key, "is " + gguf::quote(*name) + ", which this architecture does not compute");
    }
  }
}

void refuse_true(const JsonObject& config, std::string_view key) {
  if (config.find_boolean(key).value_or(false)) config.fail(key, "is true, which is not supported");
}

}  // namespace wasmchord::tools
