#include "src/model/blocks.h"

namespace wasmchord {
namespace {

AttentionShape attention_shape(const LayerContext& c) {
  const ModelConfig& m = c.config;
  AttentionShape shape;
  shape.layer = c.layer;
  shape.n_heads = m.n_heads;
  shape.n_kv_heads = m.n_kv_heads;
  shape.head_dim = m.head_dim;
  shape.head_dim_v = m.head_dim_v;
  shape.scale = m.attention_scale;
  shape.window = m.has_window(c.layer) ? m.sliding_window : 0;
  shape.softcap = m.attention_softcap;
  shape.max_alibi = m.max_alibi;
  if (m.has_sinks) shape.sinks = c.weight("attn_sinks.weight");
  return shape;
}

// `count` outputs of tensor `name` from row `first` on, or all of them.
ValueId project(LayerContext& c, ValueId x, const std::string& name, uint32_t count, uint32_t first = 0) {
  Linear linear = c.linear(name);
  linear.first_row = first;
  return c.plan.project(x, linear, count);
}

struct Qkv {
  ValueId q, k, v;
};
Qkv project_qkv(LayerContext& c, ValueId x) {
  const ModelConfig& m = c.config;
  const uint32_t n_q = m.n_heads * m.head_dim, n_k = m.n_kv_heads * m.head_dim, n_v = m.n_kv_heads * m.head_dim_v;
  if (c.weight("attn_qkv.weight") == kNoWeight) {
    const ValueId q = project(c, x, "attn_q", n_q), k = project(c, x, "attn_k", n_k);
    return {q, k, project(c, x, "attn_v", n_v)};
  }
  const ValueId q = project(c, x, "attn_qkv", n_q), k = project(c, x, "attn_qkv", n_k, n_q);
  return {q, k, project(c, x, "attn_qkv", n_v, n_q + n_k)};
}

void normalise_heads(LayerContext& c, Qkv* x) {
  if (c.config.qk_norm == QkNorm::kNone) return;
  const uint32_t width = c.config.qk_norm == QkNorm::kHead ? c.config.head_dim : 0;
  const auto norm_of = [&](const char* name) {
    return Norm{c.weight(name), c.config.norm_eps, NormKind::kRms, kNoWeight, width};
  };
  x->q = c.plan.norm(x->q, norm_of("attn_q_norm.weight"));
  x->k = c.plan.norm(x->k, norm_of("attn_k_norm.weight"));
}

void rotate(LayerContext& c, Qkv* x) {
  const ModelConfig& m = c.config;
  if (!m.has_rope(c.layer)) return;
  const uint32_t table = m.local_rope && m.has_window(c.layer) ? c.local_rope_table : c.rope_table;
  x->q = c.plan.rope(x->q, table, m.n_heads, m.head_dim);
  x->k = c.plan.rope(x->k, table, m.n_kv_heads, m.head_dim);
}

ValueId gated_mlp(LayerContext& c, ValueId x, const std::string& suffix, uint32_t n_ff) {
  const ModelConfig& m = c.config;
  ValueId gate = kNoValue, up = kNoValue;
  if (m.fused_gate && suffix.empty()) {
    gate = project(c, x, "ffn_up", n_ff);
    up = project(c, x, "ffn_up", n_ff, n_ff);
  } else {
    gate = project(c, x, "ffn_gate" + suffix, n_ff);
    up = project(c, x, "ffn_up" + suffix, n_ff);
  }
  return project(c, c.plan.activate(gate, up, m.activation), "ffn_down" + suffix, m.n_embd);
}

ValueId routed_mlp(LayerContext& c, ValueId x) {
  const ModelConfig& m = c.config;
  const ValueId logits = project(c, x, "ffn_gate_inp", m.n_experts);
  const ValueId route = c.plan.route(logits, m.n_experts_used, m.renormalise_experts);
  const ValueId gate = c.plan.expert_project(x, route, c.linear("ffn_gate_exps"), m.n_ff_expert, false);
  const ValueId up = c.plan.expert_project(x, route, c.linear("ffn_up_exps"), m.n_ff_expert, false);
  const ValueId act = c.plan.activate(gate, up, m.activation);
  return c.plan.expert_sum(c.plan.expert_project(act, route, c.linear("ffn_down_exps"), m.n_embd, true), route);
}

}  // namespace

ValueId norm(LayerContext& c, ValueId x, std::string_view name) {
  if (name.empty()) return x;
  const Linear weights = c.linear(std::string(name));
  return c.plan.norm(x, {weights.w, c.config.norm_eps, c.config.norm_kind, weights.bias});
}

ValueId self_attention(LayerContext& c, ValueId x) {
  const AttentionShape shape = attention_shape(c);
  Qkv qkv = project_qkv(c, x);
  if (!c.config.rope_first) normalise_heads(c, &qkv);
  rotate(c, &qkv);
  if (c.config.rope_first) normalise_heads(c, &qkv);
  c.plan.kv_write(qkv.k, qkv.v, shape);
  return c.plan.attention(qkv.q, shape);
}

ValueId dense_mlp(LayerContext& c, ValueId x) {
  const ModelConfig& m = c.config;
  if (m.gated) return gated_mlp(c, x, "", m.n_ff);
  const ValueId up = c.plan.activate(project(c, x, "ffn_up", m.n_ff), kNoValue, m.activation);
  return project(c, up, "ffn_down", m.n_embd);
}

ValueId expert_mlp(LayerContext& c, ValueId x) {
  const ValueId routed = routed_mlp(c, x);
  if (c.config.n_ff_shared == 0) return routed;
  const ValueId shared = gated_mlp(c, x, "_shexp", c.config.n_ff_shared);
  return c.plan.add(routed, c.plan.gate(project(c, x, "ffn_gate_inp_shexp", 1), shared));
}

ValueId mlp(LayerContext& c, ValueId x) { return c.config.n_experts == 0 ? dense_mlp(c, x) : expert_mlp(c, x); }

void keep_outputs(LayerContext& c, std::initializer_list<ValueId*> values) {
  if (!c.is_last()) return;
  for (ValueId* value : values) *value = c.plan.select_outputs(*value);
}

ValueId sequential_layer(LayerContext& c, ValueId x, const LayerNorms& norms) {
  const ModelConfig& m = c.config;
  ValueId att = self_attention(c, norm(c, x, norms.attention_in));
  keep_outputs(c, {&x, &att});
  x = c.plan.add(x, norm(c, project(c, att, "attn_output", m.n_embd), norms.attention_out), m.residual_scale);
  return c.plan.add(x, norm(c, mlp(c, norm(c, x, norms.mlp_in)), norms.mlp_out), m.residual_scale);
}

ValueId parallel_layer(LayerContext& c, ValueId x, const LayerNorms& norms) {
  ValueId h = norm(c, x, norms.attention_in);
  ValueId att = self_attention(c, h);
  keep_outputs(c, {&x, &h, &att});
  if (!norms.mlp_in.empty()) h = norm(c, x, norms.mlp_in);
  x = c.plan.add(x, project(c, att, "attn_output", c.config.n_embd));
  return c.plan.add(x, mlp(c, h));
}

}  // namespace wasmchord
