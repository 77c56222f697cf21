// wasmchord run: a prompt in, text out.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <random>

#include "tools/cli/commands.h"
#include "tools/cli/engine.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/io.h"
#include "tools/cli/process_info.h"
#include "tools/cli/prompt.h"
#include "tools/cli/sampling.h"
#include "tools/cli/terminal.h"

namespace wasmchord::cli {
namespace {

struct RunOptions {
  EngineOptions engine;
  PromptOptions prompt;
  SamplingOptions sampling;
  SessionSettings session;
  uint32_t n_predict = 0;
  std::vector<std::string> stop;
  bool raw = false;
  bool demo = false;
  bool parse_special = false;
  bool ignore_end = false;
  bool emit_special = false;
  bool quiet = false;
  bool json = false;
};

struct Outcome {
  std::string text;
  uint32_t n_generated = 0;
  std::string end = "none";
};

bool wants_demo(const RunOptions& options) {
  const bool no_prompt = !options.prompt.text && options.prompt.file.empty();
  return options.demo || (no_prompt && options.engine.is_built_in() && stdin_is_terminal());
}

std::string prompt_text(const RunOptions& options) {
  if (wants_demo(options)) {
    return std::string(kDemoPrompt);
  }
  if (!options.prompt.text && options.prompt.file.empty() && stdin_is_terminal()) {
    throw UsageError("no prompt: give one with -p, -f or on standard input");
  }
  return read_prompt(options.prompt);
}

std::vector<int32_t> prompt_ids(const RunOptions& options, const Engine& engine, std::string text) {
  if (options.engine.is_built_in() && !options.raw) {
    if (text.ends_with('\n')) {
      text.pop_back();  // of the shell's echo, not part of what the user says
    }
    return encode_built_in_turn(engine, text);
  }
  return engine.encode(text, WC_ENCODE_ADD_SPECIAL | (options.parse_special ? WC_ENCODE_PARSE_SPECIAL : 0));
}

const char* end_name(wc_end_reason reason) {
  switch (reason) {
    case WC_END_TOKEN:
      return "end of turn";
    case WC_END_STOP:
      return "stop string";
    case WC_END_LENGTH:
      return "token limit";
    default:
      return "none";
  }
}

// One prompt and its answer on one session.
class Generation {
 public:
  Generation(const RunOptions& options, const Engine& engine, InterruptGuard* guard)
      : options_(options),
        engine_(engine),
        guard_(*guard),
        seed_(options.sampling.seed ? *options.sampling.seed : std::random_device()()),
        session_(engine.make_session(options.session, 0)) {
    const double usual = options.engine.is_built_in() ? kBuiltInTemperature : kTemperature;
    sampler_ = make_sampler(engine, options.sampling, options.sampling.temperature.value_or(usual), seed_);
    guard_.watch(session_.get());
  }
  ~Generation() { guard_.watch(nullptr); }
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;

  uint32_t seed() const { return seed_; }
  const Outcome& outcome() const { return outcome_; }

  wc_session_info info() const {
    wc_session_info info = WC_SESSION_INFO_INIT;
    engine_.check(wc_session_get_info(session_.get(), &info), "cannot describe the session");
    return info;
  }

  // Also returns, without an error, where a signal ended the work.
  void run(const std::vector<int32_t>& ids) {
    const wc_status status = wc_session_prefill(session_.get(), ids.data(), ids.size());
    if (ended_by_signal(status)) {
      return;
    }
    engine_.check(status, "cannot read the prompt");
    start();
    while (step()) {
    }
  }

 private:
  bool ended_by_signal(wc_status status) {
    if (status != WC_STATUS_CANCELLED || guard_.caught() == 0) {
      return false;
    }
    outcome_.end = "interrupted";
    return true;
  }

  void start() {
    std::vector<wc_string> stop;
    stop.reserve(options_.stop.size());
    for (const std::string& text : options_.stop) {
      stop.push_back({text.data(), text.size()});
    }
    wc_generate_options generate = WC_GENERATE_OPTIONS_INIT;
    generate.max_tokens = options_.n_predict;
    generate.ignore_end = options_.ignore_end ? 1 : 0;
    generate.emit_special = options_.emit_special ? 1 : 0;
    generate.sampler = sampler_.get();
    generate.stop = stop.data();
    generate.n_stop = stop.size();
    engine_.check(wc_session_generate(session_.get(), &generate), "cannot generate");
  }

  bool step() {
    wc_step out = WC_STEP_INIT;
    const wc_status status = wc_session_step(session_.get(), &out);
    if (ended_by_signal(status)) {
      return false;
    }
    const bool goes_on = status == WC_STATUS_OK;
    if (status == WC_STATUS_CONTEXT_FULL) {
      outcome_.end = "context full";
    } else if (status == WC_STATUS_END) {
      outcome_.end = end_name(out.end_reason);
    } else {
      engine_.check(status, "cannot generate");
    }
    outcome_.n_generated += out.token >= 0 ? 1 : 0;
    outcome_.text += view(out.text);
    if (!options_.json) {
      write_stdout(view(out.text));
    }
    return goes_on;
  }

