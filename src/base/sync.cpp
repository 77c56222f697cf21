#include "src/base/sync.h"

#include <chrono>
#include <limits>
#include <thread>

#if defined(__linux__)
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif
#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

namespace wasmchord {
namespace {

constexpr uint32_t kSpinNs = 30'000;
constexpr int kPausesPerClockRead = 16;  // a clock read costs about 25 ns, a pause 10 to 50 ns

inline void pause_core() {
#if defined(__x86_64__) || defined(__i386__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#endif
}

#if defined(__linux__)
static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t), "the kernel reads the value itself");

void sleep_while_equal(std::atomic<uint32_t>* value, uint32_t old) {  // may return early
  syscall(SYS_futex, value, FUTEX_WAIT_PRIVATE, old, nullptr, nullptr, 0);
}
void wake_all(std::atomic<uint32_t>* value) {
  syscall(SYS_futex, value, FUTEX_WAKE_PRIVATE, std::numeric_limits<int>::max(), nullptr, nullptr, 0);
}
#elif defined(__wasm_atomics__)
// libc++ has no way to sleep here: its wait looks again and again.
void sleep_while_equal(std::atomic<uint32_t>* value, uint32_t old) {  // may return early
  __builtin_wasm_memory_atomic_wait32(reinterpret_cast<int*>(value), static_cast<int>(old), -1);
}
void wake_all(std::atomic<uint32_t>* value) {
  __builtin_wasm_memory_atomic_notify(reinterpret_cast<int*>(value), std::numeric_limits<uint32_t>::max());
}
#else
void sleep_while_equal(std::atomic<uint32_t>* value, uint32_t old) { value->wait(old, std::memory_order_seq_cst); }
void wake_all(std::atomic<uint32_t>* value) { value->notify_all(); }
#endif

uint32_t count_cores() {
#if defined(__wasm_atomics__)
  return std::numeric_limits<uint16_t>::max();  // only the host knows, which starts no more threads than there are
#else
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) {
    const int count = CPU_COUNT(&set);
    if (count > 0) return static_cast<uint32_t>(count);
  }
#endif
  return std::max(std::thread::hardware_concurrency(), 1u);
#endif
}

}  // namespace

uint32_t available_cores() {
  static const uint32_t cores = count_cores();
  return cores;
}

uint32_t spin_budget_ns(uint32_t n_threads) { return n_threads <= available_cores() ? kSpinNs : 0; }

void Signal::set(uint32_t value) {
  // Both sides write one variable, then read the other, all in one total order: so either the waiter sees the new value
  // before it sleeps, or it is seen here.
  value_.store(value, std::memory_order_seq_cst);
  if (sleepers_.load(std::memory_order_seq_cst) != 0) wake_all(&value_);
}

void Signal::wait_while_equal(uint32_t old, uint32_t spin_ns) {
  using Clock = std::chrono::steady_clock;
  if (spin_ns > 0) {
    const Clock::time_point end = Clock::now() + std::chrono::nanoseconds(spin_ns);
    do {
      for (int i = 0; i < kPausesPerClockRead; ++i) {
        if (get() != old) return;
        pause_core();
      }
    } while (Clock::now() < end);
  }
  sleepers_.fetch_add(1, std::memory_order_seq_cst);
  while (value_.load(std::memory_order_seq_cst) == old) sleep_while_equal(&value_, old);
  sleepers_.fetch_sub(1, std::memory_order_relaxed);
}

void Steps::set_tasks(uint32_t step, uint32_t n) {
  Step& s = steps_[step];
  s.n_done.store(0, std::memory_order_relaxed);
  s.n = n;
  for (uint32_t thread = 0; thread < n_threads_; ++thread) {
    const uint64_t begin = uint64_t{n} * thread / n_threads_, end = uint64_t{n} * (thread + 1) / n_threads_;
    ranges_[size_t{step} * n_threads_ + thread].tasks.store(begin << 32 | end, std::memory_order_relaxed);
  }
}

bool Steps::take(Range* range, Side side, uint32_t* task) {
  uint64_t tasks = range->tasks.load(std::memory_order_relaxed);
  for (;;) {
    const auto begin = static_cast<uint32_t>(tasks >> 32), end = static_cast<uint32_t>(tasks);
    if (begin == end) return false;
    const bool front = side == Side::kFront;
    *task = front ? begin : end - 1;
    const uint64_t rest = front ? tasks + (uint64_t{1} << 32) : tasks - 1;
    if (range->tasks.compare_exchange_weak(tasks, rest, std::memory_order_relaxed)) return true;
  }
}

bool Steps::claim(uint32_t step, uint32_t thread, uint32_t* task) {
  Range* ranges = &ranges_[size_t{step} * n_threads_];
  if (take(&ranges[thread], Side::kFront, task)) return true;
  for (uint32_t i = 1; i < n_threads_; ++i) {
    if (take(&ranges[(thread + i) % n_threads_], Side::kBack, task)) return true;
  }
  return false;
}

void Steps::restart() {
  n_waits_ = 0;
  current_.set(at_or_after(0));
}

uint32_t Steps::at_or_after(uint32_t step) const {
  while (step < size_ && steps_[step].n == 0) ++step;
  return step;
}

void Steps::wait(uint32_t step, uint32_t n_done) {
  Step& s = steps_[step];
  // The release of every thread and the acquire of the last make what all did visible to it, and set() to the waiters.
  if (n_done != 0 && s.n_done.fetch_add(n_done, std::memory_order_acq_rel) + n_done == s.n) {
    ++n_waits_;
    current_.set(at_or_after(step + 1));
  } else {
    current_.wait_while_equal(step, spin_ns_);
  }
}

}  // namespace wasmchord
