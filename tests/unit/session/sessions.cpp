#include "tests/unit/session/sessions.h"

#include <stdexcept>

namespace wasmchord::test {
namespace {

void must(const Status& status) {
  if (!status) throw std::runtime_error(status.message());
}

}  // namespace

std::shared_ptr<const Model> random_model() {
  static const std::shared_ptr<const Model> model = load(tiny("mqa").build());
  return model;
}

std::shared_ptr<const Model> story_model() {
  static const std::shared_ptr<const Model> model = load(read_bytes(data_path("models/tales-1m-q8_0.gguf")));
  return model;
}

std::unique_ptr<Session> session_of(const std::shared_ptr<const Model>& model, uint32_t n_ctx, uint32_t n_ubatch) {
  SessionOptions options;
  options.n_ctx = n_ctx;
  options.n_ubatch = n_ubatch;
  auto session = Session::create(model, options);
  must(session.status());
  return *std::move(session);
}

std::vector<float> logits_of(const Session& session) {
  const auto logits = session.logits();
  must(logits.status());
  return {logits->begin(), logits->end()};
}

std::vector<TokenId> encode(const Model& model, const std::string& text) {
  std::vector<TokenId> ids;
  must(model.tokenizer().encode(text, {true, true}, &ids));
  return ids;
}

std::vector<float> fresh_logits(const std::shared_ptr<const Model>& model, const std::vector<TokenId>& ids) {
  const auto session = session_of(model);
  must(session->prefill(ids));
  return logits_of(*session);
}

Generated run_steps(Session& session, size_t most) {
  Generated out;
  while (out.code == Code::kOk && out.texts.size() < most) {
    Step step;
    out.code = session.step(&step).code();
    if (step.token != kNoToken) out.ids.push_back(step.token);
    out.texts.emplace_back(step.text);
    out.text += step.text;
    out.reason = step.end_reason;
  }
  return out;
}

Generated continue_text(Session& session, const std::vector<TokenId>& prompt, const GenerateOptions& options) {
  must(session.prefill(prompt));
  must(session.generate(options));
  return run_steps(session);
}

std::vector<TokenId> joined(std::vector<TokenId> a, const std::vector<TokenId>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::vector<TokenId> first_of(const std::vector<TokenId>& ids, size_t n) {
  return {ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(n)};
}

}  // namespace wasmchord::test
