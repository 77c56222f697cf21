#include "src/base/barrier.h"

#include <chrono>
#include <thread>

#if defined(__linux__)
#include <sched.h>
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

uint32_t count_cores() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) {
    const int count = CPU_COUNT(&set);
    if (count > 0) return static_cast<uint32_t>(count);
  }
#endif
  return std::max(std::thread::hardware_concurrency(), 1u);
}

}  // namespace

uint32_t available_cores() {
  static const uint32_t cores = count_cores();
  return cores;
}

uint32_t spin_budget_ns(uint32_t n_threads) { return n_threads <= available_cores() ? kSpinNs : 0; }

void wait_while_equal(const std::atomic<uint32_t>& value, uint32_t old, uint32_t spin_ns) {
  using Clock = std::chrono::steady_clock;
  if (spin_ns > 0) {
    const Clock::time_point end = Clock::now() + std::chrono::nanoseconds(spin_ns);
    do {
      for (int i = 0; i < kPausesPerClockRead; ++i) {
        if (value.load(std::memory_order_acquire) != old) return;
        pause_core();
      }
    } while (Clock::now() < end);
  }
  value.wait(old, std::memory_order_acquire);
}

}  // namespace wasmchord
