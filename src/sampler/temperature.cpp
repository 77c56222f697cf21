// temperature {t}: l_i <- l_i / t. t < 1 sharpens the distribution, t > 1 flattens it; in the limit t -> 0 only the
// most probable token is left, which is what t <= 0 means. Default 0.8.
// Source: Ackley, Hinton & Sejnowski, "A learning algorithm for Boltzmann machines", 1985 (the softmax temperature).
#include "src/sampler/params.h"
#include "src/sampler/select.h"

namespace wasmchord {
namespace {

// Float logits near 10 are 1e-6 apart: below this temperature, every token but the best has a probability near 0, and
// quotients would soon overflow.
constexpr double kGreedyBelow = 1e-6;

class Temperature final : public Sampler {
 public:
  explicit Temperature(double t) : t_(t) {}

  void apply(Candidates* candidates) override {
    if (t_ < kGreedyBelow) {
      keep_best(candidates, 1);
      return;
    }
    if (t_ == 1.0) return;
    for (Candidate& c : candidates->all.first(candidates->size)) c.logit = bounded_logit(double{c.logit} / t_);
    candidates->has_probabilities = false;
  }

 private:
  double t_;
};

}  // namespace

SamplerResult make_temperature(std::span<const SamplerParam> params) {
  double t = 0.8;
  const ParamSpec specs[] = {{"t", ParamKind::kReal, -DBL_MAX, DBL_MAX, &t}};
  WC_TRY(read_params("temperature", params, specs));
  return SamplerResult(std::make_unique<Temperature>(t));
}

}  // namespace wasmchord
