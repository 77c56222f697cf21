// wasmchord logits: teacher-forced log-probabilities, for comparing engines position by position.
#include <CLI/CLI.hpp>

#include "tools/cli/commands.h"
#include "tools/cli/engine.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/io.h"
#include "tools/cli/prompt.h"
#include "tools/cli/scoring.h"
#include "tools/cli/terminal.h"

namespace wasmchord::cli {
namespace {

// Positions whose logits are held at once.
constexpr size_t kBatch = 64;

struct LogitsOptions {
  EngineOptions engine;
  PromptOptions prompt;
  std::string ids_file;
  bool parse_special = false;
  bool json = false;
  uint32_t top = 10;
  wc_kv_type kv_type = WC_KV_F16;
};

std::string json_line(size_t position, int32_t id, const std::vector<std::pair<int32_t, double>>& top) {
  std::string line = "{\"pos\":" + std::to_string(position) + ",\"id\":" + std::to_string(id) + ",\"top\":[";
  for (size_t i = 0; i < top.size(); ++i) {
    line += (i == 0 ? "[" : ",[") + std::to_string(top[i].first) + "," + format_fixed(top[i].second, 5) + "]";
  }
  return line + "]}\n";
}

std::string text_line(size_t position, int32_t id, const std::vector<std::pair<int32_t, double>>& top) {
  std::string line = std::to_string(position) + "\t" + std::to_string(id);
  for (const auto& [token, log_probability] : top) {
    line += "\t" + std::to_string(token) + ":" + format_fixed(log_probability, 5);
  }
  return line + "\n";
}

std::vector<int32_t> ids_of(const LogitsOptions& options, const Engine& engine, const std::string& input) {
  if (!options.ids_file.empty()) {
    return parse_ids(input);
  }
  return engine.encode(input, WC_ENCODE_ADD_SPECIAL | (options.parse_special ? WC_ENCODE_PARSE_SPECIAL : 0));
}

int print_logits(const LogitsOptions& options) {
  const std::string input = options.ids_file.empty() ? read_prompt(options.prompt) : read_file(options.ids_file);
  InterruptGuard guard;
  const Engine engine(options.engine, 0, &guard);
  const std::vector<int32_t> ids = ids_of(options, engine, input);
  const size_t n_vocab = engine.info().n_vocab;
  const auto n_ctx = static_cast<uint32_t>(std::max<size_t>(ids.size(), 1));
  const SessionHandle session = engine.make_session({n_ctx, kBatch, kBatch, options.kv_type}, 0);
  std::vector<float> logits(std::min(ids.size(), kBatch) * n_vocab);
  for (size_t at = 0; at < ids.size(); at += kBatch) {
    if (guard.caught() != 0) {
      throw Interrupted(guard.caught());
    }
    const size_t n = std::min(kBatch, ids.size() - at);
    engine.check(wc_session_eval(session.get(), ids.data() + at, n, 0, logits.data()), "cannot compute the logits");
    std::string lines;
    for (size_t i = 0; i < n; ++i) {
      const auto top = most_likely({logits.data() + i * n_vocab, n_vocab}, options.top);
      lines += options.json ? json_line(at + i, ids[at + i], top) : text_line(at + i, ids[at + i], top);
    }
    write_stdout(lines);
  }
  return 0;
}

}  // namespace

void add_logits(CLI::App& app, Command* chosen) {
  auto options = std::make_shared<LogitsOptions>();
  CLI::App* command =
      app.add_subcommand("logits", "Prints the most likely next tokens after every position of a given text");
  add_engine_options(*command, &options->engine);
  add_prompt_options(*command, &options->prompt);
  command->add_option("-t,--threads", options->engine.threads, "Threads (default: as many as there are cores)");
  command->add_option("--ids", options->ids_file, "Take token ids from a file instead of a text")
      ->excludes("--prompt")
      ->excludes("--file")
      ->type_name("FILE");
  command->add_flag("--parse-special", options->parse_special, "Control tokens spelled out in the text become ids");
  command->add_option("--top", options->top, "How many tokens a position")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_flag("--json", options->json, "One JSON object a position");
  add_kv_option(*command, &options->kv_type);
  command->callback([options, chosen] { *chosen = [options] { return print_logits(*options); }; });
}

}  // namespace wasmchord::cli
