#include <gtest/gtest.h>

#include <thread>

#include "src/backend/registry.h"
#include "tests/unit/session/sessions.h"

namespace wasmchord::test {
namespace {

// The host's runner is called once for each micro-batch: a place to cancel from at a known time.
struct CancellingRunner {
  Session* session = nullptr;
  int cancel_at = -1;
  int runs = 0;

  static void run(void* user, uint32_t n, void (*task)(void*, uint32_t), void* data) {
    auto* self = static_cast<CancellingRunner*>(user);
    if (self->runs++ == self->cancel_at) std::thread([&] { self->session->cancel(); }).join();
    std::vector<std::thread> threads;
    for (uint32_t i = 0; i < n; ++i) threads.emplace_back(task, data, i);
    for (std::thread& t : threads) t.join();
  }
};

class Cancel : public testing::Test {
 protected:
  void SetUp() override {
    BackendOptions options;
    options.memory = std::make_shared<Memory>(AllocatorHooks(), 0);
    options.runner = {CancellingRunner::run, &runner_};
    auto backend = create_backend("cpu", options);
    ASSERT_TRUE(backend.is_ok());
    auto model = push_model(std::vector<Bytes>{tiny("mqa").build()}, *backend);
    ASSERT_TRUE(model.is_ok());
    SessionOptions session;
    session.n_ctx = 128;
    session.n_ubatch = 10;
    session.n_threads = 2;
    auto created = Session::create(*model, session);
    ASSERT_TRUE(created.is_ok());
    session_ = *std::move(created);
    runner_.session = session_.get();
  }
  CancellingRunner runner_;
  std::unique_ptr<Session> session_;
  const std::vector<TokenId> ids_ = tiny_ids();
};

TEST_F(Cancel, FromAnotherThreadEndsAPrefillWithinOneMicroBatch) {
  runner_.cancel_at = 3;
  EXPECT_EQ(session_->prefill(ids_).code(), Code::kCancelled);
  EXPECT_EQ(runner_.runs, 4) << "nothing was begun after it";
  const uint32_t position = session_->info().position;
  EXPECT_GE(position, 30u) << "the micro-batches before it stay";
  EXPECT_LE(position, 40u);
  EXPECT_EQ(session_->logits().status().code(), Code::kInvalidState);
  ASSERT_TRUE(session_->prefill(std::span(ids_).subspan(position)).is_ok()) << "the session goes on";
  EXPECT_EQ(bit_difference(logits_of(*session_), fresh_logits(random_model(), ids_)), "");
}

TEST_F(Cancel, BetweenCallsEndsTheNextOneOnly) {
  ASSERT_TRUE(session_->prefill(first_of(ids_, 20)).is_ok());
  session_->cancel();
  EXPECT_EQ(session_->prefill(std::span(ids_).subspan(20)).code(), Code::kCancelled);
  EXPECT_EQ(session_->info().position, 20u);
  ASSERT_TRUE(session_->prefill(std::span(ids_).subspan(20)).is_ok());
  EXPECT_EQ(bit_difference(logits_of(*session_), fresh_logits(random_model(), ids_)), "");
}

TEST_F(Cancel, OfAStepLosesNoToken) {
  GenerateOptions options;
  options.ignore_end = true;
  ASSERT_TRUE(session_->prefill(ids_).is_ok());
  ASSERT_TRUE(session_->generate(options).is_ok());
  Generated out = run_steps(*session_, 4);
  runner_.cancel_at = runner_.runs;
  Step step;
  EXPECT_EQ(session_->step(&step).code(), Code::kCancelled);
  EXPECT_EQ(step.token, kNoToken);
  out.ids = joined(out.ids, run_steps(*session_, 4).ids);
  const auto other = session_of(random_model());
  options.max_tokens = 8;
  EXPECT_EQ(continue_text(*other, ids_, options).ids, out.ids);
}

TEST_F(Cancel, IsForgottenByAReset) {
  session_->cancel();
  ASSERT_TRUE(session_->reset().is_ok());
  EXPECT_TRUE(session_->prefill(ids_).is_ok());
}

// Whenever it comes, the call ends one way or the other and the session goes on.
TEST_F(Cancel, AtAnyTimeLeavesTheSessionSound) {
  const std::vector<float> expected = fresh_logits(random_model(), ids_);
  for (int delay = 0; delay < 8; ++delay) {
    std::thread other([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(200 * delay));
      session_->cancel();
    });
    const Status status = session_->prefill(ids_);
    other.join();
    EXPECT_TRUE(status.is_ok() || status.code() == Code::kCancelled) << status.message();
    ASSERT_TRUE(session_->reset().is_ok());
    ASSERT_TRUE(session_->prefill(ids_).is_ok());
    EXPECT_EQ(bit_difference(logits_of(*session_), expected), "");
    ASSERT_TRUE(session_->reset().is_ok());
  }
}

}  // namespace
}  // namespace wasmchord::test
