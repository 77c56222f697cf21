// Waiting between threads: a signal, and steps of work that follow one another.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace wasmchord {

inline constexpr size_t kCacheLine = 64;  // bytes; keeps variables written by different threads apart

// Cores this process may use (its affinity mask where the system has one), at least 1.
uint32_t available_cores();

// How long a thread of a group of `n_threads` spins before it sleeps (ns): 30 microseconds, the cost of a few futex
// round trips; 0 where the group has more threads than cores, since spinning then only delays who is waited for.
uint32_t spin_budget_ns(uint32_t n_threads);

// A number that one thread at a time sets and others wait on.
// On Linux the sleep is a futex and not std::atomic::wait: libstdc++'s wait calls sched_yield first, which on a machine
// whose cores are all busy gives each core away for a whole time slice (measured: 2.4 ms a barrier against 0.2 ms).
class Signal {
 public:
  uint32_t get() const { return value_.load(std::memory_order_acquire); }
  // Publishes what this thread did before, and wakes the waiters.
  void set(uint32_t value);
  // Returns once the value differs from `old`: spins for `spin_ns`, then sleeps.
  void wait_while_equal(uint32_t old, uint32_t spin_ns);

 private:
  alignas(kCacheLine) std::atomic<uint32_t> value_{0};
  std::atomic<uint32_t> sleepers_{0};  // lets set() skip the system call
};

// Work in steps that follow one another, each of some tasks that any thread may take: a step begins when all tasks of
// the one before are done. Unlike at a barrier, a thread is waited for only while it holds a task, so that one that the
// system has put aside, where more threads want to run than there are cores, delays nobody.
//
// A thread has a range of consecutive tasks of its own, from front to back: where tasks read memory one after another,
// the core's prefetchers are not thrown off at each. Then it takes from the backs of the others' ranges.
//
//   for (uint32_t step; (step = steps.current()) < steps.size();) {
//     uint32_t n_done = 0;
//     for (uint32_t task; steps.claim(step, thread, &task); ++n_done) ...
//     steps.wait(step, n_done);
//   }
//
// What happened in the tasks of a step is visible in those of later ones.
class Steps {
 public:
  Steps(uint32_t n_steps, uint32_t n_threads)
      : steps_(std::make_unique<Step[]>(n_steps)),
        ranges_(std::make_unique<Range[]>(size_t{n_steps} * n_threads)),
        size_(n_steps),
        n_threads_(n_threads),
        spin_ns_(spin_budget_ns(n_threads)) {}

  uint32_t size() const { return size_; }
  // Before any thread begins: a step's tasks, 0 to pass it over; then from the first step on.
  void set_tasks(uint32_t step, uint32_t n);
  void restart();
  uint32_t n_waits() const { return n_waits_; }  // steps since restart() whose end the threads had to wait for

  uint32_t current() const { return current_.get(); }  // size() after the last
  // A task of `step`, which is or was the current one, for thread `thread`; false once all have been claimed.
  bool claim(uint32_t step, uint32_t thread, uint32_t* task);
  // Tells that the `n_done` tasks that this thread claimed are done, and returns once all of the step are.
  void wait(uint32_t step, uint32_t n_done);

 private:
  struct alignas(kCacheLine) Step {
    std::atomic<uint32_t> n_done{0};
    uint32_t n = 0;
  };
  // Tasks of one step and thread that are not claimed, [begin, end): begin in the high half.
  struct alignas(kCacheLine) Range {
    std::atomic<uint64_t> tasks{0};
  };
  enum class Side { kFront, kBack };
  static bool take(Range* range, Side side, uint32_t* task);
  uint32_t at_or_after(uint32_t step) const;  // the first that has tasks

  std::unique_ptr<Step[]> steps_;
  std::unique_ptr<Range[]> ranges_;  // [size_, n_threads_]
  const uint32_t size_, n_threads_;
  const uint32_t spin_ns_;
  uint32_t n_waits_ = 0;  // changed by who ends a step
  Signal current_;
};

}  // namespace wasmchord
