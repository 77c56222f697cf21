// Causal attention over the cache, and the unfused KV write. A task is some query heads of one token.
#include <algorithm>
#include <limits>

#include "src/backend/cpu/stage.h"

namespace wasmchord::cpu {
namespace {

class AttentionStage final : public Stage {
 public:
  AttentionStage(const StageContext& context, const Op& op)
      : op_(op), shape_(op.attention), n_threads_(context.n_threads), group_(shape_.n_heads / shape_.n_kv_heads) {}

  uint32_t n_tasks(const RunState& run) const override {
    return run.n_tokens * shape_.n_kv_heads * (group_ / heads_per_task(run));
  }

  void task(const RunState& run, uint32_t index, Scratch& scratch) const override {
    const uint32_t n_q = heads_per_task(run);
    const uint32_t first_head = index % (shape_.n_heads / n_q) * n_q;
    attend(run, index / (shape_.n_heads / n_q), first_head, n_q, scratch);
  }

 private:
  // Query heads of one K/V head that are taken together, so that K and V are read once: the whole group, or, where that
  // would leave threads idle, the largest divisor of it that gives each thread a task.
  uint32_t heads_per_task(const RunState& run) const {
    uint32_t n_q = group_;
    while (n_q > 1 && (group_ % n_q != 0 || run.n_tokens * shape_.n_heads / n_q < n_threads_)) --n_q;
    return n_q;
  }

  void attend(const RunState& run, uint32_t token, uint32_t head, uint32_t n_q, Scratch& scratch) const {
    const uint32_t position = run.position + token;
    const uint32_t seen = shape_.window == 0 ? position + 1 : std::min(position + 1, shape_.window);
    const uint32_t first = position + 1 - seen;
    std::fill_n(scratch.m, n_q, -std::numeric_limits<float>::infinity());
    std::fill_n(scratch.l, n_q, 0.0f);
    std::fill_n(scratch.acc, static_cast<size_t>(n_q) * shape_.head_dim_v, 0.0f);
    const size_t row = static_cast<size_t>(token) * shape_.n_heads + head;
    kernels::AttentionArgs args;
    args.q = run.values[op_.in] + row * shape_.head_dim;
    args.k = run.kv->k(shape_.layer, head / group_, first);
    args.v = run.kv->v(shape_.layer, head / group_, first);
    args.n_positions = seen;
    args.head_dim = shape_.head_dim;
    args.head_dim_v = shape_.head_dim_v;
    args.scale = shape_.scale;
    args.m = scratch.m;
    args.l = scratch.l;
    args.acc = scratch.acc;
    args.n_q = n_q;
    args.q_stride = shape_.head_dim;
    args.acc_stride = shape_.head_dim_v;
    run.k->attention[static_cast<uint32_t>(run.kv->type())](args);
    float* out = run.values[op_.out] + row * shape_.head_dim_v;
    for (uint32_t i = 0; i < n_q; ++i) {
      const size_t at = static_cast<size_t>(i) * shape_.head_dim_v;
      run.k->attention_finish({scratch.m + i, scratch.l + i, scratch.acc + at}, shape_.head_dim_v, out + at);
    }
  }

  Op op_;
  AttentionShape shape_;
  uint32_t n_threads_;
  uint32_t group_;
};

class KvWriteStage final : public Stage {
 public:
  explicit KvWriteStage(const Op& op) : op_(op), shape_(op.attention) {}

  uint32_t n_tasks(const RunState& run) const override { return run.n_tokens; }

  void task(const RunState& run, uint32_t token, Scratch&) const override {
    const uint32_t position = run.position + token;
    for (uint32_t head = 0; head < shape_.n_kv_heads; ++head) {
      const size_t at = static_cast<size_t>(token) * shape_.n_kv_heads + head;
      run.kv->store(*run.k, run.values[op_.in] + at * shape_.head_dim, shape_.head_dim,
                    run.kv->k(shape_.layer, head, position));
      run.kv->store(*run.k, run.values[op_.in2] + at * shape_.head_dim_v, shape_.head_dim_v,
                    run.kv->v(shape_.layer, head, position));
    }
  }

 private:
  Op op_;
  AttentionShape shape_;
};

}  // namespace

void add_attention_stage(const StageContext& context, const Op& op, StageList* stages) {
  stages->push_back(std::make_unique<AttentionStage>(context, op));
}

void add_kv_write_stage(const StageContext&, const Op& op, StageList* stages) {
  stages->push_back(std::make_unique<KvWriteStage>(op));
}

}  // namespace wasmchord::cpu
