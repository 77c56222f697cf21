// typical {p, min_keep}: locally typical sampling: with the entropy H = -sum_i p_i ln p_i, keeps the smallest set of
// tokens of the lowest |-ln p_i - H| whose probabilities sum to at least p, and at least min_keep of them; p = 1 keeps
// all. Defaults 1 and 0. The kept tokens end up in the order of that distance.
// Source: Meister, Pimentel, Wiher & Cotterell, "Locally Typical Sampling", TACL 2023.
#include <cmath>

#include "src/sampler/params.h"
#include "src/sampler/portable_math.h"
#include "src/sampler/select.h"

namespace wasmchord {
namespace {

class Typical final : public Sampler {
 public:
  explicit Typical(MassRule rule) : rule_(rule) {}

  // With the log-odds d_i = l_i - max <= 0 and Z = sum_i e^(d_i): ln p_i = d_i - ln Z, hence H = ln Z - sum_i p_i d_i
  // and -ln p_i - H = -d_i + sum_j p_j d_j; no logarithm is needed.
  void apply(Candidates* candidates) override {
    if (rule_.mass >= 1.0) return;
    const std::span<const Candidate> live = candidates->all.first(candidates->size);
    const double max = live[best_index(*candidates)].logit;
    if (max == double{kExcluded}) return;
    compute_probabilities(candidates);
    double mean = 0.0;
    for (const Candidate& c : live) {
      if (c.p > 0.0f) mean += double{c.p} * (double{c.logit} - max);
    }
    keep_mass(candidates, rule_, 0.0, [=](const Candidate& c) { return std::fabs(mean - (double{c.logit} - max)); });
    candidates->sorted = false;
  }

 private:
  MassRule rule_;
};

}  // namespace

SamplerResult make_typical(std::span<const SamplerParam> params) {
  double p = 1, min_keep = 0;
  const ParamSpec specs[] = {{"p", ParamKind::kReal, 0, 1, &p},
                             {"min_keep", ParamKind::kInteger, 0, kMaxCount, &min_keep}};
  WC_TRY(read_params("typical", params, specs));
  return SamplerResult(std::make_unique<Typical>(MassRule{p, static_cast<size_t>(min_keep)}));
}

}  // namespace wasmchord
