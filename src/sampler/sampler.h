// Samplers: from logits to one token, as an ordered chain whose members are known by name (samplers.def).
// One chain belongs to one session and one thread; nothing here allocates after prepare(), errors apart.
#pragma once

#include <cstddef>
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

// What is still in the race. Members narrow [0, size), re-weight logits or choose. Ids are distinct; logits are never
// NaN or +infinity; -infinity means excluded.
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

// The known samplers, in the order of samplers.def.
size_t sampler_count();
std::string_view sampler_name(size_t index);  // empty at and beyond sampler_count()

// Names: greedy, dist (seeded random choice), temperature, top_k, top_p, min_p, typical, penalties (repetition,
// presence, frequency), logit_bias. The order is the caller's. A member that chooses (greedy, dist) ends the chain; a
// chain without one ends in arg-max. Results are the same on every platform: ties go to the lower id, and neither
// libm nor a platform's random generator is used.
class SamplerChain {
 public:
  // kNotFound: no such sampler; kUnknownOption: no such parameter; kInvalidArgument: value out of range. Messages name
  // them. A parameter that is not given has its default; one given twice has its last value.
  Status add(std::string_view name, std::span<const SamplerParam> params);
  void clear();
  // Allocates everything that sample() needs and resets the members; does nothing where that is done for this size.
  // Members added later are prepared at once.
  void prepare(uint32_t vocab_size);

  // One logit per token of the prepared vocabulary (kInvalidState before prepare(), kInvalidArgument for another
  // number). kBadLogits where a logit is NaN or +infinity, or no token is left whose logit is above -infinity. Does
  // not accept() the token.
  Result<int32_t> sample(std::span<const float> logits);
  // Tokens accepted before prepare(), and ids outside the vocabulary, penalise nothing.
  void accept(int32_t token);
  void reset();  // forgets accepted tokens and restarts the random stream from its seed

  size_t size() const { return members_.size(); }
  std::string_view name(size_t index) const;  // the member's; empty at and beyond size()

 private:
  struct Member {
    std::string_view name;
    std::unique_ptr<Sampler> sampler;
  };
  Status fill(std::span<const float> logits);

  std::vector<Member> members_;
  std::vector<Candidate> candidates_;
};

}  // namespace wasmchord
