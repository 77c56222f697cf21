// wasmchord bench: tokens a second for reading a prompt and for writing, without tokenizing or sampling.
#include "tools/cli/bench.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <random>

#include "tools/cli/bandwidth.h"
#include "tools/cli/commands.h"
#include "tools/cli/engine.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/io.h"
#include "tools/cli/process_info.h"
#include "tools/cli/terminal.h"

namespace wasmchord::cli {
namespace {

using Clock = std::chrono::steady_clock;

struct BenchOptions {
  EngineOptions engine;
  SessionSettings session{0, 512, 128, WC_KV_F16};
  std::vector<uint32_t> prompts{512};
  std::vector<uint32_t> generations{128};
  std::vector<uint32_t> depths{0};
  std::vector<uint32_t> threads;
  uint32_t repetitions = 5;
  bool no_warmup = false;
  bool no_bandwidth = false;
  BenchFormat format = BenchFormat::kMarkdown;
};

std::vector<BenchTest> plan(const BenchOptions& options) {
  std::vector<BenchTest> tests;
  for (const uint32_t threads : options.threads) {
    for (const uint32_t depth : options.depths) {
      for (const uint32_t n : options.prompts) {
        if (n != 0) {
          tests.push_back({n, 0, depth, threads});
        }
      }
      for (const uint32_t n : options.generations) {
        if (n != 0) {
          tests.push_back({0, n, depth, threads});
        }
      }
    }
  }
  return tests;
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts = {};
  gmtime_r(&now, &parts);
  char text[32];
  const size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, length};
}

// One row of the plan on a session of its own.
class TestRunner {
 public:
  TestRunner(const Engine& engine, const BenchOptions& options, const BenchTest& test, InterruptGuard* guard)
      : engine_(engine), test_(test), guard_(*guard) {
    SessionSettings settings = options.session;
    settings.n_ctx = test.n_depth + test.n_prompt + test.n_gen;
    session_ = engine.make_session(settings, test.n_threads);
    guard_.watch(session_.get());
    fill_ids(settings.n_ctx);
    check_run(wc_session_prefill(session_.get(), ids_.data(), test.n_depth));
  }
  ~TestRunner() { guard_.watch(nullptr); }
  TestRunner(const TestRunner&) = delete;
  TestRunner& operator=(const TestRunner&) = delete;

  // Nanoseconds of one repetition.
  uint64_t measure() {
    if (test_.n_depth == 0) {
      engine_.check(wc_session_reset(session_.get()), "cannot reset the session");
    } else {
      engine_.check(wc_session_truncate(session_.get(), test_.n_depth), "cannot go back to the depth");
    }
    // A signal before this line may have cancelled only what the reset has forgotten.
    if (guard_.caught() != 0) throw Interrupted(guard_.caught());
    const Clock::time_point start = Clock::now();
    const int32_t* ids = ids_.data() + test_.n_depth;
    if (test_.n_gen == 0) {
      check_run(wc_session_prefill(session_.get(), ids, test_.n_prompt));
    }
    for (uint32_t i = 0; i < test_.n_gen; ++i) {
      check_run(wc_session_prefill(session_.get(), ids + i, 1));
    }
    return static_cast<uint64_t>(std::chrono::nanoseconds(Clock::now() - start).count());
  }

 private:
  // Random tokens, so that experts and caches see what they would see; the same in every run.
  void fill_ids(size_t n) {
    std::mt19937 random(1);  // NOLINT(cert-msc*): repeatable on purpose
    std::uniform_int_distribution<int32_t> any(0, static_cast<int32_t>(engine_.info().n_vocab) - 1);
    for (size_t i = 0; i < n; ++i) {
      ids_.push_back(any(random));
    }
  }

  void check_run(wc_status status) const {
    if (status == WC_STATUS_CANCELLED && guard_.caught() != 0) {
      throw Interrupted(guard_.caught());
    }
    engine_.check(status, "cannot run the test");
  }

