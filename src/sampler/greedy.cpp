// greedy: chooses the most probable token, argmax_i l_i; of equal ones, that with the lowest id. No parameters.
#include "src/sampler/params.h"
#include "src/sampler/select.h"

namespace wasmchord {
namespace {

class Greedy final : public Sampler {
 public:
  void apply(Candidates* candidates) override { candidates->selected = static_cast<int64_t>(best_index(*candidates)); }
};

}  // namespace

SamplerResult make_greedy(std::span<const SamplerParam> params) {
  WC_TRY(read_params("greedy", params, {}));
  return SamplerResult(std::make_unique<Greedy>());
}

}  // namespace wasmchord
