// top_p {p, min_keep}: nucleus sampling: keeps the smallest set of most probable tokens whose probabilities sum to at
// least p, and at least min_keep of them; p = 1 keeps all, p = 0 the best one. Defaults 0.95 and 0.
// Source: Holtzman, Buys, Du, Forbes & Choi, "The Curious Case of Neural Text Degeneration", ICLR 2020.
#include "src/sampler/params.h"
#include "src/sampler/select.h"

namespace wasmchord {
namespace {

class TopP final : public Sampler {
 public:
  explicit TopP(MassRule rule) : rule_(rule) {}

  void apply(Candidates* candidates) override {
    if (rule_.mass >= 1.0) return;
    const double max = candidates->all[best_index(*candidates)].logit;
    if (max == double{kExcluded}) return;
    compute_probabilities(candidates);
    if (candidates->sorted) {
      cut_sorted(candidates);
    } else {
      keep_mass(candidates, rule_, -max, [](const Candidate& c) { return -double{c.logit}; });
      candidates->sorted = true;
    }
  }

 private:
  void cut_sorted(Candidates* candidates) const {
    double sum = 0.0;
    for (size_t i = 0; i < candidates->size; ++i) {
      sum += double{candidates->all[i].p};
      if (rule_.reached(sum, i + 1)) {
        truncate(candidates, i + 1);
        return;
      }
    }
  }

  MassRule rule_;
};

}  // namespace

SamplerResult make_top_p(std::span<const SamplerParam> params) {
  double p = 0.95, min_keep = 0;
  const ParamSpec specs[] = {{"p", ParamKind::kReal, 0, 1, &p},
                             {"min_keep", ParamKind::kInteger, 0, kMaxCount, &min_keep}};
  WC_TRY(read_params("top_p", params, specs));
  return SamplerResult(std::make_unique<TopP>(MassRule{p, static_cast<size_t>(min_keep)}));
}

}  // namespace wasmchord