  const Engine& engine_;
  BenchTest test_;
  InterruptGuard& guard_;
  SessionHandle session_;
  std::vector<int32_t> ids_;
};

BenchResult run_test(const Engine& engine, const BenchOptions& options, const BenchTest& test, InterruptGuard* guard) {
  BenchResult result;
  result.test = test;
  result.test_time = utc_now();
  // Right before and right after, because on a shared machine it changes from minute to minute.
  const auto bandwidth = [&] { return options.no_bandwidth ? 0.0 : read_bandwidth(test.n_threads); };
  const double before = bandwidth();
  reset_peak_memory();
  {
    TestRunner runner(engine, options, test, guard);
    if (!options.no_warmup) {
      runner.measure();
    }
    for (uint32_t i = 0; i < options.repetitions; ++i) {
      result.samples_ns.push_back(runner.measure());
    }
    result.peak_memory_bytes = peak_memory_bytes();
  }
  result.machine_bytes_per_second = std::max(before, bandwidth());
  return result;
}

BenchModel describe(const Engine& engine, const BenchOptions& options) {
  const wc_model_info info = engine.info();
  BenchModel model;
  model.filename = options.engine.display_name();
  model.type = std::string(view(info.architecture)) + " " + std::string(view(info.file_type));
  model.size = info.weights_bytes;
  model.n_params = info.n_params;
  model.bytes_per_token = info.bytes_per_token;
  model.n_batch = options.session.n_batch;
  model.n_ubatch = options.session.n_ubatch;
  model.kv_type = kv_name(options.session.kv_type);
  model.isa = wc_context_isa(engine.context());
  return model;
}

int bench(BenchOptions options) {
  if (options.threads.empty()) {
    options.threads.push_back(cpu_count());
  }
  options.engine.threads = *std::max_element(options.threads.begin(), options.threads.end());
  InterruptGuard guard;
  const Engine engine(options.engine, 0, &guard);
  const BenchModel model = describe(engine, options);
  const std::vector<BenchTest> tests = plan(options);
  write_stdout(bench_header(options.format));
  for (size_t i = 0; i < tests.size(); ++i) {
    if (guard.caught() != 0) {
      throw Interrupted(guard.caught());
    }
    if (stderr_is_terminal()) {
      std::fprintf(stderr, "\r\x1b[K%zu of %zu tests", i + 1, tests.size());
    }
    const BenchResult result = run_test(engine, options, tests[i], &guard);
    std::fputs(stderr_is_terminal() ? "\r\x1b[K" : "", stderr);
    write_stdout(bench_row(options.format, model, result, i == 0));
  }
  write_stdout(bench_footer(options.format));
  return 0;
}

}  // namespace

void add_bench(CLI::App& app, Command* chosen) {
  static const std::map<std::string, BenchFormat> kFormats{{"md", BenchFormat::kMarkdown},
                                                           {"json", BenchFormat::kJson},
                                                           {"jsonl", BenchFormat::kJsonLines},
                                                           {"csv", BenchFormat::kCsv}};
  auto options = std::make_shared<BenchOptions>();
  CLI::App* command = app.add_subcommand("bench", "Measures tokens a second, beside the machine's memory bandwidth");
  add_engine_options(*command, &options->engine);
  const auto add_list = [&](const char* name, std::vector<uint32_t>* list, const char* text) {
    command->add_option(name, *list, text)->delimiter(',')->expected(1)->take_all()->type_name("N[,N...]");
  };
  add_list("-p,--n-prompt", &options->prompts, "Prompt lengths; 0: none (default 512)");
  add_list("-n,--n-gen", &options->generations, "Numbers of tokens to write; 0: none (default 128)");
  add_list("-d,--n-depth", &options->depths, "Tokens of context before each test (default 0)");
  add_list("-t,--threads", &options->threads, "Thread counts (default: as many as there are cores)");
  command->add_option("-r,--repetitions", options->repetitions, "Measured runs of each test")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--ubatch", options->session.n_ubatch, "Prompt tokens computed at once")->capture_default_str();
  command->add_flag("--no-warmup", options->no_warmup, "No unmeasured run before each test");
  command->add_flag("--no-bandwidth", options->no_bandwidth,
                    "Do not measure the machine's bandwidth, which takes 256 MiB and half a second per test");
  add_kv_option(*command, &options->session.kv_type);
  std::string format_help = "Output: md (default), json, jsonl or csv";
  command->add_option("-o,--output", options->format, format_help)
      ->transform(CLI::CheckedTransformer(kFormats))
      ->type_name("FORMAT");
  command->callback([options, chosen] { *chosen = [options] { return bench(*options); }; });
}

}  // namespace wasmchord::cli
