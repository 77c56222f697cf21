#include "src/session/session.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "src/session/stop_matcher.h"

namespace wasmchord {
namespace {

constexpr uint32_t kDefaultContext = 4096;  // positions, where the caller names none and the model allows more

using Clock = std::chrono::steady_clock;

// Adds the seconds from its construction to its destruction to *total.
class Stopwatch {
 public:
  explicit Stopwatch(double* total) : total_(total), start_(Clock::now()) {}
  ~Stopwatch() { *total_ += std::chrono::duration<double>(Clock::now() - start_).count(); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  double* total_;
  Clock::time_point start_;
};

SessionOptions with_defaults(SessionOptions options, const ModelConfig& config) {
  if (options.n_ctx == 0) options.n_ctx = std::min(config.n_ctx_train, kDefaultContext);
  if (options.n_batch == 0) options.n_batch = kDefaultBatch;
  options.n_batch = std::min(options.n_batch, options.n_ctx);
  if (options.n_ubatch == 0) options.n_ubatch = default_micro_batch(config, options.n_batch);
  options.n_ubatch = std::min(options.n_ubatch, options.n_batch);
  return options;
}

Status cancelled() { return {Code::kCancelled, "cancelled"}; }

}  // namespace

struct Session::Impl {
  std::shared_ptr<const Model> model;
  SessionOptions options;
  std::unique_ptr<Executor> executor;
  std::vector<float> logits;   // [n_vocab], after the last computed token
  std::vector<TokenId> held;   // computed and kept: one for each position
  std::vector<TokenId> fresh;  // prefilled since the last generation began: its sampler has not seen them
  bool has_logits = false;
  uint32_t position = 0;
  TokenId pending = kNoToken;  // given out by step(), not computed yet
  std::atomic<bool> cancel{false};
  SessionInfo totals;

  // generation
  bool generating = false;
  GenerateOptions generate;
  SamplerChain argmax;
  StreamDecoder decoder;
  StopMatcher stop;
  std::string decoded, text;  // of one step
  uint32_t n_generated = 0;

  Impl(std::shared_ptr<const Model> m, const SessionOptions& o, std::unique_ptr<Executor> e)
      : model(std::move(m)), options(o), executor(std::move(e)), decoder(&model->tokenizer(), false) {}

  SamplerChain& sampler() { return generate.sampler != nullptr ? *generate.sampler : argmax; }
  Status check_ids(std::span<const TokenId> ids) const;  // that they are in the vocabulary
  Status check(std::span<const TokenId> ids) const;      // and that they fit
  void keep(uint32_t n);
  Status compute(std::span<const TokenId> ids, size_t first, float* rows);
  Status append(std::span<const TokenId> ids, size_t first, float* rows);
  Status sample(TokenId* token);
  Status emit(TokenId token, Step* step);
  Status end(EndReason reason, Step* step);
  void hold_nothing(Step* step);
};

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::create(std::shared_ptr<const Model> model, const SessionOptions& options) {
  if (model->vocab_only()) {
    return Status(Code::kInvalidState, "the model was loaded for its vocabulary only");
  }
  const SessionOptions filled = with_defaults(options, model->config());
  ExecutorOptions executor_options{filled.n_ctx, filled.n_ubatch, filled.kv_type, filled.n_threads};
  WC_ASSIGN(std::unique_ptr<Executor> executor, model->create_executor(executor_options));
  auto impl = std::make_unique<Impl>(std::move(model), filled, std::move(executor));
  const uint32_t n_vocab = impl->model->config().n_vocab;
  impl->logits.resize(n_vocab);
  impl->fresh.reserve(filled.n_ctx);
  impl->held.reserve(filled.n_ctx);
  impl->argmax.prepare(n_vocab);
  // One step gives at most a token's bytes and what was held back; growing once for a long token does no harm.
  impl->decoded.reserve(1024);
  impl->text.reserve(4096);
  return std::unique_ptr<Session>(new Session(std::move(impl)));
}

Status Session::Impl::check_ids(std::span<const TokenId> ids) const {
  const auto n_vocab = static_cast<TokenId>(model->config().n_vocab);
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0 || ids[i] >= n_vocab) {
      return Status(Code::kBadToken, "token " + std::to_string(ids[i]) + " at " + std::to_string(i) +
                                         " is outside the vocabulary of " + std::to_string(n_vocab));
    }
  }
  return Status::ok();
}

