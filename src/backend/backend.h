// The one interface through which a model reaches the machine: weights go in, a plan is compiled, the plan is run.
// A Backend belongs to one model (it holds the model's weights); an Executor belongs to one session (KV cache,
// activations).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "src/base/log.h"
#include "src/base/memory.h"
#include "src/base/status.h"
#include "src/base/thread_pool.h"
#include "src/tensor/shape.h"

namespace wasmchord {

struct Plan;  // src/ops/plan.h

// How a model reads a weight: multiplied by vectors, or single rows looked up (embeddings), or both (tied embeddings).
enum class WeightUse : uint32_t { kMatrix = 0, kLookUp = 1, kMatrixAndLookUp = 2 };

struct WeightDesc {
  std::string_view name;  // for messages; valid during the call
  DType dtype = DType::kF32;
  Shape shape;
  WeightUse use = WeightUse::kMatrix;
};

// Index of a weight in its backend, in order of creation.
using WeightId = uint32_t;

enum class KvType : uint32_t { kF32 = 0, kF16 = 1, kQ8_0 = 2, kQ4_0 = 3 };  // blocks of 32 in the last two

struct ExecutorOptions {
  uint32_t n_ctx = 0;       // positions of the KV cache
  uint32_t max_tokens = 0;  // tokens in one run
  KvType kv_type = KvType::kF16;
  uint32_t n_threads = 1;
};

// Tokens ids[0..n) at positions position..position+n-1, which must be at most the positions computed so far.
struct RunArgs {
  std::span<const int32_t> ids;  // 1..max_tokens of them, each inside the vocabulary
  uint32_t position = 0;
  uint32_t n_outputs = 0;   // logits of the last n_outputs tokens are computed, 0..ids.size()
  float* logits = nullptr;  // [n_outputs, n_vocab], the caller's
  // Once true, run() ends within a few milliseconds with kCancelled; positions from `position` on are then undefined.
  const std::atomic<bool>* cancel = nullptr;
};

struct ExecutorMemory {
  uint64_t kv_bytes = 0;
  uint64_t activation_bytes = 0;
};

// One thread at a time. run() allocates nothing.
class Executor {
 public:
  virtual ~Executor() = default;
  // kPending: the backend is still at work, call poll() until it gives another status.
  virtual Status run(const RunArgs& args) = 0;
  virtual Status poll() { return Status::ok(); }
  virtual ExecutorMemory memory() const = 0;
  virtual uint32_t n_threads() const = 0;
};

// Thread-safe after the last finish_weight().
class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string_view name() const = 0;  // "cpu", as in backends.def
  virtual std::string_view isa() const = 0;   // what runs inside it: "avx2", "scalar"
  virtual bool supports(DType dtype) const = 0;

  // Reserves the final place of a weight. kUnsupportedTensorType, kMemoryLimit, kOutOfMemory; the message names it.
  virtual Result<WeightId> create_weight(const WeightDesc& desc) = 0;
  // The weight's bytes from `offset` on, in the file's block layout and native byte order, in order.
  virtual Status write_weight(WeightId id, uint64_t offset, std::span<const std::byte> bytes) = 0;
  // Instead of create, write and finish: the whole weight in a mapped file that stays as long as `keep_alive`. Computed
  // from as it lies, or copied into a layout that is computed from faster; its pages are then let go of.
  virtual Result<WeightId> map_weight(const WeightDesc& desc, std::span<const std::byte> bytes,
                                      std::shared_ptr<const void> keep_alive) = 0;
  // The bytes of a weight as written, to be changed (byte order) or checked in place before finish_weight(). Empty
  // where the backend keeps none that the CPU could reach.
  virtual std::span<std::byte> weight_bytes(WeightId id) = 0;
  // After the last byte was written: the weight may be laid out anew. kOutOfMemory, kMemoryLimit.
  virtual Status finish_weight(WeightId id) = 0;

  // The plan and this backend must outlive the executor.
  virtual Result<std::unique_ptr<Executor>> compile(const Plan& plan, const ExecutorOptions& options) = 0;
};

struct BackendOptions {
  std::shared_ptr<Memory> memory;
  RunnerHooks runner;
  Log log;
  std::string_view isa;           // empty: the best one
  bool keep_file_layout = false;  // weights stay as the file has them: mapped, shared with others, ready at once
};

}  // namespace wasmchord
