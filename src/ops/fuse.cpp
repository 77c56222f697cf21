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
      if (!op) op = match_norm_project(i, &used);
      if (!op) op = match_project_add(i, &used);
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
    if (is(*i, OpKind::kNorm) && read_by(op(*i).out, n)) {
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

  std::optional<Op> match_qkv(size_t first, size_t* used) const {
    Op fused{OpKind::kProjectQkv};
    size_t i = first;
    const ValueId x = take_norm(&i, 3, &fused);
    if (!take_projections(i, 3, x, &fused)) return std::nullopt;
    const ValueId q = op(i).out, k = op(i + 1).out, v = op(i + 2).out;
    if (!is(i + 3, OpKind::kRope) || !is(i + 4, OpKind::kRope) || !is(i + 5, OpKind::kKvWrite)) return std::nullopt;
    const Op &rope_q = op(i + 3), &rope_k = op(i + 4), &write = op(i + 5);
    if (rope_q.in != q || rope_k.in != k || rope_q.rope_table != rope_k.rope_table) return std::nullopt;
    if (write.in != rope_k.out || write.in2 != v) return std::nullopt;
    if (!read_by(q, 1) || !read_by(k, 1) || !read_by(rope_k.out, 1) || !read_by(v, 1)) return std::nullopt;
    fused.attention = write.attention;
    fused.rope_table = rope_q.rope_table;
    fused.out = rope_q.out;
    *used = i + 6 - first;
    return fused;
  }

  std::optional<Op> match_gated(size_t first, size_t* used) const {
    Op fused{OpKind::kProjectGated};
    size_t i = first;
    const ValueId x = take_norm(&i, 2, &fused);
    if (!take_projections(i, 2, x, &fused) || !is(i + 2, OpKind::kSiluMul)) return std::nullopt;
    const Op& act = op(i + 2);
    if (act.in != op(i).out || act.in2 != op(i + 1).out) return std::nullopt;
    if (!read_by(act.in, 1) || !read_by(act.in2, 1)) return std::nullopt;
    fused.out = act.out;
    *used = i + 3 - first;
    return fused;
  }

  std::optional<Op> match_norm_project(size_t first, size_t* used) const {
    Op fused{OpKind::kProject};
    size_t i = first;
    const ValueId x = take_norm(&i, 1, &fused);
    if (!fused.has_norm || !take_projections(i, 1, x, &fused)) return std::nullopt;
    fused.out = op(i).out;
    *used = 2;
    return fused;
  }

  std::optional<Op> match_project_add(size_t i, size_t* used) const {
    if (!is(i, OpKind::kProject) || !is(i + 1, OpKind::kAdd) || !read_by(op(i).out, 1)) return std::nullopt;
    const Op& add = op(i + 1);
    if (add.in2 != op(i).out) return std::nullopt;
    Op fused = op(i);
    fused.kind = OpKind::kProjectAdd;
    fused.in2 = add.in;
    fused.out = add.out;
    *used = 2;
    return fused;
  }

  const Plan& plan_;
  std::vector<uint32_t> readers_;
};

}  // namespace

Plan fuse(const Plan& plan) { return Fuser(plan).run(); }

}  // namespace wasmchord
