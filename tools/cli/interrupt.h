// Ends a command cleanly on Ctrl-C (SIGINT) and SIGTERM.
#pragma once

#include <signal.h>

#include <atomic>
#include <functional>
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
  // The same, and forgets it: the next one cancels again instead of ending the process.
  int take() { return caught_.exchange(0); }
  // From now on a signal ends the process at once, after `before`, while no session is watched: someone is being waited
  // for. `before` must be callable from any thread; null: signals are kept again for what is watched next.
  void exit_when_idle(std::function<void()> before);
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
  std::function<void()> before_exit_;  // empty: not when idle
  std::thread thread_;
};

}  // namespace wasmchord::cli
