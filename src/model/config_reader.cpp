#include "src/model/config_reader.h"

#include <algorithm>

namespace wasmchord {
namespace {

// Far above any model of today, low enough that products of a few of them fit 64 bits.
constexpr uint32_t kMaxLayers = 4096;
constexpr uint32_t kMaxHeads = 1u << 16;
constexpr uint32_t kMaxHeadDim = 1u << 13;
constexpr uint32_t kMaxContext = 1u << 30;
constexpr uint32_t kMaxExperts = 4096;

// Of every decoder: read here, or without influence on what is computed.
constexpr std::string_view kCommonKeys[] = {"context_length",
                                            "embedding_length",
                                            "block_count",
                                            "feed_forward_length",
                                            "vocab_size",
                                            "attention.head_count",
                                            "attention.head_count_kv",
                                            "attention.key_length",
                                            "attention.value_length",
                                            "attention.layer_norm_epsilon",
                                            "attention.layer_norm_rms_epsilon",
                                            "attention.causal",
                                            "rope.dimension_count",
                                            "rope.freq_base",
                                            "rope.scale_linear",
                                            "rope.scaling.type",
                                            "rope.scaling.factor",
                                            "rope.scaling.finetuned",
                                            "rope.scaling.attn_factor",
                                            "rope.scaling.original_context_length",
                                            "rope.scaling.yarn_ext_factor",
                                            "rope.scaling.yarn_beta_fast",
                                            "rope.scaling.yarn_beta_slow",
                                            "tensor_data_layout"};

}  // namespace

Status ConfigReader::count(std::string_view name, uint32_t min, uint32_t max, uint32_t* out) const {
  WC_ASSIGN(const uint32_t value, metadata_.u32(key(name)));
  if (value < min || value > max) {
    return bad(name, std::to_string(value) + " is outside " + std::to_string(min) + ".." + std::to_string(max));
  }
  *out = value;
  return Status::ok();
}

Status ConfigReader::count_or(std::string_view name, uint32_t min, uint32_t max, uint32_t fallback,
                              uint32_t* out) const {
  if (has(name)) return count(name, min, max, out);
  *out = fallback;
  return Status::ok();
}

Status ConfigReader::positive(std::string_view name, float* out) const {
  WC_ASSIGN(const float value, metadata_.f32(key(name)));
  if (!(value > 0.0f)) return bad(name, std::to_string(value) + " is not above 0");
  *out = value;
  return Status::ok();
}

Status ConfigReader::positive_or(std::string_view name, float fallback, float* out) const {
  if (has(name)) return positive(name, out);
  *out = fallback;
  return Status::ok();
}

Status ConfigReader::finite_or(std::string_view name, float fallback, float* out) const {
  WC_ASSIGN(*out, metadata_.f32_or(key(name), fallback));
  return Status::ok();
}

Status ConfigReader::must_be(std::string_view name, bool value) const {
  WC_ASSIGN(const bool found, metadata_.boolean_or(key(name), value));
  if (found == value) return Status::ok();
  return Status(Code::kUnsupportedFeature, key(name) + ": " + (found ? "true" : "false"));
}

Status ConfigReader::read_decoder(ModelConfig* c, std::initializer_list<std::string_view> more) const {
  WC_TRY(refuse_unknown_keys(more));
  WC_TRY(read_sizes(c));
  if (c->uses_rope) WC_TRY(read_rope(c));
  const bool is_rms = c->norm_kind == NormKind::kRms;
  WC_TRY(positive(is_rms ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon", &c->norm_eps));
  return must_be("attention.causal", true);
}

Status ConfigReader::read_experts(ModelConfig* c) const {
  WC_TRY(count("expert_count", 1, kMaxExperts, &c->n_experts));
  WC_TRY(count("expert_used_count", 1, c->n_experts, &c->n_experts_used));
  return count_or("expert_feed_forward_length", 1, kMaxWidth, c->n_ff, &c->n_ff_expert);
}

Status ConfigReader::refuse_unknown_keys(std::initializer_list<std::string_view> more) const {
  const std::string prefix = arch_ + ".";
  for (const auto& entry : metadata_.entries()) {
    if (entry.key.substr(0, prefix.size()) != prefix) continue;
    const std::string_view name = entry.key.substr(prefix.size());
    const auto is_name = [&](std::string_view known) { return known == name; };
    if (std::none_of(std::begin(kCommonKeys), std::end(kCommonKeys), is_name) &&
        std::none_of(more.begin(), more.end(), is_name)) {
      return Status(Code::kUnsupportedFeature, "the file asks for '" + std::string(entry.key) +
                                                   "', which this library does not know for this architecture");
    }
  }
  return Status::ok();
}

Status ConfigReader::read_sizes(ModelConfig* c) const {
  WC_TRY(count("block_count", 1, kMaxLayers, &c->n_layers));
  WC_TRY(count("context_length", 1, kMaxContext, &c->n_ctx_train));
  WC_TRY(count("embedding_length", 1, kMaxWidth, &c->n_embd));
  WC_TRY(count("feed_forward_length", 1, kMaxWidth, &c->n_ff));
  WC_TRY(count("attention.head_count", 1, kMaxHeads, &c->n_heads));
  WC_TRY(count_or("attention.head_count_kv", 1, kMaxHeads, c->n_heads, &c->n_kv_heads));
  if (c->n_heads % c->n_kv_heads != 0) {
    return bad("attention.head_count_kv",
               std::to_string(c->n_kv_heads) + " does not divide the head count " + std::to_string(c->n_heads));
  }
  if (!has("attention.key_length") && c->n_embd % c->n_heads != 0) {
    return bad("attention.head_count",
               std::to_string(c->n_heads) + " does not divide the embedding length " + std::to_string(c->n_embd));
  }
  const uint32_t even_share = c->n_embd / c->n_heads;
  WC_TRY(count_or("attention.key_length", 1, kMaxHeadDim, even_share, &c->head_dim));
  WC_TRY(count_or("attention.value_length", 1, kMaxHeadDim, even_share, &c->head_dim_v));
  if (c->head_dim < 1 || c->head_dim > kMaxHeadDim || c->head_dim_v < 1 || c->head_dim_v > kMaxHeadDim) {
    return bad("attention.head_count", "gives heads of " + std::to_string(c->head_dim) + " elements");
  }
  uint32_t vocab = 0;  // the tokenizer's count decides; an absurd number here means a damaged file
  return count_or("vocab_size", 1, 1u << 30, 1, &vocab);
}

Status ConfigReader::read_rope(ModelConfig* c) const {
  RopeConfig& rope = c->rope;
  WC_TRY(count_or("rope.dimension_count", 2, c->head_dim, c->head_dim, &rope.n_rot));
  if (rope.n_rot % 2 != 0) return bad("rope.dimension_count", std::to_string(rope.n_rot) + " is odd");
  WC_TRY(positive_or("rope.freq_base", 10000.0f, &rope.freq_base));
  return read_scaling(c);
}

Status ConfigReader::read_scaling(ModelConfig* c) const {
  RopeConfig& rope = c->rope;
  WC_TRY(count_or("rope.scaling.original_context_length", 1, kMaxContext, c->n_ctx_train, &rope.original_context));
  WC_ASSIGN(const std::string_view type, metadata_.string_or(key("rope.scaling.type"), "linear"));
  if (type == "none") return Status::ok();
  if (type == "longrope") {  // the factors are tensors
    rope.scaling = RopeScaling::kLong;
    return positive_or("rope.scaling.attn_factor", 1.0f, &rope.attn_factor);
  }
  if (type != "linear" && type != "yarn") {
    return Status(Code::kUnsupportedFeature, key("rope.scaling.type") + ": '" + std::string(type) + "'");
  }
  float factor = 1.0f;
  // The key was called rope.scale_linear before scaling had types.
  WC_TRY(positive_or(has("rope.scaling.factor") ? "rope.scaling.factor" : "rope.scale_linear", 1.0f, &factor));
  rope.scale = 1.0f / factor;
  rope.scaling = factor == 1.0f ? RopeScaling::kNone : RopeScaling::kLinear;
  WC_TRY(positive_or("rope.scaling.attn_factor", 1.0f, &rope.attn_factor));
  if (type == "linear") return Status::ok();
  rope.scaling = RopeScaling::kYarn;
  WC_TRY(finite_or("rope.scaling.yarn_ext_factor", 1.0f, &rope.ext_factor));
  WC_TRY(positive_or("rope.scaling.yarn_beta_fast", 32.0f, &rope.beta_fast));
  WC_TRY(positive_or("rope.scaling.yarn_beta_slow", 1.0f, &rope.beta_slow));
  return Status::ok();
}

}  // namespace wasmchord
