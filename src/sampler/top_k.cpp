// top_k {k}: keeps the k tokens of the highest logits; k = 0 keeps all. Default 40.
// Source: Fan, Lewis & Dauphin, "Hierarchical Neural Story Generation", ACL 2018.
#include "src/sampler/params.h"
#include "src/sampler/select.h"

namespace wasmchord {
namespace {

class TopK final : public Sampler {
 public:
  explicit TopK(size_t k) : k_(k) {}
  void apply(Candidates* candidates) override {
    if (k_ > 0) keep_best(candidates, k_);
  }

 private:
  size_t k_;
};

}  // namespace

SamplerResult make_top_k(std::span<const SamplerParam> params) {
  double k = 40;
  const ParamSpec specs[] = {{"k", ParamKind::kInteger, 0, kMaxCount, &k}};
  WC_TRY(read_params("top_k", params, specs));
  return SamplerResult(std::make_unique<TopK>(static_cast<size_t>(k)));
}

}  // namespace wasmchord
