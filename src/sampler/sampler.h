// Samplers: from logits to one token, as an ordered chain whose members are known by name (samplers.def).
// One chain belongs to one session and one thread; nothing here allocates after prepare().
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"

namespace wasmchord {

struct Candidate {
  int32_t id;
  float logit;
  float p;  // probability; valid only while Candidates::has_probabilities
};

// What is still in the race. Members narrow [0, size), re-weight logits or choose.
struct Candidates {
  std::span<Candidate> all;  // capacity: the vocabulary
  size_t size = 0;
  bool sorted = false;             // by logit, descending, ties by lower id first
  bool has_probabilities = false;  // p is the softmax of logit over [0, size)
  int64_t selected = -1;           // index into all, once a member has chosen
};

struct SamplerParam {
  std::string_view key;
  double value;
};

class Sampler {
 public:
  virtual ~Sampler() = default;
  virtual void apply(Candidates* candidates) = 0;
  virtual void accept(int32_t /*token*/) {}  // a token entered the text (prompt tokens included)
  virtual void reset() {}
  virtual void prepare(uint32_t /*vocab_size*/) {}
};

// Names: greedy, dist (seeded random choice), temperature, top_k, top_p, min_p, typical, penalties (repetition,
// presence, frequency), logit_bias. The order is the caller's. A chain without a choosing member ends in arg-max.
class SamplerChain {
 public:
  // kNotFound: no such sampler; kUnknownOption: no such parameter; kInvalidArgument: value out of range. Messages name
  // them.
  Status add(std::string_view name, std::span<const SamplerParam> params);
  void clear();
  void prepare(uint32_t vocab_size);  // allocates everything that sample() needs

  // kBadLogits where a logit is NaN or +infinity, or every one is -infinity. Does not accept() the token.
  Result<int32_t> sample(std::span<const float> logits);
  void accept(int32_t token);
  void reset();  // forgets accepted tokens and restarts the random stream from its seed

 private:
  std::vector<std::unique_ptr<Sampler>> samplers_;
  std::vector<Candidate> candidates_;
};

}  // namespace wasmchord
