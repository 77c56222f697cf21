#include "src/model/model.h"

#include <algorithm>

#include "src/model/arch.h"
#include "src/model/requirements.h"

namespace wasmchord {

Result<std::unique_ptr<Executor>> Model::create_executor(const ExecutorOptions& options) const {
  if (vocab_only()) return Status(Code::kInvalidState, "the model was loaded for its vocabulary only");
  return backend_->compile(plan_, options);
}

Result<std::shared_ptr<const Model>> load_model_file(const std::string& path, std::shared_ptr<Backend> backend,
                                                     const ModelLoadOptions& options) {
  ModelLoader loader(std::move(backend), options);
  if (options.vocab_only) {
    WC_ASSIGN(std::shared_ptr<const gguf::Header> header, gguf::read_header(path));
    WC_TRY(loader.on_header(std::move(header)));
  } else {
    WC_TRY(gguf::read_file(path, &loader));
  }
  return loader.finish();
}

namespace {

// Of each type that cannot be computed, the first tensor.
void list_unknown_types(const gguf::Header& header, std::vector<std::string>* parts) {
  std::vector<DType> refused;
  for (const gguf::TensorInfo& info : header.tensors) {
    if (dtype_info(info.dtype).computed || std::find(refused.begin(), refused.end(), info.dtype) != refused.end()) {
      continue;
    }
    refused.push_back(info.dtype);
    parts->push_back("tensor type " + std::string(dtype_info(info.dtype).name) + " (first in '" +
                     std::string(info.name) + "')");
  }
}

}  // namespace

std::vector<std::string> unsupported_parts(const gguf::Header& header) {
  std::vector<std::string> parts;
  const auto note = [&](const Status& status) {
    if (!status) parts.push_back(status.message());
  };
  ModelConfig config;
  const auto arch = read_model_config(header, &config);
  const auto tokenizer = Tokenizer::create(header.metadata);
  note(arch.status());
  note(tokenizer.status());
  if (arch && tokenizer) {
    config.n_vocab = (*tokenizer)->vocab_size();
    Requirements needed;
    note(needed.read(**arch, config, header));
    for (const gguf::TensorInfo& info : header.tensors) note(needed.check(info));
  }
  list_unknown_types(header, &parts);
  return parts;
}

uint64_t activation_bytes_per_token(const ModelConfig& c) {
  // Two residual rows, q, attention and the inner MLP row as floats, the widest input once more in 8 bits.
  const uint64_t heads = uint64_t{c.n_heads} * std::max(c.head_dim, c.head_dim_v);
  uint64_t inner = c.n_ff;
  if (c.n_experts != 0) inner = 3 * uint64_t{c.n_ff_expert} * c.n_experts_used + c.n_ff_shared;
  return 4 * (2 * uint64_t{c.n_embd} + 2 * heads + inner) + 2 * std::max(inner, heads);
}

uint32_t default_micro_batch(const ModelConfig& config, uint32_t limit) {
  constexpr uint64_t kBudget = 9u << 20, kStep = 32;
  const uint64_t tokens = std::max(kBudget / activation_bytes_per_token(config) / kStep * kStep, kStep);
  return static_cast<uint32_t>(std::min<uint64_t>(tokens, limit));
}

Result<MemoryEstimate> estimate_memory(const gguf::Header& header, uint32_t n_ctx) {
  ModelConfig c;
  WC_ASSIGN([[maybe_unused]] const ArchDef* arch, read_model_config(header, &c));
  MemoryEstimate estimate;
  estimate.n_ctx = n_ctx == 0 ? c.n_ctx_train : n_ctx;
  for (const gguf::TensorInfo& info : header.tensors) estimate.weights_bytes += info.n_bytes;
  constexpr uint64_t kF16Bytes = 2;
  const uint64_t per_position = uint64_t{c.n_layers} * c.n_kv_heads * (c.head_dim + c.head_dim_v) * kF16Bytes;
  if (!checked_mul(per_position, estimate.n_ctx, &estimate.kv_bytes)) {
    return Status(Code::kBadKeyValue, "the KV cache's size overflows");
  }
  estimate.activation_bytes = default_micro_batch(c, kDefaultBatch) * activation_bytes_per_token(c);
  return estimate;
}

}  // namespace wasmchord
