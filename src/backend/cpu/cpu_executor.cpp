#include "src/backend/cpu/cpu_executor.h"

#include <algorithm>

#include "src/backend/cpu/memory_plan.h"

namespace wasmchord::cpu {
namespace {

bool is_projection(OpKind kind) {
  return kind == OpKind::kProject || kind == OpKind::kProjectAdd || kind == OpKind::kProjectGated ||
         kind == OpKind::kProjectQkv || kind == OpKind::kExpertProject;
}

uint64_t aligned(uint64_t bytes) { return (bytes + kBufferAlignment - 1) / kBufferAlignment * kBufferAlignment; }

uint64_t aligned_floats(uint64_t n) { return aligned(n * sizeof(float)); }

// Bytes of n attention states side by side.
struct StateSizes {
  uint64_t one = 0, acc = 0;  // of m or l; of acc
  void cover(uint64_t n, uint64_t head_dim_v) {
    one = std::max(one, aligned_floats(n));
    acc = std::max(acc, aligned_floats(n * head_dim_v));
  }
  uint64_t total() const { return 2 * one + acc; }
};

// Bytes of everything in the arena besides the values.
struct ScratchSizes {
  uint64_t row = 0, q8 = 0, tile = 0, kv_tile = 0;     // of each thread
  StateSizes states;                                   // of each thread, twice
  uint64_t shared_q8 = 0, shared_f32 = 0, angles = 0;  // of the run
  StateSizes split;
  uint32_t max_heads = 0;

  ScratchSizes(const Plan& plan, const ExecutorOptions& options, uint32_t n_threads) {
    const uint64_t max_tokens = options.max_tokens;
    uint64_t max_cols = 32, tile_cols = kMaxChunk;
    for (const Op& op : plan.ops) {
      if (op.in == kNoValue) continue;
      const uint64_t cols = plan.values[op.in].cols;
      max_cols = std::max(max_cols, cols);
      if (op.kind == OpKind::kAttention) add_attention(op.attention, options, n_threads);
      if (op.kind == OpKind::kProjectQkv) {
        tile_cols = std::max<uint64_t>({tile_cols, op.attention.head_dim, op.attention.head_dim_v});
      }
      if (!is_projection(op.kind)) continue;
      shared_q8 = std::max(shared_q8, max_tokens * q8_bytes(cols));
      if (op.has_norm) shared_f32 = std::max(shared_f32, max_tokens * cols * sizeof(float));
    }
    for (const RopeTable& table : plan.rope_tables) angles += aligned_floats(max_tokens * table.inv_freq.size() * 2);
    row = aligned_floats(max_cols);
    q8 = aligned(q8_bytes(max_cols));
    tile = aligned_floats(std::max<uint64_t>(max_tokens * tile_cols, kMaxChunkOfOne));
    shared_q8 = aligned(shared_q8);
    shared_f32 = aligned(shared_f32);
  }

  void add_attention(const AttentionShape& shape, const ExecutorOptions& options, uint32_t n_threads) {
    const uint64_t group = shape.n_heads / shape.n_kv_heads;
    const uint64_t tokens = std::min<uint64_t>(std::max<uint64_t>(kAttentionQueries / group, 1), options.max_tokens);
    states.cover(tokens * group, shape.head_dim_v);
    const uint64_t dims = shape.head_dim + std::max<uint64_t>(shape.head_dim, shape.head_dim_v);
    kv_tile = std::max(kv_tile, aligned_floats(kernels::kAttentionTile * dims));
    max_heads = std::max(max_heads, shape.n_heads);
    if (n_threads == 1) return;
    // A window that begins inside a range ends inside another.
    uint64_t seen = options.n_ctx;
    if (shape.window != 0) seen = std::min<uint64_t>(seen, uint64_t{shape.window} + kernels::kAttentionRange);
    const uint64_t n_ranges = (seen + kernels::kAttentionRange - 1) / kernels::kAttentionRange;
    split.cover(n_ranges * shape.n_heads, shape.head_dim_v);
  }

