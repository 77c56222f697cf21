/**
 * @file
 * wasmchord for C++20: the handles of wasmchord.h as classes. Header-only; everything it does goes through the C ABI.
 *
 * Failures are thrown as wasmchord::Error. Copies of a Context or Model refer to the same one; a Loader, Sampler or
 * Session can only be moved. Each object keeps what it was made from alive, so that the order of destruction is free.
 * Thread-safety is that of the C functions: one Loader, Sampler or Session serves one thread at a time.
 */
#ifndef WASMCHORD_WASMCHORD_HPP_
#define WASMCHORD_WASMCHORD_HPP_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wasmchord.h"

/** The C++ interface. */
namespace wasmchord {
/** A namespace of its own keeps these names apart from the library's internal ones when programs are linked. */
inline namespace api {

/** A failed call: what() is the library's message. */
class Error : public std::runtime_error {
 public:
  /** For `status`, with `message`. */
  Error(wc_status status, const std::string& message) : std::runtime_error(message), status_(status) {}
  wc_status status() const noexcept { return status_; } /**< What the call came to. */

 private:
  wc_status status_;
};

/** How the classes below call C. */
namespace detail {

/** Throws where `status` is a failure. */
inline void check(wc_status status, const wc_context* context) {
  if (status == WC_STATUS_OK) return;
  const std::string message = wc_last_error(context);
  throw Error(status, message.empty() ? wc_status_name(status) : message);
}

/** The text of a wc_string. */
inline std::string_view view(wc_string text) { return {text.data, text.size}; }

/** What function(args..., &out) makes of `out`. */
template <typename T, typename Function, typename... Args>
T call(const wc_context* context, T out, Function function, Args... args) {
  check(function(args..., &out), context);
  return out;
}

/** The handle that function(args..., &handle) creates. */
template <typename Handle, typename Function, typename... Args>
Handle* make(const wc_context* context, Function function, Args... args) {
  return call(context, static_cast<Handle*>(nullptr), function, args...);
}

/** As call(), and nullopt where the file has no such entry. */
template <typename T, typename Function, typename... Args>
std::optional<T> find(const wc_context* context, T out, Function function, Args... args) {
  const wc_status status = function(args..., &out);
  if (status == WC_STATUS_NOT_FOUND) return std::nullopt;
  check(status, context);
  return out;
}

/** What function(args..., buffer, capacity, &needed) writes. */
template <typename Container, typename Function, typename... Args>
Container fill(const wc_context* context, Function function, Args... args) {
  Container out;
  size_t needed = 0;
  wc_status status = function(args..., nullptr, 0, &needed);
  if (status == WC_STATUS_BUFFER_TOO_SMALL) {
    out.resize(needed);
    status = function(args..., out.data(), out.size(), &needed);
  }
  check(status, context);
  out.resize(needed);
  return out;
}

/** A handle and the context that explains its failures. */
template <typename T, auto destroy>
class Handle {
 public:
  T* get() const noexcept { return handle_.get(); } /**< The C handle. */

 protected:
  /** Takes over `handle`. */
  Handle(std::shared_ptr<wc_context> context, T* handle) : context_(std::move(context)), handle_(handle, destroy) {}
  void check(wc_status status) const { detail::check(status, context()); } /**< Throws where `status` is a failure. */
  const wc_context* context() const noexcept { return context_.get(); }    /**< For the helpers above. */
  const std::shared_ptr<wc_context>& share() const noexcept { return context_; } /**< For what is made from it. */

 private:
  std::shared_ptr<wc_context> context_;
  std::unique_ptr<T, decltype(destroy)> handle_;
};

}  // namespace detail

/** Configuration, memory accounting and error messages. */
class Context {
 public:
  /** As wc_context_create(). */
  explicit Context(const wc_context_options& options = WC_CONTEXT_OPTIONS_INIT)
      : handle_(detail::make<wc_context>(nullptr, wc_context_create, &options), wc_context_destroy) {}
  /** As wc_context_configure(). */
  void configure(std::string_view json) { detail::check(wc_context_configure(get(), json.data(), json.size()), get()); }
  std::string isa() const { return wc_context_isa(get()); } /**< The instruction set that runs. */
  /** What everything made from this context takes. */
  wc_memory_report memory() const {
    return detail::call(get(), wc_memory_report(WC_MEMORY_REPORT_INIT), wc_context_memory, get());
  }
  /** As wc_inspect_file(): JSON text. */
  std::string inspect_file(std::string_view path, uint32_t n_ctx = 0) const {
    return detail::fill<std::string>(get(), wc_inspect_file, get(), path.data(), path.size(), n_ctx);
  }
  wc_context* get() const noexcept { return handle_.get(); }                    /**< The C handle. */
  const std::shared_ptr<wc_context>& share() const noexcept { return handle_; } /**< The C handle, shared. */

 private:
  std::shared_ptr<wc_context> handle_;
};

/** A view of a model's tokenizer, valid as long as the Model or a Session of it. */
class Tokenizer {
 public:
  /** Of a C handle. */
  Tokenizer(const wc_tokenizer* handle, const wc_context* context) : handle_(handle), context_(context) {}
  /** As wc_tokenizer_encode(). */
  std::vector<int32_t> encode(std::string_view text, uint32_t flags = WC_ENCODE_ADD_SPECIAL) const {
    return detail::fill<std::vector<int32_t>>(context_, wc_tokenizer_encode, get(), text.data(), text.size(), flags);
  }
  /** As wc_tokenizer_decode(). */
  std::string decode(std::span<const int32_t> ids, uint32_t flags = 0) const {
    return detail::fill<std::string>(context_, wc_tokenizer_decode, get(), ids.data(), ids.size(), flags);
  }
  /** The id, or -1 where the vocabulary has none. */
  int32_t special(wc_special_token which) const noexcept { return wc_tokenizer_special(get(), which); }
  bool is_end(int32_t id) const noexcept { return wc_tokenizer_is_end(get(), id) != 0; } /**< Whether it ends a turn. */
  uint32_t vocab_size() const noexcept { return wc_tokenizer_vocab_size(get()); }        /**< Number of entries. */
  const wc_tokenizer* get() const noexcept { return handle_; }                           /**< The C handle. */

 private:
  const wc_tokenizer* handle_;
  const wc_context* context_;
};

/** A loaded model. */
class Model {
 public:
  /** As wc_model_load_file(). */
  Model(const Context& context, std::string_view path, const wc_load_options& options = WC_LOAD_OPTIONS_INIT)
      : Model(context.share(), detail::make<wc_model>(context.get(), wc_model_load_file, context.get(), path.data(),
                                                      path.size(), &options)) {}
  /** Takes over a C handle. */
  Model(std::shared_ptr<wc_context> context, wc_model* handle)
      : context_(std::move(context)), handle_(handle, wc_model_destroy) {}
  /** As wc_model_get_info(). */
  wc_model_info info() const {
    return detail::call(context_.get(), wc_model_info(WC_MODEL_INFO_INIT), wc_model_get_info, get());
  }
  /** The string under `key`, valid as long as the model; nullopt where the file has none. */
  std::optional<std::string_view> metadata_string(std::string_view key) const {
    return text_of(wc_model_metadata_string, key);
  }
  /** The integer under `key`; nullopt where the file has none. */
  std::optional<int64_t> metadata_i64(std::string_view key) const {
    return detail::find(context_.get(), int64_t{0}, wc_model_metadata_i64, get(), key.data(), key.size());
  }
  /** The number under `key`; nullopt where the file has none. */
  std::optional<double> metadata_f64(std::string_view key) const {
    return detail::find(context_.get(), 0.0, wc_model_metadata_f64, get(), key.data(), key.size());
  }
  /** The chat template called `name` (empty: the default one); nullopt where the file has none. */
  std::optional<std::string_view> chat_template(std::string_view name = {}) const {
    return text_of(wc_model_chat_template, name);
  }
  /** As wc_chat_apply(): messages, tools and options are JSON. */
  std::string chat_apply(std::string_view messages, std::string_view tools = {}, std::string_view options = {}) const {
    const wc_chat_request request = chat_request(messages, tools, options);
    return detail::fill<std::string>(context_.get(), wc_chat_apply, get(), &request);
  }
  /** As wc_chat_encode(). */
  std::vector<int32_t> chat_encode(std::string_view messages, std::string_view tools = {},
                                   std::string_view options = {}) const {
    const wc_chat_request request = chat_request(messages, tools, options);
    return detail::fill<std::vector<int32_t>>(context_.get(), wc_chat_encode, get(), &request);
  }
  Tokenizer tokenizer() const { return {wc_model_tokenizer(get()), context_.get()}; } /**< The model's tokenizer. */
  wc_model* get() const noexcept { return handle_.get(); }                            /**< The C handle. */
  const std::shared_ptr<wc_context>& share() const noexcept { return context_; }      /**< The context, shared. */

 private:
  static wc_chat_request chat_request(std::string_view messages, std::string_view tools, std::string_view options) {
    wc_chat_request request = WC_CHAT_REQUEST_INIT;
    request.messages = {messages.data(), messages.size()};
    request.tools = {tools.data(), tools.size()};
    request.options = {options.data(), options.size()};
    return request;
  }
  template <typename Function>
  std::optional<std::string_view> text_of(Function function, std::string_view key) const {
    const auto text = detail::find(context_.get(), wc_string{nullptr, 0}, function, get(), key.data(), key.size());
    return text ? std::optional(detail::view(*text)) : std::nullopt;
  }
  std::shared_ptr<wc_context> context_;
  std::shared_ptr<wc_model> handle_;
};

/** A model being loaded from bytes as they arrive. */
class Loader : public detail::Handle<wc_loader, wc_loader_destroy> {
 public:
  /** As wc_loader_create(). */
  explicit Loader(const Context& context, const wc_load_options& options = WC_LOAD_OPTIONS_INIT)
      : Handle(context.share(), detail::make<wc_loader>(context.get(), wc_loader_create, context.get(), &options)) {}
  /** As wc_loader_feed(). */
  void feed(std::span<const std::byte> bytes) { check(wc_loader_feed(get(), bytes.data(), bytes.size())); }
  /** As wc_loader_next_file(). */
  void next_file(uint64_t total_bytes = 0) { check(wc_loader_next_file(get(), total_bytes)); }
  /** As wc_loader_progress(). */
  wc_progress progress() const { return detail::call(context(), wc_progress{}, wc_loader_progress, get()); }
  /** As wc_loader_inspect(): JSON text. */
  std::string inspect(uint32_t n_ctx = 0) {
    return detail::fill<std::string>(context(), wc_loader_inspect, get(), n_ctx);
  }
  /** As wc_loader_finish(). */
  Model finish() { return {share(), detail::make<wc_model>(context(), wc_loader_finish, get())}; }
};

/** An ordered chain that chooses a token from logits. */
class Sampler : public detail::Handle<wc_sampler, wc_sampler_destroy> {
 public:
  /** An empty chain; it chooses the most likely token. */
  explicit Sampler(const Context& context)
      : Handle(context.share(), detail::make<wc_sampler>(context.get(), wc_sampler_create, context.get())) {}
  /** As wc_sampler_add(); `name` is a C string. Gives itself, so that calls can be chained. */
  Sampler& add(const char* name, std::initializer_list<wc_sampler_param> params = {}) {
    return check(wc_sampler_add(get(), name, params.begin(), params.size())), *this;
  }
  /** As wc_sampler_sample(). */
  int32_t sample(std::span<const float> logits) {
    return detail::call(context(), int32_t{-1}, wc_sampler_sample, get(), logits.data(), logits.size());
  }
  void accept(int32_t id) { check(wc_sampler_accept(get(), id)); } /**< As wc_sampler_accept(). */
  void reset() { check(wc_sampler_reset(get())); }                 /**< As wc_sampler_reset(). */
};

/** Options of Session::generate(); meanings as in wc_generate_options. */
struct GenerateOptions {
  uint32_t max_tokens = 0;             /**< 0: until the context is full. */
  Sampler* sampler = nullptr;          /**< Must outlive the generation; null: the most likely token. */
  std::span<const std::string> stop{}; /**< Stop strings; copied. */
  bool ignore_end = false;             /**< End-of-generation tokens do not stop. */
  bool emit_special = false;           /**< Control tokens appear in the text. */
};

class Generation;

/** A context being filled and continued. */
class Session : public detail::Handle<wc_session, wc_session_destroy> {
 public:
  /** As wc_session_create(). */
  explicit Session(const Model& model, const wc_session_options& options = WC_SESSION_OPTIONS_INIT)
      : Handle(model.share(), detail::make<wc_session>(model.share().get(), wc_session_create, model.get(), &options)),
        model_(model) {}
  /** As wc_session_prefill(). */
  void prefill(std::span<const int32_t> ids) { check(wc_session_prefill(get(), ids.data(), ids.size())); }
  /** Encodes `text` and prefills it. `flags` as in wc_tokenizer_encode(). */
  void prefill(std::string_view text, uint32_t flags = WC_ENCODE_ADD_SPECIAL) {
    prefill(model_.tokenizer().encode(text, flags));
  }
  /** As wc_session_prefill_reuse(); gives the number of tokens that were there already. */
  size_t prefill_reuse(std::span<const int32_t> ids) {
    return detail::call(context(), size_t{0}, wc_session_prefill_reuse, get(), ids.data(), ids.size());
  }
  /** As wc_session_logits(). */
  std::span<const float> logits() {
    const float* data = nullptr;
    size_t n = 0;
    check(wc_session_logits(get(), &data, &n));
    return {data, n};
  }
  /** Starts a generation: `for (std::string_view piece : session.generate()) ...`. The session must stay in place. */
  Generation generate(const GenerateOptions& options = {});
  /** As wc_session_step(), for those who need ids; gives WC_STATUS_OK, END, PENDING or CONTEXT_FULL, else throws. */
  wc_status step(wc_step& out) {
    const wc_status status = wc_session_step(get(), &out);
    if (status != WC_STATUS_END && status != WC_STATUS_PENDING && status != WC_STATUS_CONTEXT_FULL) check(status);
    return status;
  }
  void cancel() noexcept { wc_session_cancel(get()); }                /**< As wc_session_cancel(): from any thread. */
  void reset() { check(wc_session_reset(get())); }                    /**< As wc_session_reset(). */
  void truncate(uint32_t n) { check(wc_session_truncate(get(), n)); } /**< As wc_session_truncate(). */
  /** As wc_session_get_info(). */
  wc_session_info info() const {
    return detail::call(context(), wc_session_info(WC_SESSION_INFO_INIT), wc_session_get_info, get());
  }

 private:
  Model model_;
};

/** A generation under way: an input range of text pieces, each valid UTF-8 and valid until the next is asked for. */
class Generation {
 public:
  /** Of a session that has begun to generate. */
  explicit Generation(Session& session) : session_(&session) {}

  /** An input iterator over the pieces. */
  class Iterator {
   public:
    using value_type = std::string_view;                                   /**< A piece, never empty. */
    using difference_type = std::ptrdiff_t;                                /**< For std::input_iterator. */
    explicit Iterator(Generation* generation) : generation_(generation) {} /**< Of `generation`. */
    std::string_view operator*() const { return detail::view(generation_->step_.text); } /**< The piece. */
    Iterator& operator++() { return generation_->advance(), *this; }              /**< Generates the next piece. */
    void operator++(int) { generation_->advance(); }                              /**< Generates the next piece. */
    bool operator==(std::default_sentinel_t) const { return generation_->done_; } /**< Whether it has ended. */

   private:
    Generation* generation_;
  };

  /** Generates the first piece. To be called once. */
  Iterator begin() { return advance(), Iterator(this); }
  std::default_sentinel_t end() const noexcept { return {}; } /**< The end of the range. */
  wc_status status() const noexcept { return status_; }       /**< OK while under way, then END or CONTEXT_FULL. */
  wc_end_reason end_reason() const noexcept { return step_.end_reason; } /**< Why it ended. */

 private:
  // Steps until there is text or nothing follows. The last step may bring both the end and text.
  void advance() {
    step_.text.size = 0;
    while (step_.text.size == 0 && !done_) {
      done_ = status_ == WC_STATUS_END || status_ == WC_STATUS_CONTEXT_FULL;
      if (!done_) status_ = session_->step(step_);
    }
  }
  Session* session_;
  wc_step step_ = WC_STEP_INIT;
  wc_status status_ = WC_STATUS_OK;
  bool done_ = false;
};

inline Generation Session::generate(const GenerateOptions& options) {
  std::vector<wc_string> stop;
  for (const std::string& text : options.stop) stop.push_back({text.data(), text.size()});
  wc_generate_options out = WC_GENERATE_OPTIONS_INIT;
  out.max_tokens = options.max_tokens;
  out.ignore_end = options.ignore_end ? 1 : 0;
  out.emit_special = options.emit_special ? 1 : 0;
  out.sampler = options.sampler == nullptr ? nullptr : options.sampler->get();
  out.stop = stop.data();
  out.n_stop = stop.size();
  check(wc_session_generate(get(), &out));
  return Generation(*this);
}

}  // namespace api
}  // namespace wasmchord

#endif  // WASMCHORD_WASMCHORD_HPP_
