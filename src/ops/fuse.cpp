#include <optional>

#include "src/ops/plan.h"

namespace wasmchord {
namespace {

// Matches patterns that start at an op and spans consecutive ops; a value that disappears must have no other reader.
class Fuser {
 public:
  explicit Fuser(const Plan& plan) : plan_(plan), readers_(plan.values.size(), 0) {
    for (const Op& op : plan.ops) {
      for (ValueId v : {op.in, op.in2}) {
        if (v != kNoValue) ++readers_[v];
      }
    }
    if (plan.logits != kNoValue) ++readers_[plan.logits];  // whoever runs the plan
  }

  Plan run() {
    Plan fused = plan_;
    fused.ops.clear();
    size_t i = 0;
    while (i < plan_.ops.size()) {
      size_t used = 0;
      std::optional<Op> op;
      if (!op) op = match_qkv(i, &used);
      if (!op) op = match_gated(i, &used);
      if (!op) op = match_project(i, &used);
      fused.ops.push_back(op ? *op : plan_.ops[i]);
      i += op ? used : 1;
    }
    return fused;
  }

 private:
  bool is(size_t i, OpKind kind) const { return i < plan_.ops.size() && plan_.ops[i].kind == kind; }
  const Op& op(size_t i) const { return plan_.ops[i]; }
  bool read_by(ValueId v, uint32_t n) const { return readers_[v] == n; }

  // An optional norm at *i whose `n` readers are the projections behind it; moves *i past it. Gives what the
  // projections read.
  ValueId take_norm(size_t* i, uint32_t n, Op* fused) const {
    if (is(*i, OpKind::kNorm) && op(*i).norm.width == 0 && read_by(op(*i).out, n)) {
      fused->has_norm = true;
      fused->norm = op(*i).norm;
      fused->in = op(*i).in;
      return op((*i)++).out;
    }
    fused->in = is(*i, OpKind::kProject) ? op(*i).in : kNoValue;
    return fused->in;
  }

  // `n` projections of x from op i on, into fused->linear.
  bool take_projections(size_t i, uint32_t n, ValueId x, Op* fused) const {
    for (uint32_t p = 0; p < n; ++p) {
      if (!is(i + p, OpKind::kProject) || op(i + p).in != x) return false;
      fused->linear[p] = op(i + p).linear[0];
    }
    return true;
  }

  // A pair of ops of one kind through which q and k go next; moves *i and both values behind it. `q` before that must
  // have no other reader.
  bool take_pair(OpKind kind, size_t* i, ValueId* q, ValueId* k) const {
    if (!is(*i, kind) || !is(*i + 1, kind) || op(*i).in != *q || op(*i + 1).in != *k) return false;
    if (!read_by(*q, 1) || !read_by(*k, 1)) return false;
    *q = op((*i)++).out;
    *k = op((*i)++).out;
    return true;
  }
  bool take_head_norms(size_t* i, ValueId* q, ValueId* k, Op* fused) const {
    const size_t first = *i;
    if (!take_pair(OpKind::kNorm, i, q, k)) return false;
    fused->qk_norm = {op(first).norm, op(first + 1).norm};
    return true;
  }
  bool take_rope(size_t* i, ValueId* q, ValueId* k, Op* fused) const {
    const size_t first = *i;
    if (!is(first, OpKind::kRope) || !is(first + 1, OpKind::kRope)) return false;
    if (op(first).rope_table != op(first + 1).rope_table || !take_pair(OpKind::kRope, i, q, k)) return false;
    fused->rope_table = op(first).rope_table;
    return true;
  }

  std::optional<Op> match_qkv(size_t first, size_t* used) const {
    Op fused{OpKind::kProjectQkv};
    size_t i = first;
    const ValueId x = take_norm(&i, 3, &fused);
    if (!take_projections(i, 3, x, &fused)) return std::nullopt;
    ValueId q = op(i).out, k = op(i + 1).out;
    const ValueId v = op(i + 2).out;
    i += 3;
    fused.rope_table = kNoRope;
    const bool normed = take_head_norms(&i, &q, &k, &fused);
    const bool turned = take_rope(&i, &q, &k, &fused);
    fused.rope_first = turned && !normed && take_head_norms(&i, &q, &k, &fused);
    if (!is(i, OpKind::kKvWrite) || op(i).in != k || op(i).in2 != v || !read_by(k, 1) || !read_by(v, 1)) {
      return std::nullopt;
    }
    fused.attention = op(i).attention;
    // Heads are computed one by one: what needs all of them at once stays an op of its own.
    for (const Norm& norm : fused.qk_norm) {
      if (norm.weight != kNoWeight && norm.width != fused.attention.head_dim) return std::nullopt;
    }
    fused.out = q;
    *used = i + 1 - first;
    return fused;
  }

  std::optional<Op> match_gated(size_t first, size_t* used) const {
    Op fused{OpKind::kProjectGated};
    size_t i = first;
    const ValueId x = take_norm(&i, 2, &fused);
    if (!take_projections(i, 2, x, &fused) || !is(i + 2, OpKind::kActivate)) return std::nullopt;
    const Op& act = op(i + 2);
    if (act.in != op(i).out || act.in2 != op(i + 1).out) return std::nullopt;
    if (!read_by(act.in, 1) || !read_by(act.in2, 1)) return std::nullopt;
    fused.activation = act.activation;
    fused.out = act.out;
    *used = i + 3 - first;
    return fused;
  }

  // norm? · projection · what is done to its result?
  std::optional<Op> match_project(size_t first, size_t* used) const {
    Op fused{OpKind::kProject};
    size_t i = first;
    const ValueId x = take_norm(&i, 1, &fused);
    if (!take_projections(i, 1, x, &fused)) return std::nullopt;
    if (!fused.has_norm) fused = op(i);
    const ValueId y = op(i++).out;
    fused.out = y;
    const bool plain = fused.activation == Activation::kNone && fused.softcap == 0.0f;
    if (plain && i < plan_.ops.size() && read_by(y, 1) && take_result(op(i), y, &fused)) ++i;
    *used = i - first;
    return fused;
  }

  bool take_result(const Op& next, ValueId y, Op* fused) const {
    if (next.kind == OpKind::kAdd && next.in2 == y) {
      fused->kind = OpKind::kProjectAdd;
      fused->in2 = next.in;
      fused->factor = next.factor;
    } else if (next.kind == OpKind::kActivate && next.in == y && next.in2 == kNoValue) {
      fused->activation = next.activation;
    } else if (next.kind == OpKind::kSoftcap && next.in == y) {
      fused->softcap = next.factor;
    } else {
      return false;
    }
    fused->out = next.out;
    return true;
  }

  const Plan& plan_;
  std::vector<uint32_t> readers_;
};

}  // namespace

Plan fuse(const Plan& plan) { return Fuser(plan).run(); }

}  // namespace wasmchord
