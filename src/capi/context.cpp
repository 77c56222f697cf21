#include <cstdlib>

#include "src/backend/registry.h"
#include "src/base/sync.h"
#include "src/capi/json.h"
#include "src/capi/marshal.h"

namespace wasmchord::capi {
namespace {

using nlohmann::json;

// What the settings ask for: the caller's choice, then the environment's, then the best ("").
std::string requested_isa(const Settings& settings) {
  if (settings.isa) return *settings.isa;
  const char* forced = std::getenv("WC_FORCE_ISA");
  return forced == nullptr ? "" : forced;
}

// Makes the settings the context's, or changes nothing.
Status apply_settings(Settings settings, ContextState* state) {
  if (settings.num_threads > kMaxThreads) return invalid_argument("num_threads is above 256");
  WC_ASSIGN(const std::string_view isa, resolve_cpu_isa(requested_isa(settings)));
  std::string isa_name(isa);
  auto memory = std::make_shared<Memory>(state->allocator, settings.max_memory_bytes);
  const uint32_t n_threads = settings.num_threads != 0 ? settings.num_threads : available_cores();

  state->isa = std::move(isa_name);
  state->n_threads = std::min(n_threads, kMaxThreads);
  state->memory = std::move(memory);
  state->settings = std::move(settings);
  if (state->settings.gpu_enabled) {
    state->log.write(LogLevel::kInfo, "gpu_enabled: this build has no GPU backend; the CPU runs");
  }
  return Status::ok();
}

void forward_log(void* user, int32_t level, const char* text, size_t length) {
  const auto* state = static_cast<const ContextState*>(user);
  state->log_sink(state->log_user, static_cast<wc_log_level>(level), text, length);
}

Status read_context_options(const wc_context_options* in, ContextState* state, Settings* settings) {
  wc_context_options options;
  WC_TRY(read_struct(in, wc_context_options(WC_CONTEXT_OPTIONS_INIT), &options));
  if (options.deterministic > 1 || options.gpu_enabled > 1) return invalid_argument("a flag is neither 0 nor 1");
  if ((options.allocator.alloc == nullptr) != (options.allocator.free == nullptr)) {
    return invalid_argument("an allocator needs both alloc and free");
  }
  state->allocator = {options.allocator.alloc, options.allocator.free, options.allocator.user};
  state->runner = {options.runner.run, options.runner.user};
  state->log_sink = options.log;
  state->log_user = options.log_user;
  if (options.log != nullptr) state->log = {forward_log, state};
  settings->num_threads = options.num_threads;
  settings->max_memory_bytes = options.max_memory_bytes;
  settings->deterministic = options.deterministic != 0;
  settings->gpu_enabled = options.gpu_enabled != 0;
  if (options.isa != nullptr) settings->isa = options.isa;
  return Status::ok();
}

Status bad_value(const std::string& key, const char* wanted) {
  return Status(Code::kInvalidArgument, key + ": " + wanted);
}

Status read_setting(const std::string& key, const json& value, Settings* settings) {
  if (key == "num_threads") {
    if (!value.is_number_unsigned() || value.get<uint64_t>() > kMaxThreads) {
      return bad_value(key, "an integer from 0 to 256 is needed");
    }
    settings->num_threads = value.get<uint32_t>();
  } else if (key == "max_memory_bytes") {
    if (!value.is_number_unsigned()) return bad_value(key, "an integer of at least 0 is needed");
    settings->max_memory_bytes = value.get<uint64_t>();
  } else if (key == "deterministic" || key == "gpu_enabled") {
    if (!value.is_boolean()) return bad_value(key, "true or false is needed");
    (key == "deterministic" ? settings->deterministic : settings->gpu_enabled) = value.get<bool>();
  } else if (key == "isa") {
    if (!value.is_string() && !value.is_null()) return bad_value(key, "a string or null is needed");
    settings->isa = value.is_null() ? std::nullopt : std::optional(value.get<std::string>());
  } else {
    return Status(Code::kUnknownOption, "unknown option: " + key);
  }
  return Status::ok();
}

}  // namespace

Result<std::shared_ptr<Backend>> new_backend(const ContextState& state, bool keep_file_layout) {
  return create_backend("cpu", {state.memory, state.runner, state.log, state.isa, keep_file_layout});
}

}  // namespace wasmchord::capi

using namespace wasmchord;
using namespace wasmchord::capi;

wc_status wc_context_create(const wc_context_options* options, wc_context** out) {
  return guarded_by(nullptr, [&]() -> Status {
    if (out == nullptr) return invalid_argument("out is NULL");
    auto context = std::make_unique<wc_context>();
    context->state = std::make_shared<ContextState>();
    Settings settings;
    WC_TRY(read_context_options(options, context->state.get(), &settings));
    WC_TRY(apply_settings(std::move(settings), context->state.get()));
    *out = context.release();
    return Status::ok();
  });
}

void wc_context_destroy(wc_context* context) { delete context; }

wc_status wc_context_configure(wc_context* context, const char* json_text, size_t json_size) {
  return guarded(context, [&]() -> Status {
    std::string_view text;
    WC_TRY(read_text(json_text, json_size, &text));
    if (context->state->in_use) {
      return Status(Code::kInvalidState, "the context has been used: configure it before loading");
    }
    const json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!parsed.is_object()) return invalid_argument("the configuration is not a JSON object");
    Settings settings = context->state->settings;
    for (const auto& [key, value] : parsed.items()) WC_TRY(read_setting(key, value, &settings));
    return apply_settings(std::move(settings), context->state.get());
  });
}

const char* wc_last_error(const wc_context* context) { return context == nullptr ? "" : context->state->errors.get(); }

const char* wc_context_isa(const wc_context* context) { return context == nullptr ? "" : context->state->isa.c_str(); }

wc_status wc_context_memory(const wc_context* context, wc_memory_report* out) {
  return guarded(context, [&]() -> Status {
    WC_TRY(check_out_struct(out));
    const Memory& memory = *context->state->memory;
    wc_memory_report report = WC_MEMORY_REPORT_INIT;
    report.live_bytes = memory.live_bytes();
    report.peak_bytes = memory.peak_bytes();
    report.limit_bytes = memory.limit_bytes();
    write_struct(out, report);
    return Status::ok();
  });
}
