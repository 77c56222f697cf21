#include "tools/cli/interrupt.h"

#include <unistd.h>

namespace wasmchord::cli {
namespace {

// A shell starts background jobs with SIGINT ignored; that must stay so.
bool is_ignored(int signal) {
  struct sigaction action = {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

InterruptGuard::InterruptGuard() {
  sigemptyset(&signals_);
  for (const int signal : {SIGINT, SIGTERM}) {
    if (!is_ignored(signal)) {
      sigaddset(&signals_, signal);
    }
  }
  // Private to the guard: how the destructor wakes the thread.
  sigaddset(&signals_, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &signals_, &previous_mask_);
  thread_ = std::thread(&InterruptGuard::wait_for_signals, this);
}

InterruptGuard::~InterruptGuard() {
  done_ = true;
  pthread_kill(thread_.native_handle(), SIGUSR1);
  thread_.join();
  pthread_sigmask(SIG_SETMASK, &previous_mask_, nullptr);
}

void InterruptGuard::watch(wc_session* session) {
  const std::lock_guard lock(mutex_);
  session_ = session;
  if (session_ != nullptr && caught_ != 0) {
    wc_session_cancel(session_);
  }
}

void InterruptGuard::exit_when_idle(std::function<void()> before) {
  const std::lock_guard lock(mutex_);
  before_exit_ = std::move(before);
}

void InterruptGuard::wait_for_signals() {
  int signal = 0;
  while (sigwait(&signals_, &signal) == 0 && !done_) {
    if (signal == SIGUSR1) {
      continue;
    }
    if (caught_ != 0) {
      _exit(128 + signal);
    }
    const std::lock_guard lock(mutex_);
    if (session_ == nullptr && before_exit_) {
      before_exit_();
      _exit(128 + signal);
    }
    caught_ = signal;
    if (session_ != nullptr) {
      wc_session_cancel(session_);
    }
  }
}

}  // namespace wasmchord::cli
