// From a RoPE configuration to the table of angles per position.
#pragma once

#include <vector>

#include "src/model/config.h"
#include "src/ops/plan.h"

namespace wasmchord {

// `factors`: divisors of each pair's frequency ([n_rot / 2], the tensor rope_freqs of Llama 3), or empty.
RopeTable make_rope_table(const RopeConfig& rope, const std::vector<float>& factors);

}  // namespace wasmchord
