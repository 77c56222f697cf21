// The rows that a projection reads, in the form its weights want: normalised where a norm was fused in front, quantised
// once for all weights that read them. A single row is made by every thread for itself (cheaper than a stage of its
// own); several rows are made once and shared.
#pragma once

#include "src/backend/cpu/stage.h"

namespace wasmchord::cpu {

class InputRows {
 public:
  // `slots`: rows of the projection in one row of the value.
  InputRows(const StageContext& context, const Op& op, uint32_t slots);
  void want(const Weight& weight);  // adds the form that this weight reads

  uint32_t n_rows(const RunState& run) const { return run.rows(value_) * slots_; }
  bool shared(const RunState& run) const { return n_rows(run) > 1; }
  // Nothing to make: the weights read the value as it is.
  bool direct() const { return !norm_.there() && !q8_; }

  // A single row, for the calling thread; nothing where rows are shared or read as they are.
  void make_private(const RunState& run, Scratch& scratch) const {
    if (!shared(run) && !direct()) make(run, 0, scratch, scratch.row, scratch.q8);
  }
  void make_shared(const RunState& run, uint32_t row, Scratch& scratch) const;

  // Fills x, x_row_bytes and cols of `args` for rows from `first` on.
  void bind(const RunState& run, const Scratch& scratch, const Weight& weight, uint32_t first,
            kernels::MatmulArgs* args) const;

 private:
  void make(const RunState& run, uint32_t row, Scratch& scratch, float* f32, std::byte* q8) const;

  ValueId id_;
  Value value_;
  uint32_t cols_;  // of one row of the projection
  uint32_t slots_;
  RowNorm norm_;
  bool q8_ = false, f32_ = false;
};

// y = in W^T + b for some rows of W and all rows of the input.
class Projection {
 public:
  Projection() = default;
  Projection(const StageContext& context, const Linear& linear)
      : weight_(&context.weight(linear.w)), bias_(context.vector(linear.bias)), first_(linear.first_row) {}

  // y[t * stride + i] for row first_row + begin + i of W, i < end - begin.
  void compute(const RunState& run, const Scratch& scratch, const InputRows& rows, uint32_t begin, uint32_t end,
               float* y, size_t stride) const;

 private:
  const Weight* weight_ = nullptr;
  const float* bias_ = nullptr;
  uint32_t first_ = 0;
};

// Appends the stage that makes the shared rows.
void add_input_stage(const InputRows& rows, StageList* stages);

}  // namespace wasmchord::cpu
