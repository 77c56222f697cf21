// One session's compiled plan on the CPU: KV cache, activation memory laid out once, and the stages that the threads
// walk.
#pragma once

#include <memory>
#include <vector>

#include "src/backend/cpu/cpu_backend.h"
#include "src/backend/cpu/stage.h"
#include "src/base/thread_pool.h"

namespace wasmchord::cpu {

class CpuExecutor final : public Executor {
 public:
  static Result<std::unique_ptr<Executor>> create(const CpuBackend& backend, const Plan& plan,
                                                  const ExecutorOptions& options);

  Status run(const RunArgs& args) override;
  ExecutorMemory memory() const override { return {kv_.bytes(), arena_.size()}; }
  uint32_t n_threads() const override { return pool_->size(); }
  // Of the last run: points where the work could not go on before all of it up to there was done.
  uint32_t n_barriers() const { return steps_->n_waits(); }

 private:
  CpuExecutor(const CpuBackend& backend, const Plan& plan, const ExecutorOptions& options);
  void add_stages(const Op& op);
  Status allocate(std::shared_ptr<Memory> memory);
  void bind(const RunArgs& args);
  void work(uint32_t thread);
  bool cancelled() const { return cancel_ != nullptr && cancel_->load(std::memory_order_relaxed); }

  const CpuBackend& backend_;
  const Plan& plan_;
  ExecutorOptions options_;
  std::unique_ptr<ThreadPool> pool_;
  StageList stages_;
  std::unique_ptr<Steps> steps_;                         // one for each stage
  std::unique_ptr<std::atomic<uint32_t>[]> split_done_;  // see RunState
  uint32_t n_split_done_ = 0;
  KvCache kv_;
  Buffer arena_;
  std::vector<Scratch> scratch_;  // by thread
  RunState run_;
  const std::atomic<bool>* cancel_ = nullptr;  // of the run under way
};

}  // namespace wasmchord::cpu
