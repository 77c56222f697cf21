#include "src/model/blocks.h"

namespace wasmchord {

ValueId rms_norm(LayerContext& c, ValueId x, const char* name) {
  return c.plan.norm(x, {c.weight(std::string(name) + ".weight"), c.config.norm_eps});
}

ValueId self_attention(LayerContext& c, ValueId x) {
  const ModelConfig& m = c.config;
  AttentionShape shape;
  shape.layer = c.layer;
  shape.n_heads = m.n_heads;
  shape.n_kv_heads = m.n_kv_heads;
  shape.head_dim = m.head_dim;
  shape.head_dim_v = m.head_dim_v;
  shape.scale = m.attention_scale;
  shape.window = m.sliding_window;
  ValueId q = c.plan.project(x, c.linear("attn_q"), m.n_heads * m.head_dim);
  ValueId k = c.plan.project(x, c.linear("attn_k"), m.n_kv_heads * m.head_dim);
  ValueId v = c.plan.project(x, c.linear("attn_v"), m.n_kv_heads * m.head_dim_v);
  q = c.plan.rope(q, c.rope_table, m.n_heads, m.head_dim);
  k = c.plan.rope(k, c.rope_table, m.n_kv_heads, m.head_dim);
  c.plan.kv_write(k, v, shape);
  return c.plan.attention(q, shape);
}

ValueId gated_mlp(LayerContext& c, ValueId x) {
  const ValueId gate = c.plan.project(x, c.linear("ffn_gate"), c.config.n_ff);
  const ValueId up = c.plan.project(x, c.linear("ffn_up"), c.config.n_ff);
  return c.plan.project(c.plan.silu_mul(gate, up), c.linear("ffn_down"), c.config.n_embd);
}

ValueId expert_mlp(LayerContext& c, ValueId x) {
  const ModelConfig& m = c.config;
  const ValueId route = c.plan.route(c.plan.project(x, c.linear("ffn_gate_inp"), m.n_experts), m.n_experts_used);
  const ValueId gate = c.plan.expert_project(x, route, c.weight("ffn_gate_exps.weight"), m.n_ff, false);
  const ValueId up = c.plan.expert_project(x, route, c.weight("ffn_up_exps.weight"), m.n_ff, false);
  const ValueId act = c.plan.silu_mul(gate, up);
  return c.plan.expert_sum(c.plan.expert_project(act, route, c.weight("ffn_down_exps.weight"), m.n_embd, true), route);
}

void keep_outputs(LayerContext& c, ValueId* x, ValueId* attention) {
  if (!c.is_last()) return;
  *x = c.plan.select_outputs(*x);
  *attention = c.plan.select_outputs(*attention);
}

}  // namespace wasmchord
