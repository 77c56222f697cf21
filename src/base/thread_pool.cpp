#include "src/base/thread_pool.h"

#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

namespace wasmchord {

struct ThreadPool::Impl {
  Impl(uint32_t threads, RunnerHooks runner) : n_threads(std::max(threads, 1u)), hooks(runner) {}

  void start();
  void work(uint32_t index);
  void run_on_workers(Task new_task, void* new_data);

  Signal epoch;                                          // counts runs; a change wakes the workers
  Signal done;                                           // the last run that all workers have left
  alignas(kCacheLine) std::atomic<uint32_t> running{0};  // workers still in the current run

  const uint32_t n_threads;
  const RunnerHooks hooks;
  std::once_flag started;
  std::mutex turn;  // held for the length of a run
  std::vector<std::thread> workers;
  uint32_t spin_ns = 0;

  // Written only while every worker waits for `epoch`.
  Task task = nullptr;
  void* data = nullptr;
  bool stop = false;
};

void ThreadPool::Impl::start() {
  try {
    workers.reserve(n_threads - 1);
    for (uint32_t i = 1; i < n_threads; ++i) workers.emplace_back([this, i] { work(i); });
  } catch (const std::system_error&) {  // no more threads: keep those there are
  } catch (const std::bad_alloc&) {
  }
  spin_ns = spin_budget_ns(static_cast<uint32_t>(workers.size()) + 1);
}

void ThreadPool::Impl::work(uint32_t index) {
  for (uint32_t seen = 0;; ++seen) {
    // The first wait may begin before start() has set spin_ns, so it does not read it.
    epoch.wait_while_equal(seen, seen == 0 ? 0 : spin_ns);
    if (stop) return;
    task(data, index);
    if (running.fetch_sub(1, std::memory_order_acq_rel) == 1) done.set(seen + 1);
  }
}

void ThreadPool::Impl::run_on_workers(Task new_task, void* new_data) {
  task = new_task;
  data = new_data;
  running.store(static_cast<uint32_t>(workers.size()), std::memory_order_relaxed);
  const uint32_t before = epoch.get();
  epoch.set(before + 1);
  new_task(new_data, 0);
  done.wait_while_equal(before, spin_ns);
}

ThreadPool::ThreadPool(uint32_t n_threads, RunnerHooks hooks) : impl_(std::make_unique<Impl>(n_threads, hooks)) {}

ThreadPool::~ThreadPool() {
  impl_->stop = true;
  impl_->epoch.set(impl_->epoch.get() + 1);
  for (std::thread& worker : impl_->workers) worker.join();
}

uint32_t ThreadPool::size() const {
  if (impl_->hooks.run != nullptr) return impl_->n_threads;
  std::call_once(impl_->started, [this] { impl_->start(); });
  return static_cast<uint32_t>(impl_->workers.size()) + 1;
}

void ThreadPool::run(Task task, void* data) {
  const std::lock_guard<std::mutex> lock(impl_->turn);
  if (impl_->hooks.run != nullptr) {
    impl_->hooks.run(impl_->hooks.user, impl_->n_threads, task, data);
  } else if (size() == 1) {
    task(data, 0);
  } else {
    impl_->run_on_workers(task, data);
  }
}

}  // namespace wasmchord
