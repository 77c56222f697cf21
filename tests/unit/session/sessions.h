// Sessions on small models.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/session/session.h"
#include "tests/golden/models.h"

namespace wasmchord::test {

std::shared_ptr<const Model> random_model();  // tiny: 320 tokens, 3..258 are bytes
std::shared_ptr<const Model> story_model();   // tales-1m: writes English

// Throw where something fails.
std::unique_ptr<Session> session_of(const std::shared_ptr<const Model>& model, uint32_t n_ctx = 128,
                                    uint32_t n_ubatch = 0);
std::vector<float> logits_of(const Session& session);
std::vector<TokenId> encode(const Model& model, const std::string& text);
// After `ids` alone, in a session of its own.
std::vector<float> fresh_logits(const std::shared_ptr<const Model>& model, const std::vector<TokenId>& ids);

// Steps until something other than kOk.
struct Generated {
  std::vector<TokenId> ids;  // of steps that chose one
  std::vector<std::string> texts;
  std::string text;
  Code code = Code::kOk;
  EndReason reason = EndReason::kNone;
};
Generated run_steps(Session& session, size_t most = SIZE_MAX);
// Prefill, generate, all steps.
Generated continue_text(Session& session, const std::vector<TokenId>& prompt, const GenerateOptions& options);

std::vector<TokenId> joined(std::vector<TokenId> a, const std::vector<TokenId>& b);
std::vector<TokenId> first_of(const std::vector<TokenId>& ids, size_t n);

}  // namespace wasmchord::test
