// What is behind the opaque handles of wasmchord.h. Every handle shares the state of its context, so that errors can be
// recorded and memory counted whatever order the handles are destroyed in.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "include/wasmchord/wasmchord.h"
#include "src/base/log.h"
#include "src/base/memory.h"
#include "src/base/thread_pool.h"
#include "src/capi/error_log.h"
#include "src/chat/template_cache.h"
#include "src/gguf/reader.h"
#include "src/model/model.h"
#include "src/sampler/sampler.h"
#include "src/session/session.h"
#include "src/tokenizer/tokenizer.h"

namespace wasmchord::capi {

inline constexpr uint32_t kMaxThreads = 256;

// What wc_context_configure can change.
struct Settings {
  uint32_t num_threads = 0;  // 0: as many as the process may run at once
  uint64_t max_memory_bytes = 0;
  bool deterministic = false;
  bool gpu_enabled = false;
  std::optional<std::string> isa;  // none: the environment's, else the best
};

struct ContextState {
  Settings settings;
  AllocatorHooks allocator;
  RunnerHooks runner;
  wc_log_fn log_sink = nullptr;
  void* log_user = nullptr;
  Log log;                          // forwards to log_sink; valid as long as this
  std::string isa;                  // the one that runs
  uint32_t n_threads = 1;           // the number that runs
  std::shared_ptr<Memory> memory;   // counts against settings.max_memory_bytes
  std::atomic<bool> in_use{false};  // something depends on the settings
  ErrorLog errors;
};

// A backend of its own for one model.
Result<std::shared_ptr<Backend>> new_backend(const ContextState& state, bool keep_file_layout);

}  // namespace wasmchord::capi

struct wc_context {
  std::shared_ptr<wasmchord::capi::ContextState> state;
};

struct wc_loader {
  std::shared_ptr<wasmchord::capi::ContextState> state;
  wasmchord::ModelLoader model;
  wasmchord::gguf::PushReader reader;  // feeds `model`
  uint64_t file_bytes;                 // of the first file; 0: unknown
  wasmchord::Status failure;           // the first one
  bool finished = false;

  wc_loader(std::shared_ptr<wasmchord::capi::ContextState> context, std::shared_ptr<wasmchord::Backend> backend,
            wasmchord::ModelLoadOptions options, uint64_t total_bytes)
      : state(std::move(context)),
        model(std::move(backend), std::move(options)),
        reader(&model, total_bytes),
        file_bytes(total_bytes) {}
};

struct wc_tokenizer {
  std::shared_ptr<wasmchord::capi::ContextState> state;
  const wasmchord::Tokenizer* tokenizer;
};

struct wc_model {
  std::shared_ptr<wasmchord::capi::ContextState> state;
  std::shared_ptr<const wasmchord::Model> model;
  wc_tokenizer tokenizer;
  std::unique_ptr<wasmchord::chat::TemplateCache> templates = std::make_unique<wasmchord::chat::TemplateCache>();
};

struct wc_sampler {
  std::shared_ptr<wasmchord::capi::ContextState> state;
  std::shared_ptr<wasmchord::SamplerChain> chain;
};

struct wc_session {
  std::shared_ptr<wasmchord::capi::ContextState> state;
  std::shared_ptr<wasmchord::SamplerChain> sampler;  // of the running generation, which may outlive its handle
  std::unique_ptr<wasmchord::Session> session;
};
