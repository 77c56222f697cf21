// A context being filled and continued: prefill, step by step generation, stop rules, cancellation.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/model/model.h"
#include "src/sampler/sampler.h"
#include "src/tokenizer/tokenizer.h"

namespace wasmchord {

struct SessionOptions {
  uint32_t n_ctx = 0;     // 0: the model's, at most 4096
  uint32_t n_batch = 0;   // most tokens computed at once; 0: 512
  uint32_t n_ubatch = 0;  // tokens computed at once; 0: as many as keep the activations small, at most n_batch
  KvType kv_type = KvType::kF16;
  uint32_t n_threads = 1;
};

struct GenerateOptions {
  uint32_t max_tokens = 0;  // 0: until the context is full
  bool ignore_end = false;
  bool emit_special = false;
  SamplerChain* sampler = nullptr;  // null: arg-max. Must outlive the generation.
  std::vector<std::string> stop;
};

// Numbers of wc_end_reason.
enum class EndReason : uint32_t { kNone = 0, kToken = 1, kStop = 2, kLength = 3 };

struct Step {
  TokenId token = kNoToken;
  std::string_view text;  // valid UTF-8; valid until the next call on the session
  EndReason end_reason = EndReason::kNone;
};

struct SessionInfo {
  uint32_t n_ctx = 0, position = 0, n_threads = 0;
  uint64_t kv_bytes = 0, activation_bytes = 0;
  uint64_t prefill_tokens = 0, decode_tokens = 0;
  double prefill_seconds = 0, decode_seconds = 0;
};

// One thread at a time, but for cancel().
class Session {
 public:
  // kInvalidState for a vocabulary-only model, kInvalidArgument out of range, kMemoryLimit, kOutOfMemory.
  static Result<std::unique_ptr<Session>> create(std::shared_ptr<const Model> model, const SessionOptions& options);
  ~Session();

  // See wc_session_prefill, wc_session_eval. `logits`: [ids.size() - first, n_vocab].
  Status prefill(std::span<const TokenId> ids);
  Result<size_t> prefill_reuse(std::span<const TokenId> ids);  // how many were there already
  Status eval(std::span<const TokenId> ids, size_t first, float* logits);
  Result<std::span<const float>> logits() const;  // kInvalidState before any token

  Status generate(const GenerateOptions& options);
  // kOk: go on; kEnd: ended (step->end_reason); kContextFull; other failures. *step is filled for the first three.
  Status step(Step* step);

  void cancel();  // from any thread
  Status reset();
  Status truncate(uint32_t n);
  SessionInfo info() const;

 private:
  struct Impl;
  explicit Session(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace wasmchord
