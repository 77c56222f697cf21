// Mixture of experts (Shazeer et al. 2017, as in Mixtral, arXiv:2401.04088): routing, the chosen experts' projections,
// their weighted sum.
#include <algorithm>
#include <cstring>

#include "src/backend/cpu/input_rows.h"

namespace wasmchord::cpu {
namespace {

// p = softmax(logits); the n_used largest, ties to the lower expert, divided by their sum if wanted.
class RouteStage final : public Stage {
 public:
  RouteStage(const StageContext& context, const Op& op)
      : op_(op), in_(context.value(op.in)), out_(context.value(op.out)) {}
  uint32_t n_tasks(const RunState& run) const override { return run.rows(in_); }

  void task(const RunState& run, uint32_t row, Scratch& scratch) const override {
    float* p = scratch.row;
    std::memcpy(p, run.values[op_.in] + static_cast<size_t>(row) * in_.cols, in_.cols * sizeof(float));
    run.k->softmax(p, in_.cols);
    float* chosen = run.values[op_.out] + static_cast<size_t>(row) * out_.cols;
    float* weight = chosen + op_.n_used;
    float sum = 0.0f;
    for (uint32_t slot = 0; slot < op_.n_used; ++slot) {
      uint32_t best = 0;
      for (uint32_t e = 1; e < in_.cols; ++e) {
        if (p[e] > p[best]) best = e;
      }
      chosen[slot] = static_cast<float>(best);  // exact: expert numbers are far below 2^24
      weight[slot] = p[best];
      sum += p[best];
      p[best] = -1.0f;
    }
    if (!op_.renormalise) return;
    for (uint32_t slot = 0; slot < op_.n_used; ++slot) weight[slot] /= sum;
  }

 private:
  Op op_;
  Value in_, out_;
};

// A task is a chunk of rows of every chosen expert's matrix, for all tokens.
class ExpertProjectStage final : public Stage {
 public:
  ExpertProjectStage(const StageContext& context, const Op& op, const InputRows& rows)
      : rows_(rows),
        op_(op),
        weight_(&context.weight(op.linear[0].w)),
        bias_(context.vector(op.linear[0].bias)),
        out_(context.value(op.out)) {}

  uint32_t n_tasks(const RunState& run) const override {
    return run.rows(out_) == 0 ? 0 : (n_out() + kMaxChunk - 1) / kMaxChunk;
  }

  void prepare(const RunState& run, Scratch& scratch) const override { rows_.make_private(run, scratch); }

  void task(const RunState& run, uint32_t index, Scratch& scratch) const override {
    kernels::MatmulArgs args;
    args.w_row_bytes = weight_->row_bytes;
    args.packed_rows = weight_->packed_rows;
    args.row_begin = index * kMaxChunk;
    args.row_end = std::min(args.row_begin + kMaxChunk, n_out());
    args.y_stride = n_out();
    args.n_tokens = 1;
    for (uint32_t t = 0; t < run.rows(out_); ++t) {
      const float* route = run.values[op_.in2] + static_cast<size_t>(t) * 2 * op_.n_used;
      for (uint32_t slot = 0; slot < op_.n_used; ++slot) {
        const uint32_t out_row = t * op_.n_used + slot;
        rows_.bind(run, scratch, *weight_, op_.per_slot ? out_row : t, &args);
        const size_t first = static_cast<size_t>(route[slot]) * n_out();
        args.w = weight_->data + first * weight_->row_bytes;
        args.y = run.values[op_.out] + static_cast<size_t>(out_row) * n_out();
        weight_->format->matmul(args);
        if (bias_ == nullptr) continue;
        float* y = args.y + args.row_begin;
        run.k->add(y, bias_ + first + args.row_begin, args.row_end - args.row_begin, y);
      }
    }
  }

 private:
  uint32_t n_out() const { return static_cast<uint32_t>(weight_->shape.rows()); }

  InputRows rows_;
  Op op_;
  const Weight* weight_;
  const float* bias_;  // [n_experts, n_out]
  Value out_;
};

class ExpertSumStage final : public Stage {
 public:
  ExpertSumStage(const StageContext& context, const Op& op) : op_(op), out_(context.value(op.out)) {}
  uint32_t n_tasks(const RunState& run) const override { return run.rows(out_); }

  void task(const RunState& run, uint32_t row, Scratch&) const override {
    const float* in = run.values[op_.in] + static_cast<size_t>(row) * op_.n_used * out_.cols;
    const float* weight = run.values[op_.in2] + static_cast<size_t>(row) * 2 * op_.n_used + op_.n_used;
    float* out = run.values[op_.out] + static_cast<size_t>(row) * out_.cols;
    run.k->scale(in, weight[0], out_.cols, out);
    for (uint32_t slot = 1; slot < op_.n_used; ++slot) {
      run.k->add_scaled(in + static_cast<size_t>(slot) * out_.cols, weight[slot], out_.cols, out);
    }
  }

 private:
  Op op_;
  Value out_;
};

}  // namespace

void add_expert_stages(const StageContext& context, const Op& op, StageList* stages) {
  if (op.kind == OpKind::kRoute) {
    stages->push_back(std::make_unique<RouteStage>(context, op));
  } else if (op.kind == OpKind::kExpertSum) {
    stages->push_back(std::make_unique<ExpertSumStage>(context, op));
  } else {
    InputRows rows(context, op, op.per_slot ? op.n_used : 1);
    rows.want(context.weight(op.linear[0].w));
    add_input_stage(rows, stages);
    stages->push_back(std::make_unique<ExpertProjectStage>(context, op, rows));
  }
}

}  // namespace wasmchord::cpu
