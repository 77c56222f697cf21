#include "tools/cli/engine.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>

#include "tools/cli/embedded_model.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/terminal.h"

namespace wasmchord::cli {
namespace {

struct LoadWatch {
  ProgressBar bar;
  const InterruptGuard* guard;
};

int on_progress(void* user, const wc_progress* progress) {
  auto* watch = static_cast<LoadWatch*>(user);
  watch->bar.update(progress->bytes_done, progress->bytes_total);
  return watch->guard != nullptr && watch->guard->caught() != 0 ? 1 : 0;
}

void on_log(void* user, wc_log_level level, const char* text, size_t size) {
  const bool verbose = *static_cast<const bool*>(user);
  if (level >= WC_LOG_WARNING || verbose) {
    std::fprintf(stderr, "wasmchord: %.*s\n", static_cast<int>(size), text);
  }
}

wc_status load_built_in(wc_context* context, const wc_load_options& options, wc_model** model) {
  // Small enough pieces for the progress callback to see a signal in time.
  constexpr size_t kPiece = size_t{1} << 20;
  const EmbeddedModel file = embedded_model();
  wc_load_options sized = options;
  sized.total_bytes = file.size;
  wc_loader* raw = nullptr;
  wc_status status = wc_loader_create(context, &sized, &raw);
  const LoaderHandle loader(raw);
  for (size_t at = 0; status == WC_STATUS_OK && at < file.size; at += kPiece) {
    status = wc_loader_feed(raw, file.data + at, std::min(kPiece, file.size - at));
  }
  return status == WC_STATUS_OK ? wc_loader_finish(raw, model) : status;
}

}  // namespace

void check(wc_status status, const wc_context* context, std::string_view what) {
  if (status == WC_STATUS_OK) {
    return;
  }
  const char* detail = context == nullptr ? "" : wc_last_error(context);
  const bool has_detail = detail != nullptr && *detail != '\0';
  throw CliError(std::string(what) + ": " + (has_detail ? detail : wc_status_name(status)));
}

std::string EngineOptions::display_name() const {
  return is_built_in() ? std::string("built-in ") + embedded_model().name : model;
}

void add_engine_options(CLI::App& command, EngineOptions* options) {
  command.add_option("-m,--model", options->model, "GGUF file (default: the built-in model)")->type_name("FILE");
  command.add_option("--isa", options->isa, "Instruction set to run: scalar, avx2, neon .. (default: the best one)")
      ->type_name("NAME");
  command.add_flag("--deterministic", options->deterministic, "The same logits, bit for bit, on every CPU");
  command.add_flag("--trust-weights", options->trust_weights, "Skip the scan of the weights for NaN and infinity");
  command.add_flag("--file-layout", options->file_layout,
                   "Compute from the file as it lies: an instant start, shared memory, slower tokens");
  command.add_option("--max-memory", options->max_memory, "Cap on what the library allocates, e.g. 500MB")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE");
  command.add_flag("-v,--verbose", options->verbose, "The library's log on stderr");
}

const std::map<std::string, wc_kv_type>& kv_types() {
  static const std::map<std::string, wc_kv_type> kTypes{
      {"f32", WC_KV_F32}, {"f16", WC_KV_F16}, {"q8_0", WC_KV_Q8_0}, {"q4_0", WC_KV_Q4_0}};
  return kTypes;
}

std::string kv_name(wc_kv_type kv_type) {
  for (const auto& [name, type] : kv_types()) {
    if (type == kv_type) return name;
  }
  return "unknown";
}

void add_kv_option(CLI::App& command, wc_kv_type* kv_type) {
  static const std::map<std::string, wc_kv_type>& kTypes = kv_types();
  command.add_option("--kv", *kv_type, "Type of the KV cache: f32, f16 (default), q8_0 or q4_0")
      ->transform(CLI::CheckedTransformer(kTypes))
      ->type_name("TYPE");
}

ContextHandle make_context(const EngineOptions& options) {
  static const bool kVerbose = true;
  static const bool kQuiet = false;
  wc_context_options settings = WC_CONTEXT_OPTIONS_INIT;
  settings.num_threads = options.threads;
  settings.max_memory_bytes = options.max_memory;
  settings.deterministic = options.deterministic ? 1 : 0;
  settings.isa = options.isa.empty() ? nullptr : options.isa.c_str();
  settings.log = on_log;
  settings.log_user = const_cast<bool*>(options.verbose ? &kVerbose : &kQuiet);
  wc_context* context = nullptr;
  const wc_status status = wc_context_create(&settings, &context);
  if (status == WC_STATUS_ISA_UNAVAILABLE) {
    const std::string named = options.isa.empty() ? "named by WC_FORCE_ISA" : "'" + options.isa + "'";
    throw CliError("the instruction set " + named + " is not in this build or not in this CPU");
  }
  check(status, nullptr, "cannot create a context");
  return ContextHandle(context);
}

Engine::Engine(const EngineOptions& options, uint32_t load_flags, const InterruptGuard* guard)
    : context_(make_context(options)) {
  const auto start = std::chrono::steady_clock::now();
  LoadWatch watch{ProgressBar("loading"), guard};
  wc_load_options load = WC_LOAD_OPTIONS_INIT;
  load.flags = load_flags | (options.trust_weights ? WC_LOAD_TRUST_WEIGHTS : 0) |
               (options.file_layout ? WC_LOAD_FILE_LAYOUT : 0);
  load.progress = on_progress;
  load.progress_user = &watch;
  wc_model* model = nullptr;
  const wc_status status = options.is_built_in() ? load_built_in(context_.get(), load, &model)
                                                 : wc_model_load_file(context_.get(), options.model.data(),
                                                                      options.model.size(), &load, &model);
  model_.reset(model);
  watch.bar.clear();
  if (status == WC_STATUS_CANCELLED && guard != nullptr && guard->caught() != 0) {
    throw Interrupted(guard->caught());
  }
  check(status, "cannot load " + options.display_name());
  load_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

wc_model_info Engine::info() const {
  wc_model_info info = WC_MODEL_INFO_INIT;
  check(wc_model_get_info(model_.get(), &info), "cannot describe the model");
  return info;
}

SessionHandle Engine::make_session(const SessionSettings& settings, uint32_t threads) const {
  wc_session_options options = WC_SESSION_OPTIONS_INIT;
  options.n_ctx = settings.n_ctx;
  options.n_batch = settings.n_batch;
  options.n_ubatch = settings.n_ubatch;
  options.kv_type = settings.kv_type;
  options.num_threads = threads;
  wc_session* session = nullptr;
  check(wc_session_create(model_.get(), &options, &session), "cannot create a session");
  return SessionHandle(session);
}

std::vector<int32_t> Engine::encode(std::string_view text, uint32_t flags) const {
  std::vector<int32_t> ids(text.size() + 8);
  size_t n = 0;
  wc_status status = wc_tokenizer_encode(tokenizer(), text.data(), text.size(), flags, ids.data(), ids.size(), &n);
  if (status == WC_STATUS_BUFFER_TOO_SMALL) {
    ids.resize(n);
    status = wc_tokenizer_encode(tokenizer(), text.data(), text.size(), flags, ids.data(), ids.size(), &n);
  }
  check(status, "cannot tokenize");
  ids.resize(n);
  return ids;
}

std::string Engine::decode(const std::vector<int32_t>& ids, uint32_t flags) const {
  return fill_string(context(), "cannot decode", [&](char* buffer, size_t capacity, size_t* needed) {
    return wc_tokenizer_decode(tokenizer(), ids.data(), ids.size(), flags, buffer, capacity, needed);
  });
}

bool Engine::adds_bos() const {
  const std::vector<int32_t> ids = encode("", WC_ENCODE_ADD_SPECIAL);
  return !ids.empty() && ids.front() == wc_tokenizer_special(tokenizer(), WC_TOKEN_BOS);
}

}  // namespace wasmchord::cli