Status Session::Impl::check(std::span<const TokenId> ids) const {
  WC_TRY(check_ids(ids));
  const size_t wanted = ids.size() + (pending != kNoToken ? 1 : 0);
  if (wanted > options.n_ctx - position) {
    return Status(Code::kContextFull, std::to_string(wanted) + " more tokens do not fit: " + std::to_string(position) +
                                          " of " + std::to_string(options.n_ctx) + " positions are taken");
  }
  return Status::ok();
}

// One micro-batch after another. Rows of logits: those of ids[first..), and always the very last into `logits`.
Status Session::Impl::compute(std::span<const TokenId> ids, size_t first, float* rows) {
  const size_t n_vocab = logits.size();
  for (size_t done = 0; done < ids.size();) {
    if (cancel.exchange(false)) return cancelled();
    const size_t n = std::min<size_t>(options.n_ubatch, ids.size() - done);
    const bool last = done + n == ids.size();
    RunArgs args;
    args.ids = ids.subspan(done, n);
    args.position = position;
    if (rows != nullptr && done + n > first) {
      const size_t from = std::max(done, first);
      args.n_outputs = static_cast<uint32_t>(done + n - from);
      args.logits = rows + (from - first) * n_vocab;
    } else if (last) {
      args.n_outputs = 1;
      args.logits = logits.data();
    }
    has_logits = false;
    args.cancel = &cancel;
    Status status = executor->run(args);
    while (status.code() == Code::kPending) status = executor->poll();
    if (status.code() == Code::kCancelled) cancel.store(false);
    WC_TRY(std::move(status));
    position += static_cast<uint32_t>(n);
    held.insert(held.end(), args.ids.begin(), args.ids.end());
    if (last && rows != nullptr && args.n_outputs > 0) {
      const float* row = args.logits + (args.n_outputs - 1) * n_vocab;
      std::copy(row, row + n_vocab, logits.begin());
    }
    has_logits = last;
    done += n;
  }
  return Status::ok();
}

Status Session::Impl::append(std::span<const TokenId> ids, size_t first, float* rows) {
  WC_TRY(check(ids));
  generating = false;
  const Stopwatch watch(&totals.prefill_seconds);
  if (pending != kNoToken) {
    const TokenId token = pending;
    WC_TRY(compute({&token, 1}, 1, nullptr));
    pending = kNoToken;
  }
  totals.prefill_tokens += ids.size();
  const uint32_t before = position;
  Status status = compute(ids, first, rows);
  fresh.insert(fresh.end(), ids.begin(), ids.begin() + (position - before));
  WC_TRY(std::move(status));
  if (std::all_of(logits.begin(), logits.end(), [](float x) { return std::isfinite(x); })) return Status::ok();
  return {Code::kBadLogits, "the model computed logits that are not finite"};
}

Status Session::prefill(std::span<const TokenId> ids) { return impl_->append(ids, ids.size(), nullptr); }

Result<size_t> Session::prefill_reuse(std::span<const TokenId> ids) {
  Impl& s = *impl_;
  if (ids.empty()) return Status(Code::kInvalidArgument, "no tokens");
  WC_TRY(s.check_ids(ids));
  if (ids.size() > s.options.n_ctx) {
    return Status(Code::kContextFull,
                  std::to_string(ids.size()) + " tokens do not fit " + std::to_string(s.options.n_ctx) + " positions");
  }
  const std::span<const TokenId> held(s.held);
  const auto end = std::mismatch(held.begin(), held.end(), ids.begin(), ids.end()).second;
  const size_t reused = std::min(static_cast<size_t>(end - ids.begin()), ids.size() - 1);  // logits need a token
  s.keep(static_cast<uint32_t>(reused));
  WC_TRY(prefill(ids.subspan(reused)));
  return reused;
}

Status Session::eval(std::span<const TokenId> ids, size_t first, float* logits) {
  if (first > ids.size()) return {Code::kInvalidArgument, "first is past the last token"};
  return impl_->append(ids, first, first == ids.size() ? nullptr : logits);
}

Result<std::span<const float>> Session::logits() const {
  if (!impl_->has_logits) return Status(Code::kInvalidState, "no token has been computed yet");
  return std::span<const float>(impl_->logits);
}

