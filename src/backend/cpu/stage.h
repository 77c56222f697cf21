// What the CPU executor replays: stages one after another, cut into tasks that any thread may take. A task's
// result depends on the task alone, never on the thread or on how the others are shared out; that keeps results
// bit-identical over thread counts.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/cpu/kernel_table.h"
#include "src/backend/cpu/cpu_backend.h"
#include "src/backend/cpu/kv_cache.h"
#include "src/ops/plan.h"

namespace wasmchord::cpu {

// Attention states side by side: m [n], l [n], acc [n, head_dim_v].
struct AttentionPart {
  float* m = nullptr;
  float* l = nullptr;
  float* acc = nullptr;
};

// One run's inputs and where everything lies.
struct RunState {
  const kernels::KernelTable* k = nullptr;
  const int32_t* ids = nullptr;
  uint32_t n_tokens = 0, n_outputs = 0, position = 0;
  uint32_t n_ctx = 0;  // of the session
  KvCache* kv = nullptr;
  std::vector<float*> values;      // by ValueId: [rows, cols]
  std::vector<float*> cos_sin;     // by rope table: [n_tokens, n_rot]
  std::byte* shared_q8 = nullptr;  // quantised rows of the projection under way, where they are shared
  float* shared_f32 = nullptr;     // normalised rows likewise
  AttentionPart split;             // [ranges of the context, n_heads]: one token's states where ranges are tasks apart
  std::atomic<uint32_t>* split_done = nullptr;  // [n_heads]: ranges that are done, by group of heads; 0 between stages

  uint32_t rows(const Value& value) const { return value.rows == RowSet::kTokens ? n_tokens : n_outputs; }
};

// What one thread has for itself. Sizes: see ScratchSizes.
struct Scratch {
  float* row = nullptr;      // [max_cols]
  std::byte* q8 = nullptr;   // [q8_row_bytes(max_cols)]
  float* tile[2] = {};       // [max_tokens, kMaxChunk or the widest head], at least [kMaxChunkOfOne]
  AttentionPart states[2];   // [queries of a task]: all ranges so far, the range under way
  float* kv_tile = nullptr;  // AttentionArgs::scratch
};

inline constexpr uint32_t kAttentionQueries = 64;  // tokens times heads of one attention task, about
inline constexpr uint32_t kMaxChunk = 64;          // rows of a weight matrix in one task
inline constexpr uint32_t kMaxChunkOfOne = 256;    // likewise where there is one row to project

class Stage {
 public:
  virtual ~Stage() = default;
  // 0: the stage is skipped.
  virtual uint32_t n_tasks(const RunState& run) const = 0;
  // Once per thread, before its first task of this stage.
  virtual void prepare(const RunState&, Scratch&) const {}
  virtual void task(const RunState& run, uint32_t index, Scratch& scratch) const = 0;
};

// What stages are built from.
struct StageContext {
  const CpuBackend* backend;
  const Plan* plan;
  uint32_t n_threads;

  const Weight& weight(WeightId id) const { return backend->weight(id); }
  const Value& value(ValueId id) const { return plan->values[id]; }
  // Bytes of an F32 vector (a norm's weight or a bias); null for kNoWeight.
  const float* vector(WeightId id) const {
    return id == kNoWeight ? nullptr : reinterpret_cast<const float*>(backend->weight(id).data);
  }
};

// A norm with its weights at hand; does nothing where there is none.
struct RowNorm {
  NormKind kind = NormKind::kRms;
  const float* weight = nullptr;
  const float* bias = nullptr;
  float eps = 0.0f;

  RowNorm() = default;
  RowNorm(const StageContext& context, const Norm& norm)
      : kind(norm.kind), weight(context.vector(norm.weight)), bias(context.vector(norm.bias)), eps(norm.eps) {}
  bool there() const { return weight != nullptr; }
  // y [n]; may be x.
  void apply(const kernels::KernelTable& k, const float* x, size_t n, float* y) const {
    if (kind == NormKind::kRms) {
      k.rms_norm(x, weight, eps, n, y);
    } else {
      k.layer_norm(x, weight, bias, eps, n, y);
    }
  }
};

// y = activation(x), times `up` unless that is null (which only kGelu may do without); y may be either of them.
void activate(const kernels::KernelTable& k, Activation activation, const float* x, const float* up, size_t n,
              float* y);

using StageList = std::vector<std::unique_ptr<Stage>>;

// Each appends the stages of one op. Defined in the stage_*.cpp named after them.
void add_embed_stage(const StageContext& context, const Op& op, StageList* stages);
void add_position_stage(const StageContext& context, const Op& op, StageList* stages);
void add_norm_stage(const StageContext& context, const Op& op, StageList* stages);
void add_elementwise_stage(const StageContext& context, const Op& op, StageList* stages);  // kAdd … kGate
void add_rope_stage(const StageContext& context, const Op& op, StageList* stages);
void add_kv_write_stage(const StageContext& context, const Op& op, StageList* stages);
void add_attention_stage(const StageContext& context, const Op& op, StageList* stages);
void add_project_stages(const StageContext& context, const Op& op, StageList* stages);  // kProject…
void add_qkv_stages(const StageContext& context, const Op& op, StageList* stages);
void add_expert_stages(const StageContext& context, const Op& op, StageList* stages);  // kRoute, kExpert…

}  // namespace wasmchord::cpu
