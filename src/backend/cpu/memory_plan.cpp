#include "src/backend/cpu/memory_plan.h"

#include <algorithm>

#include "src/base/memory.h"

namespace wasmchord::cpu {
namespace {

struct Life {
  size_t first = SIZE_MAX, last = 0;  // indices of the ops that write it first and read it last
  uint64_t bytes = 0;
  bool overlaps(const Life& other) const { return first <= other.last && other.first <= last; }
};

std::vector<Life> find_lives(const Plan& plan, const std::vector<ValueId>& alias, uint32_t max_tokens) {
  std::vector<Life> lives(plan.values.size());
  for (size_t i = 0; i < plan.ops.size(); ++i) {
    const Op& op = plan.ops[i];
    for (ValueId v : {op.in, op.in2, op.out}) {
      if (v == kNoValue) continue;
      if (alias[v] != kNoValue) v = alias[v];
      lives[v].first = std::min(lives[v].first, i);
      lives[v].last = std::max(lives[v].last, i);
    }
  }
  for (size_t v = 0; v < lives.size(); ++v) {
    const uint64_t bytes = uint64_t{plan.values[v].cols} * max_tokens * sizeof(float);
    lives[v].bytes = (bytes + kBufferAlignment - 1) / kBufferAlignment * kBufferAlignment;
  }
  return lives;
}

}  // namespace

MemoryPlan plan_memory(const Plan& plan, uint32_t max_tokens) {
  MemoryPlan memory;
  memory.offsets.assign(plan.values.size(), 0);
  memory.alias.assign(plan.values.size(), kNoValue);
  for (const Op& op : plan.ops) {
    if (op.kind == OpKind::kSelectOutputs) memory.alias[op.out] = op.in;
  }
  const std::vector<Life> lives = find_lives(plan, memory.alias, max_tokens);
  // First fit in order of first use: the plan is a chain, so few values live at once.
  std::vector<ValueId> placed;
  for (ValueId v = 0; v < lives.size(); ++v) {
    if (lives[v].first == SIZE_MAX || memory.alias[v] != kNoValue || v == plan.logits) continue;
    std::vector<std::pair<uint64_t, uint64_t>> taken;  // [begin, end) of values alive together with v
    for (ValueId other : placed) {
      if (lives[v].overlaps(lives[other])) {
        taken.emplace_back(memory.offsets[other], memory.offsets[other] + lives[other].bytes);
      }
    }
    std::sort(taken.begin(), taken.end());
    uint64_t at = 0;
    for (const auto& [begin, end] : taken) {
      if (at + lives[v].bytes <= begin) break;
      at = std::max(at, end);
    }
    memory.offsets[v] = at;
    memory.bytes = std::max(memory.bytes, at + lives[v].bytes);
    placed.push_back(v);
  }
  return memory;
}

}  // namespace wasmchord::cpu
