#include "src/backend/cpu/input_rows.h"

namespace wasmchord::cpu {

InputRows::InputRows(const StageContext& context, const Op& op, uint32_t slots)
    : id_(op.in), value_(context.value(op.in)), cols_(value_.cols / slots), slots_(slots) {
  if (op.has_norm) norm_ = RowNorm(context, op.norm);
}

void InputRows::want(const Weight& weight) {
  (weight.format->activation == kernels::ActivationKind::kQ8 ? q8_ : f32_) = true;
}

void InputRows::make(const RunState& run, uint32_t row, Scratch& scratch, float* f32, std::byte* q8) const {
  const float* x = run.values[id_] + static_cast<size_t>(row) * cols_;
  if (norm_.there()) {
    float* normed = f32_ ? f32 : scratch.row;
    norm_.apply(*run.k, x, cols_, normed);
    x = normed;
  }
  if (q8_) run.k->quantize_q8(x, cols_, q8);
}

void InputRows::make_shared(const RunState& run, uint32_t row, Scratch& scratch) const {
  make(run, row, scratch, run.shared_f32 + static_cast<size_t>(row) * cols_,
       run.shared_q8 + row * kernels::q8_row_bytes(cols_));
}

void InputRows::bind(const RunState& run, const Scratch& scratch, const Weight& weight, uint32_t first,
                     kernels::MatmulArgs* args) const {
  args->cols = cols_;
  if (weight.format->activation == kernels::ActivationKind::kQ8) {
    const size_t row_bytes = kernels::q8_row_bytes(cols_);
    args->x = shared(run) ? run.shared_q8 + first * row_bytes : scratch.q8;
    args->x_row_bytes = row_bytes;
    return;
  }
  const float* base = run.values[id_];
  if (norm_.there()) base = shared(run) ? run.shared_f32 : scratch.row;
  args->x = base + static_cast<size_t>(first) * cols_;
  args->x_row_bytes = cols_ * sizeof(float);
}

void Projection::compute(const RunState& run, const Scratch& scratch, const InputRows& rows, uint32_t begin,
                         uint32_t end, float* y, size_t stride) const {
  kernels::MatmulArgs args;
  rows.bind(run, scratch, *weight_, 0, &args);
  args.w = weight_->data;
  args.w_row_bytes = weight_->row_bytes;
  args.packed_rows = weight_->packed_rows;
  args.y = y;
  args.y_stride = stride;
  args.y_row = args.row_begin = first_ + begin;
  args.row_end = first_ + end;
  args.n_tokens = rows.n_rows(run);
  weight_->format->matmul(args);
  if (bias_ == nullptr) return;
  const float* bias = bias_ + args.row_begin;
  for (uint32_t t = 0; t < args.n_tokens; ++t) run.k->add(y + t * stride, bias, end - begin, y + t * stride);
}

namespace {

class InputStage final : public Stage {
 public:
  explicit InputStage(const InputRows& rows) : rows_(rows) {}
  uint32_t n_tasks(const RunState& run) const override { return rows_.shared(run) ? rows_.n_rows(run) : 0; }
  void task(const RunState& run, uint32_t index, Scratch& scratch) const override {
    rows_.make_shared(run, index, scratch);
  }

 private:
  InputRows rows_;
};

}  // namespace

void add_input_stage(const InputRows& rows, StageList* stages) {
  if (!rows.direct()) stages->push_back(std::make_unique<InputStage>(rows));
}

}  // namespace wasmchord::cpu
