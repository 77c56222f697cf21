#include <utility>

#include "src/ops/plan.h"

namespace wasmchord {

ValueId PlanBuilder::emit(Op op, uint32_t cols, RowSet rows) {
  op.out = static_cast<ValueId>(plan_.values.size());
  plan_.values.push_back({cols, rows});
  plan_.ops.push_back(op);
  return op.out;
}

ValueId PlanBuilder::embed(WeightId table, uint32_t n_embd) {
  Op op{OpKind::kEmbed};
  op.linear[0].w = table;
  return emit(op, n_embd, RowSet::kTokens);
}

ValueId PlanBuilder::add_position(ValueId x, WeightId table, uint32_t n_positions) {
  Op op{OpKind::kAddPosition, x};
  op.linear[0].w = table;
  plan_.max_positions = n_positions;
  return emit(op, plan_.values[x].cols);
}

ValueId PlanBuilder::norm(ValueId x, const Norm& norm) {
  Op op{OpKind::kNorm, x};
  op.has_norm = true;
  op.norm = norm;
  return emit(op, plan_.values[x].cols);
}

ValueId PlanBuilder::project(ValueId x, const Linear& linear, uint32_t n_out) {
  Op op{OpKind::kProject, x};
  op.linear[0] = linear;
  return emit(op, n_out);
}

ValueId PlanBuilder::rope(ValueId x, uint32_t table, uint32_t n_heads, uint32_t head_dim) {
  Op op{OpKind::kRope, x};
  op.rope_table = table;
  op.n_heads = n_heads;
  op.attention.head_dim = head_dim;
  return emit(op, n_heads * head_dim);
}

void PlanBuilder::kv_write(ValueId k, ValueId v, const AttentionShape& shape) {
  Op op{OpKind::kKvWrite, k, v};
  op.attention = shape;
  plan_.ops.push_back(op);
}

ValueId PlanBuilder::attention(ValueId q, const AttentionShape& shape) {
  Op op{OpKind::kAttention, q};
  op.attention = shape;
  return emit(op, shape.n_heads * shape.head_dim_v);
}

ValueId PlanBuilder::add(ValueId a, ValueId b, float factor) {
  Op op{OpKind::kAdd, a, b};
  op.factor = factor;
  return emit(op, plan_.values[a].cols);
}

ValueId PlanBuilder::scale(ValueId x, float factor) {
  Op op{OpKind::kScale, x};
  op.factor = factor;
  return emit(op, plan_.values[x].cols);
}

ValueId PlanBuilder::softcap(ValueId x, float cap) {
  Op op{OpKind::kSoftcap, x};
  op.factor = cap;
  return emit(op, plan_.values[x].cols);
}

ValueId PlanBuilder::activate(ValueId x, ValueId up, Activation activation) {
  Op op{OpKind::kActivate, x, up};
  op.activation = activation;
  return emit(op, plan_.values[x].cols);
}

ValueId PlanBuilder::gate(ValueId logit, ValueId x) { return emit(Op{OpKind::kGate, logit, x}, plan_.values[x].cols); }

ValueId PlanBuilder::route(ValueId expert_logits, uint32_t n_used, bool renormalise) {
  Op op{OpKind::kRoute, expert_logits};
  op.renormalise = renormalise;
  op.n_used = n_used;
  return emit(op, 2 * n_used);
}

ValueId PlanBuilder::expert_project(ValueId x, ValueId route, const Linear& linear, uint32_t n_out, bool per_slot) {
  Op op{OpKind::kExpertProject, x, route};
  op.linear[0] = linear;
  op.n_used = plan_.values[route].cols / 2;
  op.per_slot = per_slot;
  return emit(op, op.n_used * n_out);
}

ValueId PlanBuilder::expert_sum(ValueId x, ValueId route) {
  Op op{OpKind::kExpertSum, x, route};
  op.n_used = plan_.values[route].cols / 2;
  return emit(op, plan_.values[x].cols / op.n_used);
}

ValueId PlanBuilder::select_outputs(ValueId x) {
  return emit(Op{OpKind::kSelectOutputs, x}, plan_.values[x].cols, RowSet::kOutputs);
}

uint32_t PlanBuilder::add_rope_table(RopeTable table) {
  plan_.rope_tables.push_back(std::move(table));
  return static_cast<uint32_t>(plan_.rope_tables.size() - 1);
}

Plan PlanBuilder::finish(ValueId logits, uint32_t n_layers) {
  plan_.logits = logits;
  plan_.n_layers = n_layers;
  plan_.n_vocab = plan_.values[logits].cols;
  return std::move(plan_);
}

}  // namespace wasmchord
