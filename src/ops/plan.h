// The plan: what a model computes for one run of n tokens, as a flat list of ops on named-by-number values and weights.
// A model emits it once; fuse() merges neighbours; a backend compiles it and replays it with only tokens and position
// changing.
//
// Every value is a float matrix [rows, cols], one row per token of the run (RowSet::kTokens) or one per wanted row of
// logits (RowSet::kOutputs: the last n_outputs tokens).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "src/backend/backend.h"

namespace wasmchord {

using ValueId = uint32_t;
inline constexpr ValueId kNoValue = UINT32_MAX;
inline constexpr WeightId kNoWeight = UINT32_MAX;

enum class RowSet : uint8_t { kTokens, kOutputs };

struct Value {
  uint32_t cols = 0;
  RowSet rows = RowSet::kTokens;
};

// Angles of rotary position embedding (Su et al. 2021, arXiv:2104.09864): pair j at position p turns by p *
// inv_freq[j].
struct RopeTable {
  std::vector<double> inv_freq;       // [n_rot / 2], scaling applied
  std::vector<double> inv_freq_long;  // instead, in a session of more than short_context positions; or empty
  uint32_t short_context = 0;
  float magnitude = 1.0f;   // factor on cos and sin (YaRN)
  bool interleaved = true;  // pairs (i, i+1), else (i, i + n_rot/2)
};

enum class OpKind : uint8_t {
  // what models emit
  kEmbed,        // out[t] = row ids[t] of linear[0].w
  kAddPosition,  // out[t] = in[t] + row position(t) of linear[0].w
  kNorm,         // out = norm(in)
  kProject,      // linear[0]: out = in W^T + b
  kRope,         // out = rope(in), heads.n of them
  kKvWrite,      // in = k, in2 = v  →  cache of attention.layer at the tokens' positions
  kAttention,    // in = q  →  out = softmax(scale q K^T) V over the cache, causal
  kAdd,          // out = in + factor * in2
  kScale,        // out = factor * in
  kSoftcap,      // out = factor * tanh(in / factor)
  kActivate,     // out = activation(in), times in2 where there is one
  kGate,         // out = sigmoid(in) * in2, with one column in `in`
  kRoute,  // in = expert logits  →  out [2 n_used]: chosen experts, then their weights: softmax over all experts,
           // divided by their sum if `renormalise`
  kExpertProject,  // linear[0] with w of shape {cols, rows, n_experts}: out[slot] = W[e] in + b[e] for expert e of slot
                   // (in2 = route)
  kExpertSum,      // out = sum over slots of weight * in[slot] (in2 = route)
  kSelectOutputs,  // out (kOutputs rows) = the last rows of in
  // what fuse() makes of neighbours
  kProjectQkv,    // norm? · q, k, v projections · norms of their heads? · rope(q, k)? · KV write; out = q
  kProjectGated,  // norm? · gate, up projections · activation(gate) * up
  kProjectAdd,    // out = in2 + factor * (in W^T + b)
};

enum class Activation : uint8_t { kNone, kSilu, kGelu, kClampedSwiglu };

struct Linear {
  WeightId w = kNoWeight;     // shape {cols of in, rows}
  WeightId bias = kNoWeight;  // f32, shape {rows}
  uint32_t first_row = 0;     // cols of out rows from here on: where one tensor holds several projections
};

enum class NormKind : uint8_t { kRms, kLayer };

// y = x / rms(x) * weight, or (x - mean(x)) / deviation(x) * weight + bias
struct Norm {
  WeightId weight = kNoWeight;
  float eps = 0.0f;
  NormKind kind = NormKind::kRms;
  WeightId bias = kNoWeight;
  uint32_t width = 0;  // columns that are normalised together, each such part by the same weights; 0: all
};

struct AttentionShape {
  uint32_t layer = 0;
  uint32_t n_heads = 0, n_kv_heads = 0;
  uint32_t head_dim = 0, head_dim_v = 0;
  float scale = 0.0f;
  uint32_t window = 0;         // a token sees itself and the window - 1 before it; 0: all
  float softcap = 0.0f;        // scores become softcap * tanh(score / softcap); 0: stay
  float max_alibi = 0.0f;      // slopes are powers of 2^(-max_alibi / n_heads); 0: no ALiBi
  WeightId sinks = kNoWeight;  // [n_heads]: a score of each head without a value
};

inline constexpr uint32_t kNoRope = UINT32_MAX;  // in place of a table's number

struct Op {
  explicit Op(OpKind k, ValueId a = kNoValue, ValueId b = kNoValue) : kind(k), in(a), in2(b) {}

