// Causal attention over the cache, and the unfused KV write.
//
// Positions are taken in ranges of kAttentionRange, counted from position 0; the states of the ranges are merged in
// order (kernels/README.md, Attention). Many tokens: a task is a block of tokens with the query heads of one K/V head,
// range after range. One token and several threads: a task is one range with some query heads of one K/V head, and
// whoever ends the last range of those heads merges.
#include <algorithm>
#include <limits>

#include "kernels/cpu/exact_math.h"
#include "src/backend/cpu/stage.h"

namespace wasmchord::cpu {
namespace {

using kernels::kAttentionRange;
using kernels::kAttentionTile;

class AttentionStage final : public Stage {
 public:
  AttentionStage(const StageContext& context, const Op& op)
      : op_(op),
        shape_(op.attention),
        n_threads_(context.n_threads),
        group_(shape_.n_heads / shape_.n_kv_heads),
        block_(std::max(kAttentionQueries / group_, 1u)),
        sinks_(context.vector(shape_.sinks)) {
    if (shape_.max_alibi != 0.0f) make_slopes();
  }

  uint32_t n_tasks(const RunState& run) const override {
    const Cut cut = cut_of(run);
    return cut.n_blocks * cut.n_ranges * (shape_.n_heads / cut.n_heads);
  }

  void task(const RunState& run, uint32_t index, Scratch& scratch) const override {
    const Cut cut = cut_of(run);
    const uint32_t n_parts = shape_.n_heads / cut.n_heads;
    const uint32_t part = index % n_parts;
    if (cut.n_ranges > 1) return split(run, cut, part, index / n_parts, scratch);
    // The last tokens see the most: first, so that the short tasks even out the threads.
    const uint32_t token = (cut.n_blocks - 1 - index / n_parts) * block_;
    attend(run, token, std::min(block_, run.n_tokens - token), part * cut.n_heads, cut.n_heads, scratch);
  }

 private:
  // Press et al. 2021, section 3: powers of 2^(-max / n) for n heads, n a power of two; of more heads than that the
  // others take every other power of 2^(-max / 2n).
  void make_slopes() {
    uint32_t n = 1;
    while (2 * n <= shape_.n_heads) n *= 2;
    for (uint32_t h = 0; h < shape_.n_heads; ++h) {
      const double steps = h < n ? h + 1 : (2 * (h - n) + 1) / 2.0;
      slopes_.push_back(static_cast<float>(kernels::pow_exact(2.0, -double{shape_.max_alibi} * steps / n)));
    }
  }

  // How a run is cut into tasks: query heads of each, blocks of tokens, ranges of positions that are tasks apart.
  struct Cut {
    uint32_t n_heads, n_blocks, n_ranges;
  };
  Cut cut_of(const RunState& run) const {
    Cut cut{group_, (run.n_tokens + block_ - 1) / block_, 1};
    if (run.n_tokens == 1 && n_threads_ > 1) {
      cut.n_ranges = run.position / kAttentionRange - first_seen(run.position) / kAttentionRange + 1;
    }
    // Fewer heads, so that K and V are read more than once, only where threads would be idle otherwise.
    const auto tasks = [&] { return uint64_t{cut.n_blocks} * cut.n_ranges * (shape_.n_heads / cut.n_heads); };
    while (cut.n_heads > 1 && (group_ % cut.n_heads != 0 || tasks() < n_threads_)) --cut.n_heads;
    return cut;
  }

  uint32_t first_seen(uint32_t position) const {
    return shape_.window == 0 || shape_.window > position ? 0 : position + 1 - shape_.window;
  }

  size_t row(uint32_t token, uint32_t head) const { return size_t{token} * shape_.n_heads + head; }

  void clear(const AttentionPart& part, size_t n) const {
    std::fill_n(part.m, n, -std::numeric_limits<float>::infinity());
    std::fill_n(part.l, n, 0.0f);
    std::fill_n(part.acc, n * shape_.head_dim_v, 0.0f);
  }

  // State i of a part.
  kernels::AttentionState state(const AttentionPart& part, size_t i) const {
    return {part.m + i, part.l + i, part.acc + i * shape_.head_dim_v};
  }

  // Fills `part`, [n_tokens, n_heads], from what the tokens see of a range.
  void range(const RunState& run, kernels::AttentionArgs& args, uint32_t head, uint32_t range_index,
             const AttentionPart& part) const {
    clear(part, size_t{args.n_tokens} * args.n_heads);
    const uint32_t seen = first_seen(args.position) / kAttentionTile * kAttentionTile;
    args.begin = std::max(range_index * kAttentionRange, seen);
    args.end = std::min((range_index + 1) * kAttentionRange, args.position + args.n_tokens);
    args.k = run.kv->k(shape_.layer, head / group_, args.begin);
    args.v = run.kv->v(shape_.layer, head / group_, args.begin);
    args.m = part.m;
    args.l = part.l;
    args.acc = part.acc;
    run.k->attention[static_cast<uint32_t>(run.kv->type())](args);
  }