Status Session::generate(const GenerateOptions& options) {
  Impl& s = *impl_;
  if (!s.has_logits && s.pending == kNoToken) {
    return {Code::kInvalidState, "nothing to continue: call prefill first"};
  }
  s.generate = options;
  s.stop = StopMatcher(options.stop);
  s.decoder = StreamDecoder(&s.model->tokenizer(), options.emit_special);
  s.decoder.reset(/*at_start=*/false);
  s.sampler().prepare(static_cast<uint32_t>(s.logits.size()));
  for (const TokenId id : s.fresh) s.sampler().accept(id);
  s.fresh.clear();
  s.n_generated = 0;
  s.generating = true;
  return Status::ok();
}

Status Session::Impl::sample(TokenId* token) {
  if (pending != kNoToken) {
    if (position == options.n_ctx) {
      return Status(Code::kContextFull, "all " + std::to_string(options.n_ctx) + " positions are taken");
    }
    const TokenId fed = pending;
    WC_TRY(compute({&fed, 1}, 1, nullptr));
    pending = kNoToken;
  }
  if (cancel.exchange(false)) return cancelled();
  WC_ASSIGN(*token, sampler().sample(logits));
  sampler().accept(*token);
  pending = *token;
  ++totals.decode_tokens;
  return Status::ok();
}

// Ends the generation; what was held back becomes the step's text.
Status Session::Impl::end(EndReason reason, Step* step) {
  generating = false;
  step->end_reason = reason;
  if (reason != EndReason::kStop) hold_nothing(step);
  step->text = text;
  return {Code::kEnd, {}};
}

void Session::Impl::hold_nothing(Step* step) {
  decoded.clear();
  decoder.flush(&decoded);
  if (stop.push(decoded, &text)) {
    step->end_reason = EndReason::kStop;
  } else {
    stop.flush(&text);
  }
}

Status Session::Impl::emit(TokenId token, Step* step) {
  ++n_generated;
  if (!generate.ignore_end && model->tokenizer().is_end_of_generation(token)) return end(EndReason::kToken, step);
  decoded.clear();
  WC_TRY(decoder.push(token, &decoded));
  if (stop.push(decoded, &text)) return end(EndReason::kStop, step);
  if (generate.max_tokens != 0 && n_generated >= generate.max_tokens) return end(EndReason::kLength, step);
  step->text = text;
  return Status::ok();
}

Status Session::step(Step* step) {
  Impl& s = *impl_;
  *step = Step();
  if (!s.generating) return {Code::kInvalidState, "no generation is under way"};
  const Stopwatch watch(&s.totals.decode_seconds);
  s.text.clear();
  Status status = s.sample(&step->token);
  if (status.code() == Code::kContextFull) {
    s.generating = false;
    s.hold_nothing(step);
    step->text = s.text;
  }
  WC_TRY(std::move(status));
  return s.emit(step->token, step);
}

void Session::cancel() { impl_->cancel.store(true); }

Status Session::reset() {
  WC_TRY(truncate(0));
  impl_->totals = {};
  return Status::ok();
}

// Forgets all but the first n positions.
void Session::Impl::keep(uint32_t n) {
  if (n < position) {
    has_logits = false;
    const auto first_fresh = position - static_cast<uint32_t>(fresh.size());
    fresh.resize(n > first_fresh ? n - first_fresh : 0);
  }
  position = n;
  held.resize(n);
  pending = kNoToken;
  generating = false;
}

Status Session::truncate(uint32_t n) {
  Impl& s = *impl_;
  if (n > s.position) {
    return {Code::kInvalidArgument,
            "cannot keep " + std::to_string(n) + " of " + std::to_string(s.position) + " positions"};
  }
  s.keep(n);
  s.cancel.store(false);
  return Status::ok();
}

SessionInfo Session::info() const {
  SessionInfo info = impl_->totals;
  const ExecutorMemory memory = impl_->executor->memory();
  info.n_ctx = impl_->options.n_ctx;
  info.position = impl_->position;
  info.n_threads = impl_->executor->n_threads();
  info.kv_bytes = memory.kv_bytes;
  info.activation_bytes = memory.activation_bytes;
  return info;
}

}  // namespace wasmchord
