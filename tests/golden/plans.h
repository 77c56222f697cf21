// Plans as models describe them, on a backend that holds their weights: what the loader keeps to itself.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "src/model/arch.h"
#include "tests/golden/models.h"

namespace wasmchord::test {

struct LoadedPlan {
  std::shared_ptr<Backend> backend;
  ModelConfig config;
  Plan plan;  // not fused
};
// Throws where the file is refused.
LoadedPlan plan_of(const Bytes& file, std::string_view isa = {});

// Logits of every token by `plan`, which may be changed meanwhile, on the backend that `loaded` has.
std::vector<float> run_plan(const LoadedPlan& loaded, const Plan& plan, std::span<const TokenId> ids,
                            const RunSettings& = {});

std::vector<OpKind> kinds(const Plan& plan);

}  // namespace wasmchord::test
