#include "tests/golden/greedy.h"

#include <gtest/gtest.h>

#include "src/session/session.h"

namespace wasmchord::test {

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
