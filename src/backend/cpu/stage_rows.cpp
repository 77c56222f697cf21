// Row-wise ops: embedding look-up (with the run's RoPE angles), norms, rotation, sums and products. A task is one row.
#include <cstring>

#include "kernels/cpu/exact_math.h"
#include "src/backend/cpu/stage.h"

namespace wasmchord::cpu {
namespace {

// Also fills the tables of cos and sin for the run's positions: both depend on nothing but the run's arguments.
class EmbedStage final : public Stage {
 public:
  EmbedStage(const StageContext& context, const Op& op)
      : out_(op.out), cols_(context.value(op.out).cols), table_(&context.weight(op.linear[0].w)), plan_(context.plan) {}

  uint32_t n_tasks(const RunState& run) const override { return run.n_tokens; }

  void task(const RunState& run, uint32_t token, Scratch& scratch) const override {
    const std::byte* row = look_up(static_cast<uint32_t>(run.ids[token]), scratch);
    table_->format->dequantize(row, run.values[out_] + static_cast<size_t>(token) * cols_, cols_);
    for (size_t i = 0; i < plan_->rope_tables.size(); ++i) {
      const RopeTable& rope = plan_->rope_tables[i];
      fill(rope, run.position + token, run.cos_sin[i] + token * rope.inv_freq.size() * 2);
    }
  }

 private:
  const std::byte* look_up(uint32_t id, Scratch& scratch) const {
    if (id >= table_->packed_rows) return table_->data + id * table_->row_bytes;
    const uint32_t in_slab = id % table_->format->slab_rows;
    const std::byte* slab = table_->data + (id - in_slab) * table_->row_bytes;
    // What lies in slabs is no longer than floats.
    auto* row = reinterpret_cast<std::byte*>(scratch.row);
    table_->format->unpack_row(slab, table_->row_bytes, in_slab, row);
    return row;
  }
  static void fill(const RopeTable& rope, uint32_t position, float* cos_sin) {
    for (size_t j = 0; j < rope.inv_freq.size(); ++j) {
      double sine = 0, cosine = 0;
      kernels::sincos_exact(position * rope.inv_freq[j], &sine, &cosine);
      cos_sin[2 * j] = static_cast<float>(cosine * rope.magnitude);
      cos_sin[2 * j + 1] = static_cast<float>(sine * rope.magnitude);
    }
  }

  ValueId out_;
  uint32_t cols_;
  const Weight* table_;
  const Plan* plan_;
};

class NormStage final : public Stage {
 public:
  NormStage(const StageContext& context, const Op& op)
      : op_(op), value_(context.value(op.in)), weight_(context.vector(op.norm.weight)) {}
  uint32_t n_tasks(const RunState& run) const override { return run.rows(value_); }
  void task(const RunState& run, uint32_t row, Scratch&) const override {
    const size_t at = static_cast<size_t>(row) * value_.cols;
    run.k->rms_norm(run.values[op_.in] + at, weight_, op_.norm.eps, value_.cols, run.values[op_.out] + at);
  }

 private:
  Op op_;
  Value value_;
  const float* weight_;
};

class ElementwiseStage final : public Stage {
 public:
  ElementwiseStage(const StageContext& context, const Op& op) : op_(op), value_(context.value(op.in)) {}
  uint32_t n_tasks(const RunState& run) const override { return run.rows(value_); }
  void task(const RunState& run, uint32_t row, Scratch&) const override {
    const size_t at = static_cast<size_t>(row) * value_.cols;
    const auto kernel = op_.kind == OpKind::kAdd ? run.k->add : run.k->silu_mul;
    kernel(run.values[op_.in] + at, run.values[op_.in2] + at, value_.cols, run.values[op_.out] + at);
  }

 private:
  Op op_;
  Value value_;
};

class RopeStage final : public Stage {
 public:
  RopeStage(const StageContext& context, const Op& op)
      : op_(op), cols_(context.value(op.in).cols), table_(&context.plan->rope_tables[op.rope_table]) {}
  uint32_t n_tasks(const RunState& run) const override { return run.n_tokens; }
  void task(const RunState& run, uint32_t token, Scratch&) const override {
    const size_t at = static_cast<size_t>(token) * cols_;
    std::memcpy(run.values[op_.out] + at, run.values[op_.in] + at, cols_ * sizeof(float));
    kernels::RopeArgs args;
    args.x = run.values[op_.out] + at;
    args.n_rot = static_cast<uint32_t>(table_->inv_freq.size() * 2);
    args.cos_sin = run.cos_sin[op_.rope_table] + static_cast<size_t>(token) * args.n_rot;
    args.n_heads = op_.n_heads;
    args.head_dim = op_.attention.head_dim;
    args.interleaved = table_->interleaved;
    run.k->rope(args);
  }

 private:
  Op op_;
  uint32_t cols_;
  const RopeTable* table_;
};

}  // namespace

void add_embed_stage(const StageContext& context, const Op& op, StageList* stages) {
  stages->push_back(std::make_unique<EmbedStage>(context, op));
}

void add_norm_stage(const StageContext& context, const Op& op, StageList* stages) {
  stages->push_back(std::make_unique<NormStage>(context, op));
}

void add_elementwise_stage(const StageContext& context, const Op& op, StageList* stages) {
  stages->push_back(std::make_unique<ElementwiseStage>(context, op));
}

void add_rope_stage(const StageContext& context, const Op& op, StageList* stages) {
  stages->push_back(std::make_unique<RopeStage>(context, op));
}

}  // namespace wasmchord::cpu
