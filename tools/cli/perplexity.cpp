// wasmchord perplexity: how well a model predicts a text, by the convention that published GGUF numbers follow.
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "tools/cli/commands.h"
#include "tools/cli/engine.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/io.h"
#include "tools/cli/prompt.h"
#include "tools/cli/scoring.h"
#include "tools/cli/terminal.h"

namespace wasmchord::cli {
namespace {

struct PerplexityOptions {
  EngineOptions engine;
  PromptOptions prompt;
  uint32_t n_ctx = 512;
  uint32_t max_chunks = 0;
  bool json = false;
  wc_kv_type kv_type = WC_KV_F16;
};

struct Score {
  size_t count = 0;
  double sum = 0;  // of negative log-probabilities
  double sum_squares = 0;

  void add(double nll) {
    ++count;
    sum += nll;
    sum_squares += nll * nll;
  }
  double perplexity() const { return std::exp(sum / static_cast<double>(count)); }
  // Standard error of the mean, carried through the exponential.
  double error() const {
    const double mean = sum / static_cast<double>(count);
    const double variance = sum_squares / static_cast<double>(count) - mean * mean;
    return count < 2 || variance <= 0 ? 0 : std::sqrt(variance / static_cast<double>(count - 1)) * perplexity();
  }
};

// Scores the second half of a chunk only: its first tokens have too little context to say something about the model.
class ChunkScorer {
 public:
  ChunkScorer(const Engine& engine, const PerplexityOptions& options, InterruptGuard* guard)
      : engine_(engine),
        guard_(*guard),
        n_ctx_(options.n_ctx),
        n_vocab_(engine.info().n_vocab),
        session_(engine.make_session({options.n_ctx, 0, 0, options.kv_type}, 0)) {
    guard_.watch(session_.get());
  }
  ~ChunkScorer() { guard_.watch(nullptr); }
  ChunkScorer(const ChunkScorer&) = delete;
  ChunkScorer& operator=(const ChunkScorer&) = delete;

  void add(std::span<const int32_t> chunk, Score* score) {
    constexpr size_t kBatch = 64;
    const size_t first = n_ctx_ / 2;
    engine_.check(wc_session_reset(session_.get()), "cannot reset the session");
    check_run(wc_session_prefill(session_.get(), chunk.data(), first));
    logits_.resize(kBatch * n_vocab_);
    for (size_t at = first; at + 1 < chunk.size(); at += kBatch) {
      const size_t n = std::min(kBatch, chunk.size() - 1 - at);
      check_run(wc_session_eval(session_.get(), chunk.data() + at, n, 0, logits_.data()));
      for (size_t i = 0; i < n; ++i) {
        const std::span<const float> row(logits_.data() + i * n_vocab_, n_vocab_);
        score->add(log_normalizer(row) - row[chunk[at + i + 1]]);
      }
    }
  }

 private:
  void check_run(wc_status status) const {
    if (status == WC_STATUS_CANCELLED && guard_.caught() != 0) {
      throw Interrupted(guard_.caught());
    }
    engine_.check(status, "cannot compute the logits");
  }

  const Engine& engine_;
  InterruptGuard& guard_;
  size_t n_ctx_;
  size_t n_vocab_;
  SessionHandle session_;
  std::vector<float> logits_;
};

void print_result(const PerplexityOptions& options, const Score& score, size_t n_tokens, size_t n_chunks) {
  if (!options.json) {
    write_stdout("PPL = " + format_fixed(score.perplexity(), 4) + " +/- " + format_fixed(score.error(), 5) + "\n");
    return;
  }
  const nlohmann::ordered_json result = {{"perplexity", score.perplexity()},
                                         {"error", score.error()},
                                         {"n_ctx", options.n_ctx},
                                         {"n_chunks", n_chunks},
                                         {"n_tokens", n_tokens},
                                         {"n_scored", score.count}};
  write_stdout(result.dump() + "\n");
}

int perplexity(const PerplexityOptions& options) {
  const std::string text = read_prompt(options.prompt);
  InterruptGuard guard;
  const Engine engine(options.engine, 0, &guard);
  std::vector<int32_t> ids = engine.encode(text, WC_ENCODE_ADD_SPECIAL);
  const size_t n_ctx = options.n_ctx;
  if (ids.size() < 2 * n_ctx) {
    throw CliError("the text has " + std::to_string(ids.size()) + " tokens; a context of " + std::to_string(n_ctx) +
                   " needs at least " + std::to_string(2 * n_ctx));
  }
  size_t n_chunks = ids.size() / n_ctx;
  if (options.max_chunks != 0) {
    n_chunks = std::min<size_t>(n_chunks, options.max_chunks);
  }
  const bool adds_bos = engine.adds_bos();
  const int32_t bos = wc_tokenizer_special(engine.tokenizer(), WC_TOKEN_BOS);
  ChunkScorer scorer(engine, options, &guard);
  Score score;
  for (size_t chunk = 0; chunk < n_chunks; ++chunk) {
    int32_t* begin = ids.data() + chunk * n_ctx;
    if (adds_bos) {
      *begin = bos;
    }
    scorer.add({begin, n_ctx}, &score);
    std::fprintf(stderr, "%s[%zu/%zu] %.4f%s", stderr_is_terminal() ? "\r\x1b[K" : "", chunk + 1, n_chunks,
                 score.perplexity(), stderr_is_terminal() ? "" : "\n");
  }
  std::fputs(stderr_is_terminal() ? "\n" : "", stderr);
  print_result(options, score, ids.size(), n_chunks);
  return 0;
}

}  // namespace

void add_perplexity(CLI::App& app, Command* chosen) {
  auto options = std::make_shared<PerplexityOptions>();
  CLI::App* command = app.add_subcommand("perplexity", "Measures how well the model predicts a text");
  add_engine_options(*command, &options->engine);
  add_prompt_options(*command, &options->prompt);
  command->add_option("-t,--threads", options->engine.threads, "Threads (default: as many as there are cores)");
  command->add_option("-c,--ctx", options->n_ctx, "Tokens in a chunk; the second half of each is scored")
      ->check(CLI::Range(4, 1 << 24))
      ->capture_default_str();
  command->add_option("--chunks", options->max_chunks, "Stop after so many chunks (default: all)");
  command->add_flag("--json", options->json, "A JSON object");
  add_kv_option(*command, &options->kv_type);
  command->callback([options, chosen] { *chosen = [options] { return perplexity(*options); }; });
}

}  // namespace wasmchord::cli
