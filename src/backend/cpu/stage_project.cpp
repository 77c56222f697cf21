// Projections: out = in W^T + b, alone, with a residual added, behind an activation or soft cap, or as a gated pair.
#include <algorithm>

#include "src/backend/cpu/input_rows.h"

namespace wasmchord::cpu {
namespace {

// Rows of W in one task: enough tasks to share out at the tail, few enough that claiming them costs nothing. One row is
// projected as fast as memory gives the weights, the faster the longer it reads on in one place.
uint32_t chunk_rows(uint64_t rows, uint32_t n_threads, uint32_t most) {
  const uint64_t wanted = rows / (static_cast<uint64_t>(n_threads) * 8) / 16 * 16;
  return static_cast<uint32_t>(std::clamp<uint64_t>(wanted, 16, most));
}

class ProjectStage final : public Stage {
 public:
  ProjectStage(const StageContext& context, const Op& op, const InputRows& rows)
      : rows_(rows), op_(op), out_(context.value(op.out)) {
    projections_[0] = Projection(context, op.linear[0]);
    if (op.kind == OpKind::kProjectGated) projections_[1] = Projection(context, op.linear[1]);
    chunk_ = chunk_rows(out_.cols, context.n_threads, kMaxChunk);
    chunk_of_one_ = chunk_rows(out_.cols, context.n_threads, kMaxChunkOfOne);
  }

  uint32_t n_tasks(const RunState& run) const override {
    return rows_.n_rows(run) == 0 ? 0 : (out_.cols + chunk(run) - 1) / chunk(run);
  }

  void prepare(const RunState& run, Scratch& scratch) const override { rows_.make_private(run, scratch); }

  void task(const RunState& run, uint32_t index, Scratch& scratch) const override {
    const uint32_t begin = index * chunk(run), end = std::min(begin + chunk(run), out_.cols);
    if (op_.kind == OpKind::kProjectGated) {
      gated(run, begin, end, scratch);
    } else {
      float* y = run.values[op_.out];
      projections_[0].compute(run, scratch, rows_, begin, end, y + begin, out_.cols);
      if (op_.kind == OpKind::kProjectAdd) add_residual(run, begin, end, y);
      if (op_.activation != Activation::kNone || op_.softcap != 0.0f) change(run, begin, end, y);
    }
  }

 private:
  uint32_t chunk(const RunState& run) const { return rows_.n_rows(run) == 1 ? chunk_of_one_ : chunk_; }

  void add_residual(const RunState& run, uint32_t begin, uint32_t end, float* y) const {
    const float* residual = run.values[op_.in2];
    for (uint32_t t = 0; t < rows_.n_rows(run); ++t) {
      const size_t at = static_cast<size_t>(t) * out_.cols + begin;
      if (op_.factor != 1.0f) run.k->scale(y + at, op_.factor, end - begin, y + at);
      run.k->add(residual + at, y + at, end - begin, y + at);
    }
  }

  void change(const RunState& run, uint32_t begin, uint32_t end, float* y) const {
    for (uint32_t t = 0; t < rows_.n_rows(run); ++t) {
      float* row = y + static_cast<size_t>(t) * out_.cols + begin;
      activate(*run.k, op_.activation, row, nullptr, end - begin, row);
      if (op_.softcap != 0.0f) run.k->softcap(row, op_.softcap, end - begin, row);
    }
  }

  void gated(const RunState& run, uint32_t begin, uint32_t end, Scratch& scratch) const {
    for (uint32_t i = 0; i < 2; ++i) {
      projections_[i].compute(run, scratch, rows_, begin, end, scratch.tile[i], chunk(run));
    }
    for (uint32_t t = 0; t < rows_.n_rows(run); ++t) {
      const size_t from = static_cast<size_t>(t) * chunk(run);
      float* out = run.values[op_.out] + static_cast<size_t>(t) * out_.cols + begin;
      activate(*run.k, op_.activation, scratch.tile[0] + from, scratch.tile[1] + from, end - begin, out);
    }
  }

  InputRows rows_;
  Op op_;
  Value out_;
  Projection projections_[2];
  uint32_t chunk_, chunk_of_one_;
};

}  // namespace

void add_project_stages(const StageContext& context, const Op& op, StageList* stages) {
  InputRows rows(context, op, 1);
  rows.want(context.weight(op.linear[0].w));
  if (op.kind == OpKind::kProjectGated) rows.want(context.weight(op.linear[1].w));
  add_input_stage(rows, stages);
  stages->push_back(std::make_unique<ProjectStage>(context, op, rows));
}

}  // namespace wasmchord::cpu
