// One result, bit for bit, however the work is cut.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <ostream>
#include <thread>

#include "kernels/cpu/select.h"
#include "src/backend/registry.h"
#include "tests/golden/plans.h"

namespace wasmchord::test {
namespace {

struct Case {
  const char* model;
  DType dtype;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.model << " " << dtype_info(c.dtype).name; }

Bytes file_of(const Case& c) {
  ModelCopy copy = tiny(c.model);
  if (c.dtype != DType::kF32) copy.convert(c.dtype);
  return copy.build();
}

class Executed : public testing::TestWithParam<Case> {
 protected:
  const std::vector<TokenId> ids_ = tiny_ids();
};

TEST_P(Executed, IsTheSameForEveryNumberOfThreads) {
  const auto model = load(file_of(GetParam()));
  const std::vector<float> expected = all_logits(*model, ids_);
  for (uint32_t threads : {2u, 3u, 5u, 8u}) {
    for (uint32_t ubatch : {0u, 9u}) {
      EXPECT_EQ(bit_difference(all_logits(*model, ids_, {threads, ubatch}), expected), "") << threads << " threads";
    }
  }
}

TEST_P(Executed, IsTheSameTokenByTokenAndAllAtOnce) {
  const auto model = load(file_of(GetParam()));
  for (KvType kv_type : {KvType::kF32, KvType::kF16}) {
    const std::vector<float> expected = all_logits(*model, ids_, {1, 0, kv_type});
    for (uint32_t ubatch : {1u, 2u, 7u, 32u, 64u}) {
      EXPECT_EQ(bit_difference(all_logits(*model, ids_, {1, ubatch, kv_type}), expected), "") << ubatch << " at once";
    }
  }
}

TEST_P(Executed, IsTheSameOnEveryInstructionSet) {
  const Bytes file = file_of(GetParam());
  const std::vector<float> expected = all_logits(*load(file, "scalar"), ids_);
  for (size_t i = 0; i < kernels::isa_count(); ++i) {
    const kernels::IsaInfo& isa = kernels::isa_at(i);
    if (!isa.supported()) continue;
    const auto model = load(file, isa.name);
    EXPECT_EQ(bit_difference(all_logits(*model, ids_), expected), "") << isa.name;
    EXPECT_EQ(bit_difference(all_logits(*model, ids_, {2, 1}), expected), "") << isa.name << ", one by one";
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Executed,
                         testing::Values(Case{"gqa-tied", DType::kF32}, Case{"moe", DType::kF32},
                                         Case{"attn-bias", DType::kF16}, Case{"mqa", DType::kQ8_0},
                                         Case{"moe", DType::kQ8_0}, Case{"gqa-tied", DType::kQ4_0}),
                         [](const testing::TestParamInfo<Case>& p) {
                           std::string name =
                               std::string(p.param.model) + "_" + std::string(dtype_info(p.param.dtype).name);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

class Executor1 : public testing::Test {
 protected:
  static constexpr uint32_t kContext = 20, kMost = 8, kVocab = 320;
  void SetUp() override {
    auto executor = model_->create_executor({kContext, kMost, KvType::kF32, 1});
    ASSERT_TRUE(executor.is_ok());
    executor_ = *std::move(executor);
  }
  Code run(size_t n, uint32_t position, uint32_t n_outputs) {
    return executor_->run({std::span(ids_).first(n), position, n_outputs, logits_.data()}).code();
  }
  const std::shared_ptr<const Model> model_ = load(tiny("gqa-tied").build());
  const std::vector<TokenId> ids_ = tiny_ids();
  std::vector<float> logits_ = std::vector<float>(kMost * kVocab, -1.0f);
  std::unique_ptr<Executor> executor_;
};

TEST_F(Executor1, RefusesRunsOutsideWhatItWasCompiledFor) {
  EXPECT_EQ(run(0, 0, 0), Code::kInternal);
  EXPECT_EQ(run(kMost + 1, 0, 0), Code::kInternal);
  EXPECT_EQ(run(2, 0, 3), Code::kInternal);
  EXPECT_EQ(run(1, kContext, 0), Code::kInternal);
  EXPECT_EQ(run(2, kContext - 1, 0), Code::kInternal);
  EXPECT_EQ(run(1, UINT32_MAX, 0), Code::kInternal);
  EXPECT_EQ(run(kMost, kContext - kMost, 0), Code::kOk);
}

TEST_F(Executor1, WritesTheLogitsOfTheLastTokensOnly) {
  ASSERT_EQ(run(6, 0, 6), Code::kOk);
  const std::vector<float> all = logits_;
  std::fill(logits_.begin(), logits_.end(), -1.0f);
  ASSERT_EQ(run(6, 0, 2), Code::kOk);
  EXPECT_EQ(std::vector<float>(logits_.begin(), logits_.begin() + 2 * kVocab),
            std::vector<float>(all.begin() + 4 * kVocab, all.begin() + 6 * kVocab));
  EXPECT_EQ(logits_[2 * kVocab], -1.0f);
}

TEST_F(Executor1, NeedsNoLogitsWhereNoneAreWanted) {
  ASSERT_EQ(run(6, 0, 6), Code::kOk);
  const std::vector<float> expected(logits_.begin() + 5 * kVocab, logits_.begin() + 6 * kVocab);
  ASSERT_TRUE(executor_->run({std::span(ids_).first(5), 0, 0, nullptr}).is_ok());
  ASSERT_TRUE(executor_->run({std::span(ids_).subspan(5, 1), 5, 1, logits_.data()}).is_ok());
  EXPECT_EQ(std::vector<float>(logits_.begin(), logits_.begin() + kVocab), expected);
}

TEST_F(Executor1, ComputesAPositionAnew) {
  ASSERT_EQ(run(4, 0, 4), Code::kOk);
  const std::vector<float> expected = logits_;
  ASSERT_TRUE(executor_->run({std::span(ids_).subspan(50, 8), 0, 0, nullptr}).is_ok());
  ASSERT_EQ(run(4, 0, 4), Code::kOk);
  EXPECT_EQ(bit_difference(logits_, expected), "");
}

TEST_F(Executor1, ReportsItsMemory) {
  // 2 layers, 2 K/V heads of 8: keys and values of kContext positions in floats.
  EXPECT_EQ(executor_->memory().kv_bytes, 2u * 2 * 2 * 8 * kContext * 4);
  EXPECT_GT(executor_->memory().activation_bytes, 0u);
  EXPECT_EQ(executor_->n_threads(), 1u);
}

TEST_F(Executor1, EndsCancelledWhereItIsToldTo) {
  const std::atomic<bool> cancel{true};
  RunArgs args{std::span(ids_).first(4), 0, 4, logits_.data()};
  args.cancel = &cancel;
  EXPECT_EQ(executor_->run(args).code(), Code::kCancelled);
  EXPECT_EQ(run(4, 0, 4), Code::kOk);
}

TEST(Cache, OfHalvesIsCloseToOneOfFloats) {
  const auto model = load(tiny("mqa").build());
  const auto f32 = log_probs(all_logits(*model, tiny_ids()), 320);
  const auto f16 = log_probs(all_logits(*model, tiny_ids(), {1, 0, KvType::kF16}), 320);
  double worst = 0;
  for (size_t t = 0; t < f32.size(); ++t) {
    for (size_t id = 0; id < 320; ++id) worst = std::max(worst, std::fabs(f32[t][id] - f16[t][id]));
  }
  EXPECT_GT(worst, 0.0);
  EXPECT_LT(worst, 0.01);
}

// The host's threads instead of the pool's.
TEST(Runner, OfTheHostGivesTheSameBits) {
  std::atomic<int> calls{0};
  BackendOptions options;
  options.memory = std::make_shared<Memory>(AllocatorHooks(), 0);
  options.runner.user = &calls;
  options.runner.run = [](void* user, uint32_t n, void (*task)(void*, uint32_t), void* data) {
    ++*static_cast<std::atomic<int>*>(user);
    std::vector<std::thread> threads;
    for (uint32_t i = 0; i < n; ++i) threads.emplace_back(task, data, i);
    for (std::thread& t : threads) t.join();
  };
  const Bytes file = tiny("gqa-tied").build();
  auto backend = create_backend("cpu", options);
  ASSERT_TRUE(backend.is_ok());
  auto model = push_model(std::vector<Bytes>{file}, *backend);
  ASSERT_TRUE(model.is_ok());
  const std::vector<float> ours = all_logits(**model, tiny_ids(), {3, 20});
  EXPECT_EQ(calls, 5) << "once for each run";
  EXPECT_EQ(bit_difference(ours, all_logits(*load(file), tiny_ids())), "");
}

// A matrix of 3 outputs and 32 inputs: W[r, c] = W.data[32 r + c]. Transposed, the result would be another.
TEST(Project, ReadsTheRowsOfAMatrixThatIsNotSquare) {
  const auto backend = cpu_backend();
  std::vector<float> embedding(32), w(3 * 32);
  for (size_t c = 0; c < 32; ++c) embedding[c] = static_cast<float>(c + 1);
  for (size_t i = 0; i < w.size(); ++i) w[i] = static_cast<float>(i % 7) - 3.0f;
  const auto add = [&](const std::vector<float>& x, const Shape& shape) {
    const WeightId id = *backend->create_weight({"w", DType::kF32, shape});
    EXPECT_TRUE(backend->write_weight(id, 0, bytes_of(x)).is_ok());
    return id;
  };
  PlanBuilder b;
  const ValueId x = b.embed(add(embedding, Shape::of(32, 1)), 32);
  const Plan plan = b.finish(b.project(x, {add(w, Shape::of(32, 3))}, 3), 0);
  auto executor = backend->compile(plan, {1, 1, KvType::kF32, 1});
  ASSERT_TRUE(executor.is_ok());
  const std::vector<TokenId> ids = {0};
  std::vector<float> expected;
  for (size_t r = 0; r < 3; ++r) {
    double sum = 0;
    for (size_t c = 0; c < 32; ++c) sum += static_cast<double>(w[32 * r + c]) * embedding[c];
    expected.push_back(static_cast<float>(sum));  // small integers: exact in any order
  }
  EXPECT_EQ(all_logits(**executor, 3, ids, 1), expected);
}

}  // namespace
}  // namespace wasmchord::test
