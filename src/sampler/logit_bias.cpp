// logit_bias {token, bias, token, bias, ...}: l_token <- l_token + bias; -infinity excludes the token. Biases of one
// token add up; tokens outside the vocabulary have no effect. No defaults.
// Origin: the logit_bias of the OpenAI completions API.
#include <algorithm>
#include <vector>

#include "src/sampler/params.h"
#include "src/sampler/select.h"

namespace wasmchord {
namespace {

struct Bias {
  int32_t token;
  double bias;
};

// Before anything has reordered the candidates, a token is at its own index.
Candidate* find(std::span<Candidate> live, int32_t token) {
  const size_t at = static_cast<size_t>(token);
  if (at < live.size() && live[at].id == token) return &live[at];
  const auto found = std::find_if(live.begin(), live.end(), [=](const Candidate& c) { return c.id == token; });
  return found == live.end() ? nullptr : &*found;
}

class LogitBias final : public Sampler {
 public:
  explicit LogitBias(std::vector<Bias> biases) : biases_(std::move(biases)) {}

  void apply(Candidates* candidates) override {
    if (biases_.empty()) return;
    const std::span<Candidate> live = candidates->all.first(candidates->size);
    for (const Bias& b : biases_) {
      Candidate* c = find(live, b.token);
      if (c != nullptr) c->logit = bounded_logit(double{c->logit} + b.bias);
    }
    candidates->sorted = false;
    candidates->has_probabilities = false;
  }

 private:
  std::vector<Bias> biases_;
};

Status bad_order(std::string_view key) {
  return Status(Code::kInvalidArgument,
                "logit_bias: '" + std::string(key) + "': parameters must be pairs, token and then its bias");
}

}  // namespace

SamplerResult make_logit_bias(std::span<const SamplerParam> params) {
  double token = 0, bias = 0;
  const ParamSpec specs[] = {{"token", ParamKind::kInteger, 0, kMaxCount, &token},
                             {"bias", ParamKind::kReal, double{kExcluded}, FLT_MAX, &bias}};
  std::vector<Bias> biases;
  for (size_t i = 0; i < params.size(); ++i) {
    WC_TRY(read_params("logit_bias", params.subspan(i, 1), specs));
    if (params[i].key != specs[i % 2].key) return bad_order(params[i].key);
    if (i % 2 == 1) biases.push_back({static_cast<int32_t>(token), bias});
  }
  if (params.size() % 2 == 1) return bad_order("token");
  return SamplerResult(std::make_unique<LogitBias>(std::move(biases)));
}

}  // namespace wasmchord
