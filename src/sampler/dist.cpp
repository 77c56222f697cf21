// dist {seed}: chooses token i with probability p_i = softmax(l)_i, by inversion: with u uniform in [0, 1), the first
// i in the present order with p_0 + ... + p_i > u. Every choice takes one u from the stream of random.h.
// seed: whole, in [0, 2^53]; default 0.
#include "src/sampler/params.h"
#include "src/sampler/random.h"
#include "src/sampler/select.h"

namespace wasmchord {
namespace {

class Dist final : public Sampler {
 public:
  explicit Dist(uint64_t seed) : seed_(seed), random_(seed) {}

  void apply(Candidates* candidates) override {
    compute_probabilities(candidates);
    const std::span<const Candidate> live = candidates->all.first(candidates->size);
    double total = 0.0;  // 1 but for rounding
    for (const Candidate& c : live) total += double{c.p};
    const double target = random_.uniform() * total;
    double sum = 0.0;
    candidates->selected = 0;
    for (size_t i = 0; i < live.size() && sum <= target; ++i) {
      if (live[i].p > 0.0f) candidates->selected = static_cast<int64_t>(i);
      sum += double{live[i].p};
    }
  }

  void reset() override { random_ = Random(seed_); }

 private:
  uint64_t seed_;
  Random random_;
};

}  // namespace

SamplerResult make_dist(std::span<const SamplerParam> params) {
  constexpr double kMaxSeed = 9007199254740992.0;  // up to 2^53 a double holds every whole number
  double seed = 0;
  const ParamSpec specs[] = {{"seed", ParamKind::kInteger, 0, kMaxSeed, &seed}};
  WC_TRY(read_params("dist", params, specs));
  return SamplerResult(std::make_unique<Dist>(static_cast<uint64_t>(seed)));
}

}  // namespace wasmchord
