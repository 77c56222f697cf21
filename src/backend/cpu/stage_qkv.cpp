// Q, K and V of one layer in one stage. A task is one head: its rows of the projection, then its norm and rotation,
// then (K, V) its place in the cache.
#include "src/backend/cpu/input_rows.h"

namespace wasmchord::cpu {
namespace {

class QkvStage final : public Stage {
 public:
  QkvStage(const StageContext& context, const Op& op, const InputRows& rows)
      : rows_(rows), op_(op), shape_(op.attention) {
    for (uint32_t i = 0; i < 3; ++i) projections_[i] = Projection(context, op.linear[i]);
    for (uint32_t i = 0; i < 2; ++i) norms_[i] = RowNorm(context, op.qk_norm[i]);
    if (op.rope_table == kNoRope) return;
    const RopeTable& table = context.plan->rope_tables[op.rope_table];
    n_rot_ = static_cast<uint32_t>(table.inv_freq.size() * 2);
    interleaved_ = table.interleaved;
  }

  uint32_t n_tasks(const RunState&) const override { return shape_.n_heads + 2 * shape_.n_kv_heads; }

  void prepare(const RunState& run, Scratch& scratch) const override { rows_.make_private(run, scratch); }

  void task(const RunState& run, uint32_t index, Scratch& scratch) const override {
    // K and V first: the query heads that follow then even out the threads.
    if (index < shape_.n_kv_heads) return key(run, index, scratch);
    index -= shape_.n_kv_heads;
    if (index < shape_.n_kv_heads) return value(run, index, scratch);
    query(run, index - shape_.n_kv_heads, scratch);
  }

 private:
  // The rows of one head, [n_tokens, stride], at y.
  void project(const RunState& run, const Scratch& scratch, uint32_t which, uint32_t head, float* y,
               size_t stride) const {
    const uint32_t dim = which == 2 ? shape_.head_dim_v : shape_.head_dim;
    projections_[which].compute(run, scratch, rows_, head * dim, (head + 1) * dim, y, stride);
  }

  // One head of q (0) or k (1).
  void finish(const RunState& run, uint32_t which, uint32_t token, float* head) const {
    if (op_.rope_first) rotate(run, token, head);
    if (norms_[which].there()) norms_[which].apply(*run.k, head, shape_.head_dim, head);
    if (!op_.rope_first) rotate(run, token, head);
  }

  void rotate(const RunState& run, uint32_t token, float* head) const {
    if (op_.rope_table == kNoRope) return;
    kernels::RopeArgs args;
    args.x = head;
    args.cos_sin = run.cos_sin[op_.rope_table] + static_cast<size_t>(token) * n_rot_;
    args.n_heads = 1;
    args.head_dim = shape_.head_dim;
    args.n_rot = n_rot_;
    args.interleaved = interleaved_;
    run.k->rope(args);
  }

  void query(const RunState& run, uint32_t head, Scratch& scratch) const {
    const size_t stride = static_cast<size_t>(shape_.n_heads) * shape_.head_dim;
    float* q = run.values[op_.out] + head * shape_.head_dim;
    project(run, scratch, 0, head, q, stride);
    for (uint32_t t = 0; t < run.n_tokens; ++t) finish(run, 0, t, q + t * stride);
  }

  void key(const RunState& run, uint32_t head, Scratch& scratch) const {
    const uint32_t dim = shape_.head_dim;
    project(run, scratch, 1, head, scratch.tile[0], dim);
    for (uint32_t t = 0; t < run.n_tokens; ++t) {
      float* k = scratch.tile[0] + static_cast<size_t>(t) * dim;
      finish(run, 1, t, k);
      run.kv->store_k(*run.k, shape_.layer, head, run.position + t, k);
    }
  }

  void value(const RunState& run, uint32_t head, Scratch& scratch) const {
    const uint32_t dim = shape_.head_dim_v;
    project(run, scratch, 2, head, scratch.tile[0], dim);
    for (uint32_t t = 0; t < run.n_tokens; ++t) {
      run.kv->store_v(*run.k, shape_.layer, head, run.position + t, scratch.tile[0] + static_cast<size_t>(t) * dim);
    }
  }

  InputRows rows_;
  Op op_;
  AttentionShape shape_;
  Projection projections_[3];  // q, k, v
  RowNorm norms_[2];           // q, k
  uint32_t n_rot_ = 0;
  bool interleaved_ = true;
};

}  // namespace

void add_qkv_stages(const StageContext& context, const Op& op, StageList* stages) {
  InputRows rows(context, op, 1);
  for (const Linear& linear : op.linear) rows.want(context.weight(linear.w));
  add_input_stage(rows, stages);
  stages->push_back(std::make_unique<QkvStage>(context, op, rows));
}

}  // namespace wasmchord::cpu
