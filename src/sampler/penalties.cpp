// penalties {last_n, repeat, frequency, presence}: a token that occurs n > 0 times among the last last_n accepted ones:
//   l <- (l > 0 ? l / repeat : l * repeat) - n * frequency - presence.
// last_n = -1 looks at the whole context, 0 switches the sampler off; repeat = 1, frequency = 0 and presence = 0 do
// nothing. Defaults 64, 1, 0, 0.
// Sources: repeat: Keskar et al., "CTRL: A Conditional Transformer Language Model for Controllable Generation", 2019,
// with the multiplication of negative logits that the Hugging Face transformers library added (dividing would raise
// them); frequency and presence: the OpenAI completions API.
#include <vector>

#include "src/sampler/params.h"
#include "src/sampler/select.h"

namespace wasmchord {
namespace {

struct PenaltySettings {
  int64_t last_n;
  double repeat, frequency, presence;
  bool off() const { return last_n == 0 || (repeat == 1.0 && frequency == 0.0 && presence == 0.0); }
};

class Penalties final : public Sampler {
 public:
  explicit Penalties(const PenaltySettings& settings) : settings_(settings) {}

  void prepare(uint32_t vocab_size) override {
    if (settings_.off()) return;
    counts_.assign(vocab_size, 0);
    place_.assign(vocab_size, 0);
    seen_.assign(vocab_size, 0);
    window_.assign(settings_.last_n > 0 ? static_cast<size_t>(settings_.last_n) : 0, 0);
    reset();
  }

  void reset() override {
    for (size_t i = 0; i < n_seen_; ++i) counts_[static_cast<size_t>(seen_[i])] = 0;
    n_seen_ = 0;
    n_window_ = 0;
    oldest_ = 0;
  }

  void accept(int32_t token) override {
    if (counts_.empty()) return;
    if (!window_.empty()) slide(token);
    if (!known(token)) return;
    const size_t t = static_cast<size_t>(token);
    if (counts_[t]++ > 0) return;
    place_[t] = static_cast<uint32_t>(n_seen_);
    seen_[n_seen_++] = token;
  }

  void apply(Candidates* candidates) override {
    if (n_seen_ == 0) return;
    const std::span<Candidate> live = candidates->all.first(candidates->size);
    bool moved = false;  // some token is not at its own index, so all must be looked at
    for (size_t i = 0; i < n_seen_; ++i) {
      const size_t t = static_cast<size_t>(seen_[i]);
      if (t < live.size() && live[t].id == seen_[i]) {
        penalise(&live[t]);
      } else {
        moved = true;
      }
    }
    for (size_t i = 0; moved && i < live.size(); ++i) {
      const size_t t = static_cast<size_t>(live[i].id);
      if (t != i && counts_[t] > 0) penalise(&live[i]);
    }
    candidates->sorted = false;
    candidates->has_probabilities = false;
  }

 private:
  bool known(int32_t token) const { return token >= 0 && static_cast<size_t>(token) < counts_.size(); }

  // Puts the token into the window and takes out what it displaces.
  void slide(int32_t token) {
    if (n_window_ < window_.size()) {
      window_[n_window_++] = token;
      return;
    }
    const int32_t gone = std::exchange(window_[oldest_], token);
    oldest_ = oldest_ + 1 == window_.size() ? 0 : oldest_ + 1;
    if (!known(gone) || --counts_[static_cast<size_t>(gone)] > 0) return;
    const int32_t last = seen_[--n_seen_];
    const uint32_t hole = place_[static_cast<size_t>(gone)];
    seen_[hole] = last;
    place_[static_cast<size_t>(last)] = hole;
  }

  void penalise(Candidate* c) const {
    const double l = c->logit;
    const double scaled = l > 0 ? l / settings_.repeat : l * settings_.repeat;
    const double n = counts_[static_cast<size_t>(c->id)];
    c->logit = bounded_logit(scaled - n * settings_.frequency - settings_.presence);
  }

  PenaltySettings settings_;
  std::vector<uint32_t> counts_;  // by token: occurrences in the window
  std::vector<int32_t> seen_;     // the tokens with a count, n_seen_ of them
  std::vector<uint32_t> place_;   // by token with a count: its index in seen_
  std::vector<int32_t> window_;   // the last last_n tokens, a ring; empty for the whole context
  size_t n_seen_ = 0, n_window_ = 0, oldest_ = 0;
};

}  // namespace

SamplerResult make_penalties(std::span<const SamplerParam> params) {
  constexpr double kMaxWindow = 16777216;  // tokens; 64 MiB of window
  double last_n = 64, repeat = 1, frequency = 0, presence = 0;
  const ParamSpec specs[] = {{"last_n", ParamKind::kInteger, -1, kMaxWindow, &last_n},
                             {"repeat", ParamKind::kReal, FLT_MIN, FLT_MAX, &repeat},
                             {"frequency", ParamKind::kReal, -FLT_MAX, FLT_MAX, &frequency},
                             {"presence", ParamKind::kReal, -FLT_MAX, FLT_MAX, &presence}};
  WC_TRY(read_params("penalties", params, specs));
  const PenaltySettings settings{static_cast<int64_t>(last_n), repeat, frequency, presence};
  return SamplerResult(std::make_unique<Penalties>(settings));
}

}  // namespace wasmchord
