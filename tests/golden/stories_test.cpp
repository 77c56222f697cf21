// stories260K (karpathy/tinyllamas) against llama.cpp 0.7.0: greedy text, and teacher-forced predictions.
#include <gtest/gtest.h>

#include "tests/golden/greedy.h"
#include "tests/golden/models.h"
#include "tests/golden/references.h"

namespace wasmchord::test {
namespace {

class Stories : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::string type = GetParam();
    const std::string path = shared_path("models/stories260K/stories260K." + type + ".gguf");
    if (path.empty()) GTEST_SKIP() << "the shared model stories260K." << type << ".gguf is not here";
    auto model = load_model_file(path, cpu_backend(), {});
    ASSERT_TRUE(model.is_ok()) << model.status().message();
    model_ = *std::move(model);
  }
  static std::string reference(const std::string& kind) {
    return shared_path("models/stories260K/" + kind + "." + GetParam() + ".jsonl");
  }
  std::shared_ptr<const Model> model_;
};

using StoriesUnquantised = Stories;
using StoriesQuantised = Stories;
std::string name_of(const testing::TestParamInfo<const char*>& info) { return info.param; }

TEST_P(StoriesUnquantised, WritesTheReferencesGreedyText) {
  expect_greedy(model_, read_greedy_lines(reference("golden")));
}

TEST_P(StoriesUnquantised, PredictsAsTheReferenceDoes) {
  const auto agreement = teacher_forced(*model_, read_top_rows(reference("logits")));
  EXPECT_EQ(agreement.top1, 1.0);
  EXPECT_LE(agreement.mean_kl, 0.0001);
  EXPECT_LE(agreement.worst, 0.05);  // of log-probabilities down to -20
}

INSTANTIATE_TEST_SUITE_P(Types, StoriesUnquantised, testing::Values("f32", "f16"), name_of);

TEST_P(StoriesQuantised, PredictsAsTheReferenceDoes) {
  expect_agreement(teacher_forced(*model_, read_top_rows(reference("logits"))));
}

INSTANTIATE_TEST_SUITE_P(Types, StoriesQuantised, testing::Values("q8_0", "q5_1", "q4_0"), name_of);

}  // namespace
}  // namespace wasmchord::test