  OpKind kind;
  ValueId in, in2, out = kNoValue;
  bool has_norm = false;
  Norm norm;                                  // kNorm, and in front of fused projections
  std::array<Norm, 2> qk_norm;                // kProjectQkv: of each head of q and of k, where there is a weight
  bool rope_first = false;                    // kProjectQkv: heads are normalised behind RoPE
  std::array<Linear, 3> linear;               // kProjectQkv: q, k, v; kProjectGated: gate, up
  AttentionShape attention;                   // kAttention, kKvWrite, kProjectQkv
  uint32_t rope_table = 0;                    // kRope, kProjectQkv
  uint32_t n_heads = 0;                       // kRope
  float factor = 1.0f;                        // kAdd, kScale, kSoftcap, kProjectAdd
  float softcap = 0.0f;                       // kProject: on its result, unless 0
  Activation activation = Activation::kNone;  // kActivate, kProjectGated, and kProject: on its result
  bool renormalise = true;                    // kRoute
  uint32_t n_used = 0;                        // kRoute, kExpertProject, kExpertSum: experts per token
  bool per_slot = false;  // kExpertProject: in holds n_used slots side by side, else one row for all of them
};

struct Plan {
  std::vector<Value> values;
  std::vector<Op> ops;
  std::vector<RopeTable> rope_tables;
  ValueId logits = kNoValue;  // [n_outputs, n_vocab]
  uint32_t n_layers = 0;
  uint32_t n_vocab = 0;
  uint32_t max_positions = UINT32_MAX;  // learned positions end there
};

// Appends ops, creating their output values. The model's vocabulary for describing a layer.
class PlanBuilder {
 public:
  ValueId embed(WeightId table, uint32_t n_embd);
  ValueId add_position(ValueId x, WeightId table, uint32_t n_positions);
  ValueId norm(ValueId x, const Norm& norm);
  ValueId project(ValueId x, const Linear& linear, uint32_t n_out);
  ValueId rope(ValueId x, uint32_t table, uint32_t n_heads, uint32_t head_dim);
  void kv_write(ValueId k, ValueId v, const AttentionShape& shape);
  ValueId attention(ValueId q, const AttentionShape& shape);
  ValueId add(ValueId a, ValueId b, float factor = 1.0f);
  ValueId scale(ValueId x, float factor);
  ValueId softcap(ValueId x, float cap);
  // `up`: kNoValue for the activation alone.
  ValueId activate(ValueId x, ValueId up, Activation activation = Activation::kSilu);
  ValueId gate(ValueId logit, ValueId x);
  ValueId route(ValueId expert_logits, uint32_t n_used, bool renormalise = true);
  ValueId expert_project(ValueId x, ValueId route, const Linear& linear, uint32_t n_out, bool per_slot);
  ValueId expert_sum(ValueId x, ValueId route);
  ValueId select_outputs(ValueId x);

  uint32_t add_rope_table(RopeTable table);
  // Ends the plan: `logits` is what a run gives out.
  Plan finish(ValueId logits, uint32_t n_layers);

 private:
  ValueId emit(Op op, uint32_t cols, RowSet rows);
  ValueId emit(Op op, uint32_t cols) { return emit(op, cols, plan_.values[op.in].rows); }
  Plan plan_;
};

// Merges neighbouring ops (norm+QKV+RoPE+KV write, norm+gate+up+activation, projection+residual). The fused plan gives
// the same bits.
Plan fuse(const Plan& plan);

}  // namespace wasmchord
