#include "src/capi/loader.h"

#include <filesystem>

#include "src/capi/inspect.h"
#include "src/capi/marshal.h"

namespace wasmchord::capi {
namespace {

constexpr uint32_t kKnownFlags = WC_LOAD_VOCAB_ONLY | WC_LOAD_TRUST_WEIGHTS | WC_LOAD_FILE_LAYOUT;

wc_progress progress_to_c(const gguf::Progress& progress) {
  return {progress.bytes_done, progress.bytes_total, progress.tensors_done, progress.tensors_total};
}

Status copy_json(const std::string& text, char* buffer, size_t capacity, size_t* needed) {
  return copy_out(std::span<const char>(text), buffer, capacity, needed);
}

Status after_end() { return Status(Code::kInvalidState, "the loader has been finished"); }

// Runs call() -> Status. Every call behind the first failure gives that failure again, be it an exception: what was
// half done cannot go on.
template <typename Call>
Status remember(wc_loader* loader, Call call) {
  try {
    return loader->failure = call();
  } catch (const std::bad_alloc&) {
    loader->failure = Status(Code::kOutOfMemory, {});
    throw;
  } catch (...) {
    loader->failure = Status(Code::kInternal, {});
    throw;
  }
}

Status check_feedable(const wc_loader* loader) { return loader->finished ? after_end() : loader->failure; }

}  // namespace

Status read_load_request(const ContextState& state, const wc_load_options* in, LoadRequest* out) {
  wc_load_options options;
  WC_TRY(read_struct(in, wc_load_options(WC_LOAD_OPTIONS_INIT), &options));
  if ((options.flags & ~kKnownFlags) != 0) return invalid_argument("flags has an unknown bit");
  out->total_bytes = options.total_bytes;
  out->options.vocab_only = (options.flags & WC_LOAD_VOCAB_ONLY) != 0;
  out->options.trust_weights = (options.flags & WC_LOAD_TRUST_WEIGHTS) != 0;
  if (options.progress != nullptr) {
    out->options.progress = [call = options.progress, user = options.progress_user](const gguf::Progress& progress) {
      const wc_progress report = progress_to_c(progress);
      return call(user, &report) == 0;
    };
  }
  if (!out->options.vocab_only) {
    WC_ASSIGN(out->backend, new_backend(state, (options.flags & WC_LOAD_FILE_LAYOUT) != 0));
  }
  return Status::ok();
}

wc_model* new_model_handle(std::shared_ptr<ContextState> state, std::shared_ptr<const Model> model) {
  const Tokenizer* tokenizer = &model->tokenizer();
  state->in_use = true;
  return new wc_model{state, std::move(model), {state, tokenizer}};
}

}  // namespace wasmchord::capi

using namespace wasmchord;
using namespace wasmchord::capi;

wc_status wc_loader_create(wc_context* context, const wc_load_options* options, wc_loader** out) {
  return guarded(context, [&]() -> Status {
    if (out == nullptr) return invalid_argument("out is NULL");
    LoadRequest request;
    WC_TRY(read_load_request(*context->state, options, &request));
    *out = new wc_loader(context->state, std::move(request.backend), std::move(request.options), request.total_bytes);
    context->state->in_use = true;
    return Status::ok();
  });
}

void wc_loader_destroy(wc_loader* loader) { delete loader; }

wc_status wc_loader_feed(wc_loader* loader, const void* bytes, size_t size) {
  return guarded(loader, [&]() -> Status {
    std::span<const std::byte> span;
    WC_TRY(read_span(static_cast<const std::byte*>(bytes), size, &span));
    WC_TRY(check_feedable(loader));
    return remember(loader, [&] { return loader->reader.feed(span); });
  });
}

wc_status wc_loader_next_file(wc_loader* loader, uint64_t total_bytes) {
  return guarded(loader, [&]() -> Status {
    WC_TRY(check_feedable(loader));
    return remember(loader, [&] { return loader->reader.next_file(total_bytes); });
  });
}

wc_status wc_loader_progress(const wc_loader* loader, wc_progress* out) {
  return guarded(loader, [&]() -> Status {
    if (out == nullptr) return invalid_argument("out is NULL");
    *out = progress_to_c(loader->reader.progress());
    return Status::ok();
  });
}

wc_status wc_loader_finish(wc_loader* loader, wc_model** out) {
  return guarded(loader, [&]() -> Status {
    if (out == nullptr) return invalid_argument("out is NULL");
    WC_TRY(check_feedable(loader));
    return remember(loader, [&]() -> Status {
      WC_TRY(loader->reader.finish());
      WC_ASSIGN(std::shared_ptr<const Model> model, loader->model.finish());
      *out = new_model_handle(loader->state, std::move(model));
      loader->finished = true;
      return Status::ok();
    });
  });
}

wc_status wc_loader_inspect(wc_loader* loader, uint32_t n_ctx, char* buffer, size_t capacity, size_t* needed) {
  return guarded(loader, [&]() -> Status {
    WC_TRY(check_buffer(buffer, capacity, needed));
    if (loader->finished) return after_end();
    // A file whose model cannot run has failed by now, but its header is there.
    const gguf::Header* header = loader->model.header();
    if (header == nullptr) {
      return loader->failure ? Status(Code::kInvalidState, "the header is not complete yet") : loader->failure;
    }
    return copy_json(describe(*header, loader->file_bytes, n_ctx), buffer, capacity, needed);
  });
}

wc_status wc_inspect_file(wc_context* context, const char* path, size_t path_size, uint32_t n_ctx, char* buffer,
                          size_t capacity, size_t* needed) {
  return guarded(context, [&]() -> Status {
    std::string path_text;
    WC_TRY(read_path(path, path_size, &path_text));
    WC_TRY(check_buffer(buffer, capacity, needed));
    WC_ASSIGN(const std::shared_ptr<const gguf::Header> header, gguf::read_header(path_text));
    std::error_code error;
    const uintmax_t file_bytes = std::filesystem::file_size(path_text, error);
    return copy_json(describe(*header, error ? 0 : file_bytes, n_ctx), buffer, capacity, needed);
  });
}
