// min_p {p, min_keep}: keeps the tokens with p_i >= p * max_j p_j, that is l_i - max_j l_j >= ln p, and at least the
// min_keep best; p = 0 keeps all. Defaults 0.05 and 0.
// Source: Nguyen et al., "Turning Up the Heat: Min-p Sampling for Creative and Coherent LLM Outputs", ICLR 2025.
#include "src/sampler/params.h"
#include "src/sampler/portable_math.h"
#include "src/sampler/select.h"

namespace wasmchord {
namespace {

class MinP final : public Sampler {
 public:
  MinP(double p, size_t min_keep) : log_p_(portable_log(p)), min_keep_(min_keep) {}

  void apply(Candidates* candidates) override {
    const double max = candidates->all[best_index(*candidates)].logit;
    if (log_p_ == double{kExcluded} || max == double{kExcluded}) return;
    const std::span<Candidate> live = candidates->all.first(candidates->size);
    const auto kept = [&](const Candidate& c) { return double{c.logit} - max >= log_p_; };
    const size_t count = static_cast<size_t>(std::count_if(live.begin(), live.end(), kept));
    if (count < min_keep_) {
      keep_best(candidates, min_keep_);
      return;
    }
    size_t end = 0;
    for (const Candidate& c : live) {
      if (kept(c)) live[end++] = c;
    }
    truncate(candidates, end);
  }

 private:
  double log_p_;
  size_t min_keep_;
};

}  // namespace

SamplerResult make_min_p(std::span<const SamplerParam> params) {
  double p = 0.05, min_keep = 0;
  const ParamSpec specs[] = {{"p", ParamKind::kReal, 0, 1, &p},
                             {"min_keep", ParamKind::kInteger, 0, kMaxCount, &min_keep}};
  WC_TRY(read_params("min_p", params, specs));
  return SamplerResult(std::make_unique<MinP>(p, static_cast<size_t>(min_keep)));
}

}  // namespace wasmchord