  const RunOptions& options_;
  const Engine& engine_;
  InterruptGuard& guard_;
  uint32_t seed_;
  SessionHandle session_;
  SamplerHandle sampler_;
  Outcome outcome_;
};

double rate(uint64_t tokens, double seconds) { return seconds > 0 ? static_cast<double>(tokens) / seconds : 0; }

void print_summary(const Engine& engine, const Generation& generation) {
  const wc_session_info info = generation.info();
  std::fprintf(stderr,
               "[load %.0f ms | prompt %llu tokens, %.1f t/s | decode %llu tokens, %.1f t/s | peak memory %s | seed %u "
               "| ended by: %s]\n",
               engine.load_seconds() * 1000, static_cast<unsigned long long>(info.prefill_tokens),
               rate(info.prefill_tokens, info.prefill_seconds), static_cast<unsigned long long>(info.decode_tokens),
               rate(info.decode_tokens, info.decode_seconds), format_bytes(peak_memory_bytes()).c_str(),
               generation.seed(), generation.outcome().end.c_str());
}

void print_json(const RunOptions& options, const Engine& engine, const Generation& generation) {
  const wc_session_info info = generation.info();
  const Outcome& outcome = generation.outcome();
  const nlohmann::ordered_json result = {{"model", options.engine.display_name()},
                                         {"text", outcome.text},
                                         {"end", outcome.end},
                                         {"seed", generation.seed()},
                                         {"n_prompt", info.prefill_tokens},
                                         {"n_generated", outcome.n_generated},
                                         {"load_seconds", engine.load_seconds()},
                                         {"prompt_tokens_per_second", rate(info.prefill_tokens, info.prefill_seconds)},
                                         {"decode_tokens_per_second", rate(info.decode_tokens, info.decode_seconds)},
                                         {"peak_memory_bytes", peak_memory_bytes()}};
  write_stdout(result.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

int run(const RunOptions& options) {
  const std::string text = prompt_text(options);
  // From here on: a read from a terminal must stay interruptible in the usual way.
  InterruptGuard guard;
  const Engine engine(options.engine, 0, &guard);
  const std::vector<int32_t> ids = prompt_ids(options, engine, text);
  if (ids.empty()) {
    throw CliError("the prompt is empty and this model adds no token in front of it");
  }
  if (wants_demo(options) && !options.quiet) {
    std::fprintf(stderr, "> %s\n", text.c_str());
  }
  Generation generation(options, engine, &guard);
  generation.run(ids);
  if (options.json) {
    print_json(options, engine, generation);
  } else if (!generation.outcome().text.ends_with('\n')) {
    write_stdout("\n");
  }
  if (!options.quiet) {
    print_summary(engine, generation);
  }
  return guard.caught() == 0 ? 0 : 128 + guard.caught();
}

void add_output_options(CLI::App* command, RunOptions* options) {
  command->add_option("-n,--predict", options->n_predict, "At most so many tokens (default: until the text ends)");
  command->add_option("--stop", options->stop, "End before this text appears; may be given again")
      ->expected(1)
      ->take_all()
      ->type_name("TEXT");
  command->add_flag("--ignore-eos", options->ignore_end, "Go on after the model has ended its turn");
  command->add_flag("--emit-special", options->emit_special, "Control tokens appear in the text");
  command->add_flag("-q,--quiet", options->quiet, "No closing line on stderr");
  command->add_flag("--json", options->json, "One JSON object at the end instead of text as it comes");
}

}  // namespace

void add_run(CLI::App& app, Command* chosen) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run", "Continues a prompt, or answers it with the built-in model");
  add_engine_options(*command, &options->engine);
  add_prompt_options(*command, &options->prompt);
  command->add_flag("--raw", options->raw, "Built-in model: continue the prompt instead of answering it");
  command->add_flag("--parse-special", options->parse_special,
                    "Control tokens spelled out in the prompt become ids (with --raw or -m)");
  command->add_flag("--demo", options->demo, "Use the demonstration prompt")->excludes("--prompt")->excludes("--file");
  command->add_option("-t,--threads", options->engine.threads, "Threads (default: as many as there are cores)");
  command->add_option("-c,--ctx", options->session.n_ctx, "Context length (default: the model's, at most 4096)");
  command->add_option("--ubatch", options->session.n_ubatch,
                      "Prompt tokens computed at once (default: as many as keep memory small)");
  add_kv_option(*command, &options->session.kv_type);
  add_output_options(command, options.get());
  add_sampling_options(*command, &options->sampling);
  command->callback([options, chosen] { *chosen = [options] { return run(*options); }; });
}

}  // namespace wasmchord::cli
