// Where the values of a plan lie in one block of memory: values whose lives do not overlap share it.
#pragma once

#include <cstdint>
#include <vector>

#include "src/ops/plan.h"

namespace wasmchord::cpu {

struct MemoryPlan {
  std::vector<uint64_t> offsets;  // by ValueId, bytes; values without memory of their own (see alias, logits) have 0
  std::vector<ValueId> alias;     // by ValueId: the value whose last rows this one is (kSelectOutputs), else kNoValue
  uint64_t bytes = 0;
};

// For runs of at most max_tokens rows. The plan's logits have no place: they go to the caller's memory.
MemoryPlan plan_memory(const Plan& plan, uint32_t max_tokens);

}  // namespace wasmchord::cpu
