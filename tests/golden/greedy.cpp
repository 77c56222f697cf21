#include "tests/golden/greedy.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "src/session/session.h"

namespace wasmchord::test {
namespace {

// How much likelier the reference holds its own choice than `id`.
double behind(const TopRow& step, TokenId id) {
  for (const auto& [other, log_p] : step.top) {
    if (other == id) return step.top.front().second - log_p;
  }
  return 1e9;
}

// Choices that differ from those of one reference.
int differing(Session& session, const Greedy& reference, double near_tie) {
  int n = 0;
  EXPECT_TRUE(session.prefill(reference.prompt_ids).is_ok());
  for (size_t i = 0; i < reference.steps.size(); ++i) {
    const auto logits = *session.logits();
    const auto ours = static_cast<TokenId>(std::max_element(logits.begin(), logits.end()) - logits.begin());
    EXPECT_LE(behind(reference.steps[i], ours), near_tie) << ours << " for " << reference.ids[i] << " at step " << i;
    n += ours == reference.ids[i] ? 0 : 1;
    EXPECT_TRUE(session.prefill(std::span(reference.ids).subspan(i, 1)).is_ok());
  }
  return n;
}

}  // namespace

void expect_greedy_steps(const std::shared_ptr<const Model>& model, const std::vector<Greedy>& references,
                         double near_tie) {
  size_t n_steps = 0;
  int n_differing = 0;
  for (const Greedy& reference : references) {
    auto session = Session::create(model, {});
    ASSERT_TRUE(session.is_ok()) << session.status().message();
    ASSERT_EQ(reference.steps.size(), reference.ids.size());
    n_steps += reference.steps.size();
    n_differing += differing(**session, reference, near_tie);
  }
  testing::Test::RecordProperty("steps", std::to_string(n_steps));
  testing::Test::RecordProperty("differing", std::to_string(n_differing));
  EXPECT_LE(n_differing, static_cast<int>(n_steps / 100));
}

void expect_greedy(const std::shared_ptr<const Model>& model, const std::vector<Greedy>& references) {
  ASSERT_FALSE(references.empty());
  for (const Greedy& reference : references) {
    auto session = Session::create(model, {});
    ASSERT_TRUE(session.is_ok()) << session.status().message();
    ASSERT_TRUE((*session)->prefill(reference.prompt_ids).is_ok());
    GenerateOptions options;
    options.ignore_end = true;
    options.max_tokens = static_cast<uint32_t>(reference.ids.size());
    ASSERT_TRUE((*session)->generate(options).is_ok());
    std::vector<TokenId> ids;
    Code code = Code::kOk;
    while (code == Code::kOk) {
      Step step;
      code = (*session)->step(&step).code();
      ids.push_back(step.token);
    }
    EXPECT_EQ(code, Code::kEnd);
    EXPECT_EQ(ids, reference.ids) << "after " << testing::PrintToString(reference.prompt_ids);
  }
}

Agreement teacher_forced(const Model& model, const std::vector<TopRow>& reference) {
  RunSettings settings;
  settings.kv_type = KvType::kF16;
  settings.ubatch = 64;
  const std::vector<float> logits = all_logits(model, ids_of(reference), settings);
  const Agreement agreement = compare(reference, log_probs(logits, model.config().n_vocab));
  testing::Test::RecordProperty("top1", std::to_string(agreement.top1));
  testing::Test::RecordProperty("mean_kl", std::to_string(agreement.mean_kl));
  testing::Test::RecordProperty("worst", std::to_string(agreement.worst));
  return agreement;
}

void expect_agreement(const Agreement& agreement) {
  EXPECT_GE(agreement.top1, 0.98);
  EXPECT_LE(agreement.mean_kl, 0.01);
}

}  // namespace wasmchord::test