  static uint64_t q8_bytes(uint64_t cols) { return kernels::q8_row_bytes((cols + 31) / 32 * 32); }
  uint64_t per_thread() const { return row + q8 + 2 * tile + kv_tile + 2 * states.total(); }
  uint64_t of_run() const { return shared_q8 + shared_f32 + angles + split.total(); }
};

// Hands out consecutive parts of a block.
class Carver {
 public:
  explicit Carver(std::byte* at) : at_(at) {}
  template <typename T>
  T* take(uint64_t bytes) {
    T* part = reinterpret_cast<T*>(at_);
    at_ += bytes;
    return part;
  }
  AttentionPart take(const StateSizes& sizes) {
    AttentionPart part;
    part.m = take<float>(sizes.one);
    part.l = take<float>(sizes.one);
    part.acc = take<float>(sizes.acc);
    return part;
  }

 private:
  std::byte* at_;
};

}  // namespace

CpuExecutor::CpuExecutor(const CpuBackend& backend, const Plan& plan, const ExecutorOptions& options)
    : backend_(backend), plan_(plan), options_(options) {
  pool_ = std::make_unique<ThreadPool>(options.n_threads, backend.options().runner);
  for (const Op& op : plan.ops) add_stages(op);
  steps_ = std::make_unique<Steps>(static_cast<uint32_t>(stages_.size()), pool_->size());
}

Result<std::unique_ptr<Executor>> CpuExecutor::create(const CpuBackend& backend, const Plan& plan,
                                                      const ExecutorOptions& options) {
  if (options.n_ctx > plan.max_positions) {
    return Status(Code::kInvalidArgument, "a context of " + std::to_string(options.n_ctx) +
                                              " positions: the model has learned " +
                                              std::to_string(plan.max_positions));
  }
  std::unique_ptr<CpuExecutor> executor(new CpuExecutor(backend, plan, options));
  WC_TRY(executor->allocate(backend.options().memory));
  return std::unique_ptr<Executor>(std::move(executor));
}

void CpuExecutor::add_stages(const Op& op) {
  const StageContext context{&backend_, &plan_, pool_->size()};
  switch (op.kind) {
    case OpKind::kEmbed:
      return add_embed_stage(context, op, &stages_);
    case OpKind::kAddPosition:
      return add_position_stage(context, op, &stages_);
    case OpKind::kNorm:
      return add_norm_stage(context, op, &stages_);
    case OpKind::kProject:
    case OpKind::kProjectGated:
    case OpKind::kProjectAdd:
      return add_project_stages(context, op, &stages_);
    case OpKind::kProjectQkv:
      return add_qkv_stages(context, op, &stages_);
    case OpKind::kRope:
      return add_rope_stage(context, op, &stages_);
    case OpKind::kKvWrite:
      return add_kv_write_stage(context, op, &stages_);
    case OpKind::kAttention:
      return add_attention_stage(context, op, &stages_);
    case OpKind::kAdd:
    case OpKind::kScale:
    case OpKind::kSoftcap:
    case OpKind::kActivate:
    case OpKind::kGate:
      return add_elementwise_stage(context, op, &stages_);
    case OpKind::kRoute:
    case OpKind::kExpertProject:
    case OpKind::kExpertSum:
      return add_expert_stages(context, op, &stages_);
    case OpKind::kSelectOutputs:
      return;  // an alias, see bind()
  }
}

Status CpuExecutor::allocate(std::shared_ptr<Memory> memory) {
  WC_ASSIGN(kv_, KvCache::create(plan_, options_, memory));
  const MemoryPlan values = plan_memory(plan_, options_.max_tokens);
  const ScratchSizes sizes(plan_, options_, pool_->size());
  const uint64_t bytes = values.bytes + sizes.of_run() + pool_->size() * sizes.per_thread();
  WC_ASSIGN(arena_, Buffer::create(std::move(memory), static_cast<size_t>(bytes), "activations"));

  Carver carver(arena_.data());
  auto* base = carver.take<std::byte>(values.bytes);
  run_.values.assign(plan_.values.size(), nullptr);
  for (ValueId v = 0; v < values.offsets.size(); ++v) {
    if (values.alias[v] == kNoValue) run_.values[v] = reinterpret_cast<float*>(base + values.offsets[v]);
  }
  run_.shared_q8 = carver.take<std::byte>(sizes.shared_q8);
  run_.shared_f32 = carver.take<float>(sizes.shared_f32);
  for (const RopeTable& table : plan_.rope_tables) {
    run_.cos_sin.push_back(carver.take<float>(aligned_floats(options_.max_tokens * table.inv_freq.size() * 2)));
  }
  run_.split = carver.take(sizes.split);
  n_split_done_ = sizes.max_heads;
  split_done_ = std::make_unique<std::atomic<uint32_t>[]>(n_split_done_);
  run_.split_done = split_done_.get();
  for (uint32_t i = 0; i < pool_->size(); ++i) {
    Scratch scratch;
    scratch.row = carver.take<float>(sizes.row);
    scratch.q8 = carver.take<std::byte>(sizes.q8);
    for (float*& tile : scratch.tile) tile = carver.take<float>(sizes.tile);
    for (AttentionPart& part : scratch.states) part = carver.take(sizes.states);
    scratch.kv_tile = carver.take<float>(sizes.kv_tile);
    scratch_.push_back(scratch);
  }
  run_.k = &backend_.table();
  run_.kv = &kv_;
  run_.n_ctx = options_.n_ctx;
  return Status::ok();
}

void CpuExecutor::bind(const RunArgs& args) {
  run_.ids = args.ids.data();
  run_.n_tokens = static_cast<uint32_t>(args.ids.size());
  run_.n_outputs = args.n_outputs;
  run_.position = args.position;
  run_.values[plan_.logits] = args.logits;
  for (const Op& op : plan_.ops) {
    if (op.kind != OpKind::kSelectOutputs) continue;
    const size_t skipped = run_.n_tokens - run_.n_outputs;
    run_.values[op.out] = run_.values[op.in] + skipped * plan_.values[op.in].cols;
  }
  for (uint32_t i = 0; i < steps_->size(); ++i) steps_->set_tasks(i, stages_[i]->n_tasks(run_));
  steps_->restart();
  // A cancelled run may have left some.
  for (uint32_t i = 0; i < n_split_done_; ++i) split_done_[i].store(0, std::memory_order_relaxed);
}

Status CpuExecutor::run(const RunArgs& args) {
  if (args.ids.empty() || args.ids.size() > options_.max_tokens || args.n_outputs > args.ids.size() ||
      args.position > options_.n_ctx || args.ids.size() > options_.n_ctx - args.position) {
    return Status(Code::kInternal, "run outside what the executor was compiled for");
  }
  bind(args);
  cancel_ = args.cancel;
  pool_->run([](void* self, uint32_t thread) { static_cast<CpuExecutor*>(self)->work(thread); }, this);
  return cancelled() ? Status(Code::kCancelled, "cancelled") : Status::ok();
}

void CpuExecutor::work(uint32_t thread) {
  Scratch& scratch = scratch_[thread];
  for (uint32_t i; (i = steps_->current()) < steps_->size();) {
    uint32_t n_done = 0;
    bool prepared = false;
    for (uint32_t task; steps_->claim(i, thread, &task); ++n_done) {
      if (cancelled()) continue;  // tasks are claimed all the same, so that no thread waits for them
      if (!prepared) stages_[i]->prepare(run_, scratch);
      prepared = true;
      stages_[i]->task(run_, task, scratch);
    }
    steps_->wait(i, n_done);
  }
}

}  // namespace wasmchord::cpu
