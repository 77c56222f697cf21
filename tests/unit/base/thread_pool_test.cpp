#include "src/base/thread_pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <barrier>
#include <chrono>
#include <memory>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

namespace wasmchord {
namespace {

template <typename F>
void run_on(ThreadPool* pool, F function) {
  pool->run([](void* data, uint32_t index) { (*static_cast<F*>(data))(index); }, &function);
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + 1e-6 * t.tv_usec; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// The tasks of step i add what all tasks of step i - 1 made: wrong if a step begins early or anything is not visible.
void expect_steps_ordered(uint32_t n_threads, uint32_t n_steps, uint32_t n_runs) {
  constexpr uint32_t kTasks = 5;
  ThreadPool pool(n_threads, {});
  ASSERT_EQ(pool.size(), n_threads);
  Steps steps(n_steps, n_threads);
  std::vector<std::vector<uint64_t>> made(n_steps, std::vector<uint64_t>(kTasks));
  for (uint32_t run = 0; run < n_runs; ++run) {
    for (uint32_t i = 0; i < n_steps; ++i) steps.set_tasks(i, kTasks);
    steps.restart();
    std::atomic<uint32_t> wrong{0};
    run_on(&pool, [&](uint32_t thread) {
      for (uint32_t i; (i = steps.current()) < n_steps;) {
        uint32_t n_done = 0;
        for (uint32_t task; steps.claim(i, thread, &task); ++n_done) {
          if (i > 0)
            wrong += std::accumulate(made[i - 1].begin(), made[i - 1].end(), uint64_t{0}) != kTasks * (i + run);
          made[i][task] = i + 1 + run;
        }
        steps.wait(i, n_done);
      }
    });
    ASSERT_EQ(wrong.load(), 0u);
    ASSERT_EQ(made.back(), std::vector<uint64_t>(kTasks, n_steps + run));
    ASSERT_EQ(steps.n_waits(), n_steps);
  }
}

TEST(ThreadPool, EveryIndexRunsOnce) {
  for (const uint32_t n : {1u, 2u, 3u, 8u}) {
    ThreadPool pool(n, {});
    EXPECT_EQ(pool.size(), n);
    std::vector<int> calls(n, 0);
    run_on(&pool, [&](uint32_t index) { ++calls[index]; });
    EXPECT_EQ(calls, std::vector<int>(n, 1));
  }
}

TEST(ThreadPool, ZeroThreadsMeansTheCaller) {
  ThreadPool pool(0, {});
  EXPECT_EQ(pool.size(), 1u);
}

TEST(ThreadPool, TasksAreConcurrentAndIndexZeroIsTheCaller) {
  ThreadPool pool(4, {});
  std::barrier<> barrier(4);
  std::vector<std::thread::id> ids(4);
  run_on(&pool, [&](uint32_t index) {
    ids[index] = std::this_thread::get_id();
    barrier.arrive_and_wait();
  });
  EXPECT_EQ(ids[0], std::this_thread::get_id());
  EXPECT_EQ(std::set<std::thread::id>(ids.begin(), ids.end()).size(), 4u);
}

TEST(ThreadPool, ResultsAreVisibleAfterTheRunAndInputsInIt) {
  ThreadPool pool(4, {});
  std::vector<uint64_t> sums(4, 0);
  uint64_t input = 0, expected = 0;
  for (; input < 5000; ++input) {
    run_on(&pool, [&](uint32_t index) { sums[index] += input * (index + 1); });
    expected += input * 10;
  }
  EXPECT_EQ(std::accumulate(sums.begin(), sums.end(), uint64_t{0}), expected);
}

TEST(ThreadPool, OneThreadRunsInline) {
  ThreadPool pool(1, {});
  std::thread::id id;
  run_on(&pool, [&](uint32_t) { id = std::this_thread::get_id(); });
  EXPECT_EQ(id, std::this_thread::get_id());
}

TEST(ThreadPool, SizeIsCallableFromATask) {
  ThreadPool pool(3, {});
  std::atomic<uint32_t> total{0};
  run_on(&pool, [&](uint32_t) { total += pool.size(); });
  EXPECT_EQ(total.load(), 9u);
}

TEST(ThreadPool, CallersTakeTurns) {
  ThreadPool pool(2, {});
  uint64_t unguarded = 0;  // a run excludes other runs; only index 0 writes
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      for (int run = 0; run < 500; ++run) {
        run_on(&pool, [&](uint32_t index) {
          if (index == 0) ++unguarded;
        });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(unguarded, 2000u);
}

TEST(ThreadPool, DestructionRightAfterCreationStartOrRun) {
  for (int i = 0; i < 200; ++i) {
    const ThreadPool unused(8, {});
    const ThreadPool started(3, {});
    EXPECT_EQ(started.size(), 3u);
    ThreadPool used(3, {});
    run_on(&used, [](uint32_t) {});
  }
}

TEST(ThreadPool, IdlePoolUsesNoCpu) {
  ThreadPool pool(4, {});
  run_on(&pool, [](uint32_t) {});
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const double before = cpu_seconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_LT(cpu_seconds() - before, 0.01);
}

TEST(ThreadPool, HostRunnerIsUsedInsteadOfOwnThreads) {
  struct Host {
    uint32_t runs = 0, tasks = 0;
  } host;
  const RunnerHooks hooks{[](void* user, uint32_t n, void (*task)(void*, uint32_t), void* data) {
                            auto* counts = static_cast<Host*>(user);
                            ++counts->runs;
                            counts->tasks += n;
                            std::vector<std::thread> threads;
                            for (uint32_t i = 0; i < n; ++i) threads.emplace_back(task, data, i);
                            for (std::thread& thread : threads) thread.join();
                          },
                          &host};
  ThreadPool pool(3, hooks);
  EXPECT_EQ(pool.size(), 3u);
  std::barrier<> barrier(3);
  std::vector<int> calls(3, 0);
  run_on(&pool, [&](uint32_t index) {
    barrier.arrive_and_wait();
    ++calls[index];
  });
  EXPECT_EQ(calls, std::vector<int>(3, 1));
  EXPECT_EQ(host.runs, 1u);
  EXPECT_EQ(host.tasks, 3u);
}

TEST(Steps, AreOrdered) { expect_steps_ordered(2, 2000, 5); }

TEST(Steps, OfOneThreadAreOrdered) { expect_steps_ordered(1, 100, 2); }

TEST(Steps, AreOrderedWithFourTimesTheCores) { expect_steps_ordered(4 * std::min(available_cores(), 16u), 200, 5); }

TEST(Steps, AreOrderedWhileEveryCoreIsBusy) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> busy;
  for (uint32_t i = 0; i < std::min(available_cores(), 16u); ++i) {
    busy.emplace_back([&] {
      while (!stop.load(std::memory_order_relaxed)) {
      }
    });
  }
  expect_steps_ordered(2 * std::min(available_cores(), 16u), 50, 2);
  stop = true;
  for (std::thread& thread : busy) thread.join();
}

TEST(Steps, WithoutTasksArePassedOver) {
  Steps steps(4, 1);
  steps.restart();
  EXPECT_EQ(steps.current(), 4u);
  steps.set_tasks(2, 1);
  steps.restart();
  EXPECT_EQ(steps.current(), 2u);
  uint32_t task = 9;
  EXPECT_TRUE(steps.claim(2, 0, &task));
  EXPECT_EQ(task, 0u);
  EXPECT_FALSE(steps.claim(2, 0, &task));
  steps.wait(2, 1);
  EXPECT_EQ(steps.current(), 4u);
  EXPECT_EQ(steps.n_waits(), 1u);
}

TEST(Steps, DoNotWaitForAThreadThatHoldsNoTask) {
  ThreadPool pool(2, {});
  Steps steps(3, 2);
  for (uint32_t i = 0; i < 3; ++i) steps.set_tasks(i, 4);
  steps.restart();
  std::atomic<bool> done{false};
  run_on(&pool, [&](uint32_t index) {
    while (index == 1 && !done) std::this_thread::yield();  // put aside until the other has done everything
    for (uint32_t i; (i = steps.current()) < 3;) {
      uint32_t n_done = 0;
      for (uint32_t task; steps.claim(i, index, &task);) ++n_done;
      EXPECT_EQ(n_done, 4u);
      steps.wait(i, n_done);
    }
    done = true;
  });
}

TEST(Steps, GiveAThreadItsOwnRangeFromTheFrontThenTheBacksOfOthers) {
  Steps steps(1, 2);
  steps.set_tasks(0, 5);
  steps.restart();
  std::vector<uint32_t> order;
  for (uint32_t task; steps.claim(0, 1, &task);) order.push_back(task);
  EXPECT_EQ(order, (std::vector<uint32_t>{2, 3, 4, 1, 0}));
}

TEST(Steps, EveryTaskIsClaimedOnce) {
  ThreadPool pool(4, {});
  Steps steps(1, 4);
  for (const uint32_t n : {1u, 7u, 1000u}) {
    steps.set_tasks(0, n);
    steps.restart();
    std::vector<std::atomic<int>> claims(n);
    run_on(&pool, [&](uint32_t thread) {
      for (uint32_t task; steps.claim(0, thread, &task);) ++claims[task];
    });
    for (const std::atomic<int>& claim : claims) EXPECT_EQ(claim.load(), 1);
  }
}

}  // namespace
}  // namespace wasmchord
