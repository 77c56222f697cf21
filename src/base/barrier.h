// Waiting between threads: a barrier, and a counter that hands out chunks of work.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

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

// A sense-reversing barrier for a fixed number of threads; the sense is a phase number, so it is reusable at once.
// What happened before any arrival is visible to all after it. Must outlive the return of every arrive_and_wait().
// Source: Mellor-Crummey & Scott, "Algorithms for scalable synchronization on shared-memory multiprocessors", 1991.
class Barrier {
 public:
  explicit Barrier(uint32_t n_threads)
      : missing_(std::max(n_threads, 1u)), n_threads_(std::max(n_threads, 1u)), spin_ns_(spin_budget_ns(n_threads)) {}
  Barrier(const Barrier&) = delete;
  Barrier& operator=(const Barrier&) = delete;

  void arrive_and_wait() {
    const uint32_t phase = phase_.get();
    if (missing_.fetch_sub(1, std::memory_order_acq_rel) != 1) {
      phase_.wait_while_equal(phase, spin_ns_);
      return;
    }
    missing_.store(n_threads_, std::memory_order_relaxed);
    phase_.set(phase + 1);
  }

 private:
  Signal phase_;
  alignas(kCacheLine) std::atomic<uint32_t> missing_;  // arrivals that this phase still waits for
  const uint32_t n_threads_;
  const uint32_t spin_ns_;
};

// Dynamic scheduling: threads claim the next chunk of [0, n) until none is left.
// Claims order nothing but themselves; reset() needs a barrier before and after it.
class TaskCounter {
 public:
  TaskCounter() = default;
  TaskCounter(uint64_t n, uint64_t chunk) { reset(n, chunk); }
  TaskCounter(const TaskCounter&) = delete;
  TaskCounter& operator=(const TaskCounter&) = delete;

  // chunk: items per claim, at least 1. n + threads * chunk must fit 64 bits.
  void reset(uint64_t n, uint64_t chunk) {
    n_ = n;
    chunk_ = std::max<uint64_t>(chunk, 1);
    next_.store(0, std::memory_order_relaxed);
  }

  // The next chunk [*begin, *end); false when all of [0, n) has been claimed.
  bool claim(uint64_t* begin, uint64_t* end) {
    if (next_.load(std::memory_order_relaxed) >= n_) return false;
    *begin = next_.fetch_add(chunk_, std::memory_order_relaxed);
    if (*begin >= n_) return false;
    *end = *begin + std::min(chunk_, n_ - *begin);
    return true;
  }

 private:
  alignas(kCacheLine) std::atomic<uint64_t> next_{0};
  uint64_t n_ = 0;
  uint64_t chunk_ = 1;
};

}  // namespace wasmchord
