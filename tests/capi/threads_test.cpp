// Who may call what at the same time.
#include <algorithm>
#include <atomic>
#include <latch>
#include <thread>

#include "tests/capi/support.h"

namespace wasmchord_test {
namespace {

TEST(ThreadsTest, CancelFromAnotherThreadEndsAGeneration) {
  const wasmchord::Context context;
  const wasmchord::Model model(context, kModelPath);
  wasmchord::Session session(model);
  std::atomic<bool> cancelled{false};
  std::thread worker([&] {
    while (!cancelled) {
      const wc_status status = status_of([&] { continue_text(session, "Once upon a time", 200); });
      if (status == WC_STATUS_CANCELLED) cancelled = true;
    }
  });
  // A reset in between forgets a cancellation, hence the repetition.
  while (!cancelled) {
    session.cancel();
    std::this_thread::yield();
  }
  worker.join();
  session.reset();
  EXPECT_FALSE(continue_text(session, "Once upon a time", 4).empty());
}

TEST(ThreadsTest, TwoSessionsOfOneModelWriteWhatEachWritesAlone) {
  const wasmchord::Context context;
  const wasmchord::Model model(context, kModelPath);
  const std::string prompts[] = {"Once upon a time", "One grey morning"};
  std::string alone[2], together[2];
  for (int i = 0; i < 2; ++i) alone[i] = continue_text(model, prompts[i], 24);
  std::thread threads[2];
  for (int i = 0; i < 2; ++i) {
    threads[i] = std::thread([&, i] { together[i] = continue_text(model, prompts[i], 24); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(together[0], alone[0]);
  EXPECT_EQ(together[1], alone[1]);
  EXPECT_NE(alone[0], alone[1]);
}

std::string fail_to_load(const wasmchord::Context& context, const std::string& path) {
  wc_model* model = nullptr;
  EXPECT_EQ(wc_model_load_file(context.get(), path.data(), path.size(), nullptr, &model), WC_STATUS_IO);
  return wc_last_error(context.get());
}

TEST(ThreadsTest, EachThreadReadsItsOwnLastError) {
  const wasmchord::Context context;
  constexpr int kThreads = 8;
  std::latch all_failed(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      const std::string path = "missing-" + std::to_string(i);
      fail_to_load(context, path);
      all_failed.arrive_and_wait();
      EXPECT_NE(std::string(wc_last_error(context.get())).find(path), std::string::npos);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_STREQ(wc_last_error(context.get()), "");
}

TEST(ThreadsTest, MessagesOfTheOldestThreadsAreDropped) {
  const wasmchord::Context context;
  EXPECT_NE(fail_to_load(context, "the-first"), "");
  constexpr int kThreads = 256;
  std::latch all_failed(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      fail_to_load(context, "missing");
      all_failed.arrive_and_wait();  // all alive at once, so that no two share an id
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_STREQ(wc_last_error(context.get()), "");
  EXPECT_NE(fail_to_load(context, "the-last").find("the-last"), std::string::npos);
}

struct Runner {
  std::atomic<uint32_t> runs{0};
  std::atomic<uint32_t> most_tasks{0};

  static void run(void* user, uint32_t n, void (*task)(void* task_data, uint32_t index), void* task_data) {
    auto* runner = static_cast<Runner*>(user);
    ++runner->runs;
    runner->most_tasks = std::max(runner->most_tasks.load(), n);
    std::vector<std::thread> threads;
    for (uint32_t i = 1; i < n; ++i) threads.emplace_back(task, task_data, i);
    task(task_data, 0);
    for (std::thread& thread : threads) thread.join();
  }
};

TEST(ThreadsTest, TheHostsThreadsComputeTheSame) {
  Runner runner;
  wc_context_options options = WC_CONTEXT_OPTIONS_INIT;
  options.num_threads = 3;
  options.runner = {Runner::run, &runner};
  const wasmchord::Context hosted(options), plain;
  const wasmchord::Model hosted_model(hosted, kModelPath), plain_model(plain, kModelPath);
  EXPECT_EQ(continue_text(hosted_model, "Once upon a time", 12), continue_text(plain_model, "Once upon a time", 12));
  EXPECT_GT(runner.runs, 0u);
  EXPECT_EQ(runner.most_tasks, 3u);
}

}  // namespace
}  // namespace wasmchord_test
