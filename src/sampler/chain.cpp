#include <string>

#include "src/sampler/params.h"
#include "src/sampler/sampler.h"
#include "src/sampler/select.h"

namespace wasmchord {
namespace {

struct Entry {
  std::string_view name;
  SamplerResult (*make)(std::span<const SamplerParam> params);
};

constexpr Entry kEntries[] = {
#define WC_SAMPLER(name, stem) {#name, make_##stem},
#include "src/sampler/samplers.def"
#undef WC_SAMPLER
};

}  // namespace

size_t sampler_count() { return std::size(kEntries); }

std::string_view sampler_name(size_t index) {
  return index < std::size(kEntries) ? kEntries[index].name : std::string_view();
}

Status SamplerChain::add(std::string_view name, std::span<const SamplerParam> params) {
  for (const Entry& entry : kEntries) {
    if (entry.name != name) continue;
    WC_ASSIGN(std::unique_ptr<Sampler> sampler, entry.make(params));
    if (!candidates_.empty()) sampler->prepare(static_cast<uint32_t>(candidates_.size()));
    members_.push_back({entry.name, std::move(sampler)});
    return Status::ok();
  }
  return Status(Code::kNotFound, "no sampler is called '" + std::string(name) + "'");
}

void SamplerChain::clear() { members_.clear(); }

void SamplerChain::prepare(uint32_t vocab_size) {
  if (candidates_.size() == vocab_size) return;
  candidates_.resize(vocab_size);
  for (Member& member : members_) member.sampler->prepare(vocab_size);
  reset();
}

// One pass: copies the logits and looks for what no sampler can handle.
Status SamplerChain::fill(std::span<const float> logits) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  if (candidates_.empty()) return Status(Code::kInvalidState, "the sampler chain has not been prepared");
  if (logits.size() != candidates_.size()) {
    return Status(Code::kInvalidArgument, "the sampler chain is prepared for " + std::to_string(candidates_.size()) +
                                              " logits, not " + std::to_string(logits.size()));
  }
  bool bad = false;
  Candidate* c = candidates_.data();
  for (size_t i = 0; i < logits.size(); ++i) {
    c[i] = {static_cast<int32_t>(i), logits[i], 0.0f};
    bad |= !(logits[i] < kInfinity);
  }
  if (!bad) return Status::ok();
  size_t at = 0;
  while (logits[at] < kInfinity) ++at;
  return Status(Code::kBadLogits, "the logit of token " + std::to_string(at) + " is not a number or infinite");
}

Result<int32_t> SamplerChain::sample(std::span<const float> logits) {
  WC_TRY(fill(logits));
  Candidates candidates;
  candidates.all = candidates_;
  candidates.size = candidates_.size();
  for (Member& member : members_) {
    member.sampler->apply(&candidates);
    if (candidates.selected >= 0) break;
  }
  if (candidates.selected < 0) candidates.selected = static_cast<int64_t>(best_index(candidates));
  const Candidate& chosen = candidates.all[static_cast<size_t>(candidates.selected)];
  if (chosen.logit == kExcluded) return Status(Code::kBadLogits, "every token is excluded: all logits are -infinity");
  return chosen.id;
}

void SamplerChain::accept(int32_t token) {
  for (Member& member : members_) member.sampler->accept(token);
}

void SamplerChain::reset() {
  for (Member& member : members_) member.sampler->reset();
}

std::string_view SamplerChain::name(size_t index) const {
  return index < members_.size() ? members_[index].name : std::string_view();
}

}  // namespace wasmchord
