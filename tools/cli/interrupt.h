// Ends a command cleanly on Ctrl-C (SIGINT) and SIGTERM.
#pragma once

#include <signal.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "tools/cli/handles.h"

namespace wasmchord::cli {

// While it lives, the two signals are taken by a thread of its own rather than by a handler, so that what follows them
// need not be async-signal-safe. A second signal ends the process at once. Make it before any other thread is made:
// threads inherit the mask.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  // The signal that came, or 0.
  int caught() const { return caught_.load(); }
  // What a signal cancels from now on; null: nothing. Must be taken back before the session is destroyed.
  void watch(wc_session* session);

 private:
  void wait_for_signals();

  sigset_t signals_;
  sigset_t previous_mask_;
  std::atomic<int> caught_{0};
  std::atomic<bool> done_{false};
  std::mutex mutex_;
  wc_session* session_ = nullptr;
  std::thread thread_;
};

}  // namespace wasmchord::cli
