// A context with a model loaded into it: what every command but inspect starts from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/cli/handles.h"

namespace CLI {
class App;
}

namespace wasmchord::cli {

class InterruptGuard;

struct EngineOptions {
  std::string model;  // path; empty: the built-in model
  uint32_t threads = 0;
  std::string isa;
  bool deterministic = false;
  bool trust_weights = false;
  bool file_layout = false;
  uint64_t max_memory = 0;
  bool verbose = false;

  bool is_built_in() const { return model.empty(); }
  std::string display_name() const;
};

struct SessionSettings {
  uint32_t n_ctx = 0;
  uint32_t n_batch = 0;
  uint32_t n_ubatch = 0;
  wc_kv_type kv_type = WC_KV_F16;
};

void add_engine_options(CLI::App& command, EngineOptions* options);
std::string kv_name(wc_kv_type kv_type);  // as --kv takes it
void add_kv_option(CLI::App& command, wc_kv_type* kv_type);

ContextHandle make_context(const EngineOptions& options);

class Engine {
 public:
  // Loads the model; shows a bar when stderr is a terminal. `guard` may be null; a signal that it caught ends the load.
  Engine(const EngineOptions& options, uint32_t load_flags, const InterruptGuard* guard);

  wc_context* context() const { return context_.get(); }
  wc_model* model() const { return model_.get(); }
  const wc_tokenizer* tokenizer() const { return wc_model_tokenizer(model_.get()); }
  double load_seconds() const { return load_seconds_; }
  wc_model_info info() const;
  SessionHandle make_session(const SessionSettings& settings, uint32_t threads) const;

  std::vector<int32_t> encode(std::string_view text, uint32_t flags) const;
  std::string decode(const std::vector<int32_t>& ids, uint32_t flags) const;
  // Whether the file's own rule puts BOS in front of a text.
  bool adds_bos() const;

  void check(wc_status status, std::string_view what) const { cli::check(status, context_.get(), what); }

 private:
  ContextHandle context_;
  ModelHandle model_;
  double load_seconds_ = 0;
};

// Size first, then text: the library's convention for buffers of the caller.
template <typename Fill>
std::string fill_string(const wc_context* context, std::string_view what, Fill fill) {
  std::string text;
  size_t needed = 0;
  wc_status status = fill(nullptr, 0, &needed);
  while (status == WC_STATUS_BUFFER_TOO_SMALL) {
    text.resize(needed);
    status = fill(text.data(), text.size(), &needed);
  }
  check(status, context, what);
  text.resize(needed);
  return text;
}

}  // namespace wasmchord::cli
