// A loaded model: metadata, vocabulary, configuration and the weights in the backend's hands. Immutable, shared by
// sessions.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "src/backend/backend.h"
#include "src/gguf/gguf.h"
#include "src/gguf/reader.h"
#include "src/model/config.h"
#include "src/ops/plan.h"
#include "src/tokenizer/tokenizer.h"

namespace wasmchord {

struct ModelStats {
  uint64_t n_params = 0;         // elements of all tensors of the file(s)
  uint64_t weights_bytes = 0;    // bytes of the tensors in use
  uint64_t bytes_per_token = 0;  // weight bytes read to decode one token
  std::string file_type;         // type of most weight bytes
};

class Model {
 public:
  const gguf::Header& header() const { return *header_; }
  const Tokenizer& tokenizer() const { return *tokenizer_; }
  bool vocab_only() const { return backend_ == nullptr; }
  const ModelConfig& config() const { return config_; }  // empty for a vocabulary-only model
  const ModelStats& stats() const { return stats_; }

  // kInvalidState for a vocabulary-only model; else the backend's errors. The model must outlive the executor.
  Result<std::unique_ptr<Executor>> create_executor(const ExecutorOptions& options) const;

 private:
  friend class ModelLoader;
  std::shared_ptr<const gguf::Header> header_;
  std::unique_ptr<Tokenizer> tokenizer_;
  ModelConfig config_;
  ModelStats stats_;
  Plan plan_;
  std::shared_ptr<Backend> backend_;
};

struct ModelLoadOptions {
  bool vocab_only = false;     // no tensor is looked at
  bool trust_weights = false;  // skip the scan for NaN and infinite values
  // Returns false to end the load with kCancelled. May be empty.
  std::function<bool(const gguf::Progress&)> progress;
};

// Receives a file's header and bytes from a reader and becomes a Model. Everything that the metadata and the tensor
// directory can be wrong about is refused in on_header, before anything large is allocated.
class ModelLoader final : public gguf::TensorSink {
 public:
  // `backend` null only for vocab_only.
  ModelLoader(std::shared_ptr<Backend> backend, ModelLoadOptions options);
  ~ModelLoader() override;

  Status on_header(std::shared_ptr<const gguf::Header> header) override;
  Status on_split_header(std::shared_ptr<const gguf::Header> header, uint32_t split) override;
  Status on_data(const gguf::TensorInfo& info, uint64_t offset, std::span<const std::byte> bytes,
                 bool big_endian) override;
  Status on_mapped(const gguf::TensorInfo& info, std::span<const std::byte> bytes, bool big_endian,
                   std::shared_ptr<const void> keep_alive) override;

  // The header once it is complete, else null.
  const gguf::Header* header() const;

  // After the reader's finish(): kMissingTensor where a weight never came.
  Result<std::shared_ptr<const Model>> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Maps `path` and loads it.
Result<std::shared_ptr<const Model>> load_model_file(const std::string& path, std::shared_ptr<Backend> backend,
                                                     const ModelLoadOptions& options);

// Why this library cannot run the model that a header describes: empty if it can. For inspection; touches no weights.
std::vector<std::string> unsupported_parts(const gguf::Header& header);

// Bytes of activations for each token of a run, about: what a backend lays out may differ a little.
uint64_t activation_bytes_per_token(const ModelConfig& config);

inline constexpr uint32_t kDefaultBatch = 512;  // most tokens computed at once, where the caller names no number

// Tokens to compute at once so that activations stay small (9 MiB): more would not make prefill faster. At least 32, at
// most `limit`.
uint32_t default_micro_batch(const ModelConfig& config, uint32_t limit);

// Bytes that running the header's model would take; false where its configuration cannot be read.
struct MemoryEstimate {
  uint32_t n_ctx = 0;
  uint64_t weights_bytes = 0, kv_bytes = 0, activation_bytes = 0;
};
Result<MemoryEstimate> estimate_memory(const gguf::Header& header, uint32_t n_ctx);

}  // namespace wasmchord
