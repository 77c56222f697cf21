// LLaMA (Touvron et al. 2023, arXiv:2302.13971) and what shares its shape: Llama 2 and 3, Mistral, Mixtral (experts),
// SmolLM, TinyLlama.
#include "src/model/arch.h"
#include "src/model/blocks.h"
#include "src/model/config_reader.h"

namespace wasmchord {
namespace {

Status read_config(const gguf::Metadata& metadata, ModelConfig* c) {
  const ConfigReader keys(metadata, "llama");
  WC_TRY(keys.refuse_unknown_keys({"context_length",
                                   "embedding_length",
                                   "block_count",
                                   "feed_forward_length",
                                   "vocab_size",
                                   "attention.head_count",
                                   "attention.head_count_kv",
                                   "attention.key_length",
                                   "attention.value_length",
                                   "attention.layer_norm_rms_epsilon",
                                   "attention.sliding_window",
                                   "attention.causal",
                                   "expert_count",
                                   "expert_used_count",
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
                                   "tensor_data_layout",
                                   "use_parallel_residual"}));
  WC_TRY(keys.read_sizes(c));
  WC_TRY(keys.read_rope(c));
  WC_TRY(keys.positive("attention.layer_norm_rms_epsilon", &c->norm_eps));
  WC_TRY(keys.count_or("attention.sliding_window", 0, UINT32_MAX, 0, &c->sliding_window));
  WC_TRY(keys.count_or("expert_count", 0, 4096, 0, &c->n_experts));
  if (c->n_experts > 0) WC_TRY(keys.count("expert_used_count", 1, c->n_experts, &c->n_experts_used));
  WC_ASSIGN(const bool parallel, metadata.boolean_or("llama.use_parallel_residual", false));
  WC_ASSIGN(const bool causal, metadata.boolean_or("llama.attention.causal", true));
  if (parallel) return Status(Code::kUnsupportedFeature, "llama.use_parallel_residual: true");
  if (!causal) return Status(Code::kUnsupportedFeature, "llama.attention.causal: false");
  return Status::ok();
}

void list_weights(const ModelConfig& c, WeightList* list) {
  for (uint32_t i = 0; i < c.n_layers; ++i) {
    const std::string blk = "blk." + std::to_string(i) + ".";
    list->vector(blk + "attn_norm.weight", c.n_embd);
    list->vector(blk + "ffn_norm.weight", c.n_embd);
    const auto linear = [&](const char* name, uint64_t n_in, uint64_t n_out) {
      list->matrix(blk + name + ".weight", n_in, n_out);
      list->optional_vector(blk + name + ".bias", n_out);
    };
    linear("attn_q", c.n_embd, uint64_t{c.n_heads} * c.head_dim);
    linear("attn_k", c.n_embd, uint64_t{c.n_kv_heads} * c.head_dim);
    linear("attn_v", c.n_embd, uint64_t{c.n_kv_heads} * c.head_dim_v);
    linear("attn_output", uint64_t{c.n_heads} * c.head_dim_v, c.n_embd);
    if (c.n_experts == 0) {
      linear("ffn_gate", c.n_embd, c.n_ff);
      linear("ffn_up", c.n_embd, c.n_ff);
      linear("ffn_down", c.n_ff, c.n_embd);
    } else {
      const float share = static_cast<float>(c.n_experts_used) / static_cast<float>(c.n_experts);
      list->matrix(blk + "ffn_gate_inp.weight", c.n_embd, c.n_experts);
      list->experts(blk + "ffn_gate_exps.weight", Shape::of(c.n_embd, c.n_ff, c.n_experts), share);
      list->experts(blk + "ffn_up_exps.weight", Shape::of(c.n_embd, c.n_ff, c.n_experts), share);
      list->experts(blk + "ffn_down_exps.weight", Shape::of(c.n_ff, c.n_embd, c.n_experts), share);
    }
  }
}

ValueId layer(LayerContext& c, ValueId x) {
  ValueId att = self_attention(c, rms_norm(c, x, "attn_norm"));
  keep_outputs(c, &x, &att);
  x = c.plan.add(x, c.plan.project(att, c.linear("attn_output"), c.config.n_embd));
  const ValueId h = rms_norm(c, x, "ffn_norm");
  return c.plan.add(x, c.config.n_experts == 0 ? gated_mlp(c, h) : expert_mlp(c, h));
}

}  // namespace

extern const ArchDef arch_llama;
const ArchDef arch_llama = {"llama", read_config, list_weights, layer};

}  // namespace wasmchord
