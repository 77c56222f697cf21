// tales-1m and tales-7m against llama.cpp 0.7.0: greedy choices for ten prompts (their ids, BOS included, are the
// reference's), and teacher-forced predictions of 384 positions.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/golden/greedy.h"

namespace wasmchord::test {
namespace {

// In the repository or, for the other sizes and types, in the shared folder.
std::string model_path(const std::string& name) {
  const std::string own = data_path("models/" + name + ".gguf");
  return own.empty() ? shared_path("models/tales/" + name + ".gguf") : own;
}
std::string reference_path(const std::string& name) {
  const std::string own = data_path("golden/" + name);
  return own.empty() ? shared_path("models/tales/golden/" + name) : own;
}

class Tales : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::string path = model_path(GetParam());
    if (path.empty()) GTEST_SKIP() << "the shared model " << GetParam() << ".gguf is not here";
    auto model = load_model_file(path, cpu_backend(), {});
    ASSERT_TRUE(model.is_ok()) << model.status().message();
    model_ = *std::move(model);
  }
  Agreement forced() const {
    return teacher_forced(*model_, read_top_rows(reference_path(std::string(GetParam()) + ".logits.jsonl")));
  }
  std::shared_ptr<const Model> model_;
};

std::string model_name(const testing::TestParamInfo<const char*>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

using TalesUnquantised = Tales;
using TalesQuantised = Tales;

TEST_P(TalesUnquantised, ChoosesTheReferencesGreedyTokens) {
  const auto references = read_greedy_json(reference_path(std::string(GetParam()) + ".json"));
  EXPECT_EQ(references.size(), 10u);
  expect_greedy_steps(model_, references, 0.005);
}

TEST_P(TalesUnquantised, PredictsAsTheReferenceDoes) {
  const Agreement agreement = forced();
  EXPECT_GE(agreement.top1, 0.995);
  EXPECT_LE(agreement.mean_kl, 0.0001);
}

INSTANTIATE_TEST_SUITE_P(Models, TalesUnquantised, testing::Values("tales-1m-f32", "tales-7m-f16"), model_name);

TEST_P(TalesQuantised, PredictsAsTheReferenceDoes) { expect_agreement(forced()); }

INSTANTIATE_TEST_SUITE_P(Models, TalesQuantised, testing::Values("tales-1m-q8_0", "tales-7m-q8_0", "tales-7m-q4_0"),
                         model_name);

}  // namespace
}  // namespace wasmchord::test
