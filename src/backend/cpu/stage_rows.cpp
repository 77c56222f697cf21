// Row-wise ops: embedding look-up (with the run's RoPE angles), norms, rotation, sums and products. A task is one row.
#include <cstring>

#include "kernels/cpu/exact_math.h"
#include "src/backend/cpu/stage.h"

namespace wasmchord::cpu {
namespace {

// Row `id` of a table in the file's layout. What lies in slabs is taken out of them, into scratch.row: it is no longer
// than floats.
const std::byte* row_of(const Weight& table, uint32_t id, Scratch& scratch) {
  if (id >= table.packed_rows) return table.data + id * table.row_bytes;
  const uint32_t in_slab = id % table.format->slab_rows;
  auto* row = reinterpret_cast<std::byte*>(scratch.row);
  table.format->unpack_row(table.data + (id - in_slab) * table.row_bytes, table.row_bytes, in_slab, row);
  return row;
}

// Also fills the tables of cos and sin for the run's positions: both depend on nothing but the run's arguments.
class EmbedStage final : public Stage {
 public:
  EmbedStage(const StageContext& context, const Op& op)
      : out_(op.out), cols_(context.value(op.out).cols), table_(&context.weight(op.linear[0].w)), plan_(context.plan) {}

  uint32_t n_tasks(const RunState& run) const override { return run.n_tokens; }

  void task(const RunState& run, uint32_t token, Scratch& scratch) const override {
    const std::byte* row = row_of(*table_, static_cast<uint32_t>(run.ids[token]), scratch);
    table_->format->dequantize(row, run.values[out_] + static_cast<size_t>(token) * cols_, cols_);
    for (size_t i = 0; i < plan_->rope_tables.size(); ++i) {
      const RopeTable& rope = plan_->rope_tables[i];
      const bool is_long = !rope.inv_freq_long.empty() && run.n_ctx > rope.short_context;
      const std::vector<double>& inv_freq = is_long ? rope.inv_freq_long : rope.inv_freq;
      fill(inv_freq, rope.magnitude, run.position + token, run.cos_sin[i] + token * inv_freq.size() * 2);
    }
  }

 private:
  static void fill(const std::vector<double>& inv_freq, float magnitude, uint32_t position, float* cos_sin) {
    for (size_t j = 0; j < inv_freq.size(); ++j) {
      double sine = 0, cosine = 0;
      kernels::sincos_exact(position * inv_freq[j], &sine, &cosine);
      cos_sin[2 * j] = static_cast<float>(cosine * magnitude);
      cos_sin[2 * j + 1] = static_cast<float>(sine * magnitude);
    }
  }

  ValueId out_;
  uint32_t cols_;
  const Weight* table_;
  const Plan* plan_;
};

// Learned positions.
class PositionStage final : public Stage {
 public:
  PositionStage(const StageContext& context, const Op& op)
      : op_(op), cols_(context.value(op.in).cols), table_(&context.weight(op.linear[0].w)) {}
  uint32_t n_tasks(const RunState& run) const override { return run.n_tokens; }
  void task(const RunState& run, uint32_t token, Scratch& scratch) const override {
    const size_t at = static_cast<size_t>(token) * cols_;
    float* out = run.values[op_.out] + at;
    table_->format->dequantize(row_of(*table_, run.position + token, scratch), out, cols_);
    run.k->add(run.values[op_.in] + at, out, cols_, out);
  }

 private:
  Op op_;
  uint32_t cols_;
  const Weight* table_;
};

class NormStage final : public Stage {
 public:
  NormStage(const StageContext& context, const Op& op)
      : op_(op),
        value_(context.value(op.in)),
        norm_(context, op.norm),
        width_(op.norm.width == 0 ? value_.cols : op.norm.width) {}
  uint32_t n_tasks(const RunState& run) const override { return run.rows(value_); }
  void task(const RunState& run, uint32_t row, Scratch&) const override {
    const size_t begin = static_cast<size_t>(row) * value_.cols;
    for (size_t at = begin; at < begin + value_.cols; at += width_) {
      norm_.apply(*run.k, run.values[op_.in] + at, width_, run.values[op_.out] + at);
    }
  }

 private:
  Op op_;
  Value value_;
  RowNorm norm_;
  uint32_t width_;
};

class ElementwiseStage final : public Stage {
 public:
  ElementwiseStage(const StageContext& context, const Op& op) : op_(op), value_(context.value(op.out)) {}
  uint32_t n_tasks(const RunState& run) const override { return run.rows(value_); }
  void task(const RunState& run, uint32_t row, Scratch&) const override {
    const size_t n = value_.cols, at = row * n;
    const float* b = op_.in2 == kNoValue ? nullptr : run.values[op_.in2] + at;
    float* y = run.values[op_.out] + at;
    if (op_.kind == OpKind::kGate) {
      float share = 0.0f;
      run.k->sigmoid(run.values[op_.in] + row, 1, &share);
      return run.k->scale(b, share, n, y);
    }
    const float* a = run.values[op_.in] + at;
    if (op_.kind == OpKind::kScale) return run.k->scale(a, op_.factor, n, y);
    if (op_.kind == OpKind::kSoftcap) return run.k->softcap(a, op_.factor, n, y);
    if (op_.kind == OpKind::kActivate) return activate(*run.k, op_.activation, a, b, n, y);
    if (op_.factor == 1.0f) return run.k->add(a, b, n, y);
    run.k->scale(b, op_.factor, n, y);
    run.k->add(a, y, n, y);
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

void activate(const kernels::KernelTable& k, Activation activation, const float* x, const float* up, size_t n,
              float* y) {
  switch (activation) {
    case Activation::kNone:
      return;
    case Activation::kSilu:
      return k.silu_mul(x, up, n, y);
    case Activation::kGelu:
      return k.gelu_mul(x, up, n, y);
    case Activation::kClampedSwiglu:
      return k.clamped_swiglu(x, up, n, y);
  }
}

void add_embed_stage(const StageContext& context, const Op& op, StageList* stages) {
  stages->push_back(std::make_unique<EmbedStage>(context, op));
}

void add_position_stage(const StageContext& context, const Op& op, StageList* stages) {
  stages->push_back(std::make_unique<PositionStage>(context, op));
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
