// The rows that a projection reads, in the form its weights want: normalised where a norm was fused in front, quantised
// once for all weights that read them. A single row is made by every thread for itself (cheaper than a barrier);
// several rows are made once and shared.
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
  bool direct() const { return norm_weight_ == nullptr && !q8_; }

  void make_private(const RunState& run, Scratch& scratch) const { make(run, 0, scratch, scratch.row, scratch.q8); }
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
  const float* norm_weight_ = nullptr;
  float eps_ = 0.0f;
  bool q8_ = false, f32_ = false;
};

// Appends the stage that makes the shared rows.
void add_input_stage(const InputRows& rows, StageList* stages);

}  // namespace wasmchord::cpu
