// Runs one function on n threads at once. Idle workers spin shortly, then sleep; a run wakes them.
#pragma once

#include <cstdint>
#include <memory>

#include "src/base/status.h"
#include "src/base/sync.h"

namespace wasmchord {

// Host-supplied runner: calls task(task_data, i) once for each i in [0, n), all of them concurrently (tasks wait for
// each other), and returns when all have returned. Null: the built-in pool.
struct RunnerHooks {
  void (*run)(void* user, uint32_t n, void (*task)(void* task_data, uint32_t index), void* task_data) = nullptr;
  void* user = nullptr;
};

class ThreadPool {
 public:
  using Task = void (*)(void* data, uint32_t index);

  // n_threads >= 1, the caller's included. Workers start at the first run() or size().
  ThreadPool(uint32_t n_threads, RunnerHooks hooks);
  ~ThreadPool();

  // The threads a run has: n_threads, or fewer where the system refused to start more. The answer never changes, so
  // that what the tasks share may be sized by it; hence it starts the workers. Callable from a task.
  uint32_t size() const;
  // Calls task(data, i) for i in [0, size()) concurrently and waits; index 0 is the calling thread's. What happened
  // before run() is visible to the tasks, what they did is visible after it. One run at a time (others wait for their
  // turn). Tasks must not throw, nor run() on the same pool: a nested run waits for its own end.
  void run(Task task, void* data);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wasmchord
