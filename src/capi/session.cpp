#include "src/session/session.h"

#include "src/capi/marshal.h"

using namespace wasmchord;
using namespace wasmchord::capi;

namespace {

Status read_kv_type(wc_kv_type type, KvType* out) {
  switch (type) {
    case WC_KV_F32:
      *out = KvType::kF32;
      return Status::ok();
    case WC_KV_F16:
      *out = KvType::kF16;
      return Status::ok();
    case WC_KV_Q8_0:
      *out = KvType::kQ8_0;
      return Status::ok();
    case WC_KV_Q4_0:
      *out = KvType::kQ4_0;
      return Status::ok();
    case WC_KV_FORCE32:
      break;
  }
  return invalid_argument("unknown kv_type");
}

Status read_session_options(const wc_session_options* in, const ContextState& state, SessionOptions* out) {
  wc_session_options options;
  WC_TRY(read_struct(in, wc_session_options(WC_SESSION_OPTIONS_INIT), &options));
  WC_TRY(read_kv_type(options.kv_type, &out->kv_type));
  if (options.num_threads > kMaxThreads) return invalid_argument("num_threads is above 256");
  out->n_ctx = options.n_ctx;
  out->n_batch = options.n_batch;
  out->n_ubatch = options.n_ubatch;
  out->n_threads = options.num_threads != 0 ? options.num_threads : state.n_threads;
  return Status::ok();
}

Status read_generate_options(const wc_generate_options* in, GenerateOptions* out, wc_sampler** sampler) {
  wc_generate_options options;
  WC_TRY(read_struct(in, wc_generate_options(WC_GENERATE_OPTIONS_INIT), &options));
  if (options.ignore_end > 1 || options.emit_special > 1) return invalid_argument("a flag is neither 0 nor 1");
  std::span<const wc_string> stop;
  WC_TRY(read_span(options.stop, options.n_stop, &stop));
  for (const wc_string& text : stop) {
    std::string_view view;
    WC_TRY(read_text(text.data, text.size, &view));
    if (view.empty()) return invalid_argument("a stop string is empty");
    out->stop.emplace_back(view);
  }
  *sampler = options.sampler;
  out->max_tokens = options.max_tokens;
  out->ignore_end = options.ignore_end != 0;
  out->emit_special = options.emit_special != 0;
  out->sampler = options.sampler == nullptr ? nullptr : options.sampler->chain.get();
  return Status::ok();
}

}  // namespace

wc_status wc_session_create(wc_model* model, const wc_session_options* options, wc_session** out) {
  return guarded(model, [&]() -> Status {
    if (out == nullptr) return invalid_argument("out is NULL");
    SessionOptions session_options;
    WC_TRY(read_session_options(options, *model->state, &session_options));
    WC_ASSIGN(std::unique_ptr<Session> session, Session::create(model->model, session_options));
    *out = new wc_session{model->state, nullptr, std::move(session)};
    return Status::ok();
  });
}

void wc_session_destroy(wc_session* session) { delete session; }

wc_status wc_session_prefill(wc_session* session, const int32_t* ids, size_t n) {
  return guarded(session, [&]() -> Status {
    std::span<const TokenId> span;
    WC_TRY(read_span(ids, n, &span));
    return session->session->prefill(span);
  });
}

wc_status wc_session_prefill_reuse(wc_session* session, const int32_t* ids, size_t n, size_t* n_reused) {
  return guarded(session, [&]() -> Status {
    std::span<const TokenId> span;
    WC_TRY(read_span(ids, n, &span));
    WC_ASSIGN(const size_t reused, session->session->prefill_reuse(span));
    if (n_reused != nullptr) *n_reused = reused;
    return Status::ok();
  });
}

wc_status wc_session_eval(wc_session* session, const int32_t* ids, size_t n, size_t first, float* logits) {
  return guarded(session, [&]() -> Status {
    std::span<const TokenId> span;
    WC_TRY(read_span(ids, n, &span));
    if (first > n) return invalid_argument("first is beyond the tokens");
    if (logits == nullptr && first < n) return invalid_argument("logits is NULL");
    return session->session->eval(span, first, logits);
  });
}

wc_status wc_session_logits(wc_session* session, const float** logits, size_t* n) {
  return guarded(session, [&]() -> Status {
    if (logits == nullptr || n == nullptr) return invalid_argument("an output is NULL");
    WC_ASSIGN(const std::span<const float> span, session->session->logits());
    *logits = span.data();
    *n = span.size();
    return Status::ok();
  });
}

wc_status wc_session_generate(wc_session* session, const wc_generate_options* options) {
  return guarded(session, [&]() -> Status {
    GenerateOptions generate_options;
    wc_sampler* sampler = nullptr;
    WC_TRY(read_generate_options(options, &generate_options, &sampler));
    WC_TRY(session->session->generate(generate_options));
    session->sampler = sampler == nullptr ? nullptr : sampler->chain;
    return Status::ok();
  });
}

wc_status wc_session_step(wc_session* session, wc_step* out) {
  return guarded(session, [&]() -> Status {
    WC_TRY(check_out_struct(out));
    Step step;
    Status status = session->session->step(&step);
    const Code code = status.code();
    if (code == Code::kOk || code == Code::kEnd || code == Code::kContextFull) {
      wc_step result = WC_STEP_INIT;
      result.token = step.token;
      result.text = to_wc_string(step.text);
      result.end_reason = static_cast<wc_end_reason>(step.end_reason);
      write_struct(out, result);
    }
    return status;
  });
}

void wc_session_cancel(wc_session* session) {
  if (session != nullptr) session->session->cancel();
}

wc_status wc_session_reset(wc_session* session) {
  return guarded(session, [&]() -> Status { return session->session->reset(); });
}

wc_status wc_session_truncate(wc_session* session, uint32_t n) {
  return guarded(session, [&]() -> Status { return session->session->truncate(n); });
}

wc_status wc_session_get_info(const wc_session* session, wc_session_info* out) {
  return guarded(session, [&]() -> Status {
    WC_TRY(check_out_struct(out));
    const SessionInfo from = session->session->info();
    wc_session_info info = WC_SESSION_INFO_INIT;
    info.n_ctx = from.n_ctx;
    info.position = from.position;
    info.num_threads = from.n_threads;
    info.kv_bytes = from.kv_bytes;
    info.activation_bytes = from.activation_bytes;
    info.prefill_tokens = from.prefill_tokens;
    info.decode_tokens = from.decode_tokens;
    info.prefill_seconds = from.prefill_seconds;
    info.decode_seconds = from.decode_seconds;
    write_struct(out, info);
    return Status::ok();
  });
}