  kernels::AttentionArgs args_of(const RunState& run, uint32_t token, uint32_t head, const Scratch& scratch) const {
    kernels::AttentionArgs args;
    args.q = run.values[op_.in] + row(token, head) * shape_.head_dim;
    args.q_stride = size_t{shape_.n_heads} * shape_.head_dim;
    args.position = run.position + token;
    args.window = shape_.window;
    args.head_dim = shape_.head_dim;
    args.head_dim_v = shape_.head_dim_v;
    args.scale = shape_.scale;
    args.softcap = shape_.softcap;
    if (!slopes_.empty()) args.slopes = slopes_.data() + head;
    args.scratch = scratch.kv_tile;
    return args;
  }

  // Tokens [token, token + n_tokens) with n_heads query heads from `head` on, all they see.
  void attend(const RunState& run, uint32_t token, uint32_t n_tokens, uint32_t head, uint32_t n_heads,
              Scratch& scratch) const {
    kernels::AttentionArgs args = args_of(run, token, head, scratch);
    args.n_tokens = n_tokens;
    args.n_heads = n_heads;
    const uint32_t first = first_seen(args.position) / kAttentionRange;
    const uint32_t last = (args.position + n_tokens - 1) / kAttentionRange;
    range(run, args, head, first, scratch.states[0]);
    for (uint32_t r = first + 1; r <= last; ++r) {
      range(run, args, head, r, scratch.states[1]);
      merge(run, args, r, scratch);
    }
    for (uint32_t t = 0; t < n_tokens; ++t) {
      for (uint32_t h = 0; h < n_heads; ++h) finish(run, token + t, head + h, scratch.states[0], t * n_heads + h);
    }
  }

  // The states of range r into those of the ranges before it; a token's first range starts them.
  void merge(const RunState& run, const kernels::AttentionArgs& args, uint32_t r, const Scratch& scratch) const {
    const AttentionPart &into = scratch.states[0], &from = scratch.states[1];
    for (uint32_t t = 0; t < args.n_tokens; ++t) {
      const uint32_t position = args.position + t;
      if (position / kAttentionRange < r || first_seen(position) / kAttentionRange > r) continue;
      const bool starts = first_seen(position) / kAttentionRange == r;
      for (uint32_t i = t * args.n_heads; i < (t + 1) * args.n_heads; ++i) {
        if (starts) {
          into.m[i] = from.m[i];
          into.l[i] = from.l[i];
          std::copy_n(from.acc + size_t{i} * shape_.head_dim_v, shape_.head_dim_v,
                      into.acc + size_t{i} * shape_.head_dim_v);
        } else {
          run.k->attention_merge(state(from, i), state(into, i), shape_.head_dim_v);
        }
      }
    }
  }

  void finish(const RunState& run, uint32_t token, uint32_t head, const AttentionPart& part, size_t i) const {
    float* out = run.values[op_.out] + row(token, head) * shape_.head_dim_v;
    if (sinks_ != nullptr) run.k->attention_sink(sinks_[head], state(part, i), shape_.head_dim_v);
    run.k->attention_finish(state(part, i), shape_.head_dim_v, out);
  }

  // Range r of those that the one token sees, with the heads of part `part`; the last of the part to end merges.
  void split(const RunState& run, const Cut& cut, uint32_t part, uint32_t r, Scratch& scratch) const {
    const uint32_t head = part * cut.n_heads;
    kernels::AttentionArgs args = args_of(run, 0, head, scratch);
    args.n_tokens = 1;
    args.n_heads = cut.n_heads;
    const auto states_of = [&](uint32_t index) {
      const size_t at = size_t{index} * shape_.n_heads + head;
      return AttentionPart{run.split.m + at, run.split.l + at, run.split.acc + at * shape_.head_dim_v};
    };
    range(run, args, head, first_seen(run.position) / kAttentionRange + r, states_of(r));
    // The release of every part and the acquire of the last make all states visible to it.
    if (run.split_done[part].fetch_add(1, std::memory_order_acq_rel) + 1 != cut.n_ranges) return;
    run.split_done[part].store(0, std::memory_order_relaxed);
    const AttentionPart into = states_of(0);
    for (uint32_t i = 1; i < cut.n_ranges; ++i) {
      const AttentionPart from = states_of(i);
      for (uint32_t h = 0; h < cut.n_heads; ++h) {
        run.k->attention_merge(state(from, h), state(into, h), shape_.head_dim_v);
      }
    }
    for (uint32_t h = 0; h < cut.n_heads; ++h) finish(run, 0, head + h, into, h);
  }

  Op op_;
  AttentionShape shape_;
  uint32_t n_threads_;
  uint32_t group_;             // query heads of one K/V head
  uint32_t block_;             // tokens of a task
  const float* sinks_;         // [n_heads], or null
  std::vector<float> slopes_;  // [n_heads], or empty
};

class KvWriteStage final : public Stage {
 public:
  explicit KvWriteStage(const Op& op) : op_(op), shape_(op.attention) {}

  uint32_t n_tasks(const RunState& run) const override { return run.n_tokens; }

  void task(const RunState& run, uint32_t token, Scratch&) const override {
    const uint32_t position = run.position + token;
    for (uint32_t head = 0; head < shape_.n_kv_heads; ++head) {
      const size_t at = static_cast<size_t>(token) * shape_.n_kv_heads + head;
      run.kv->store_k(*run.k, shape_.layer, head, position, run.values[op_.in] + at * shape_.head_dim);
      run.kv->store_v(*run.k, shape_.layer, head, position, run.values[op_.in2] + at * shape_.head_dim_v);
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
