// wasmchord quantize: a GGUF file with its matrices in smaller types.
#include "tools/quantize/quantize.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tools/cli/commands.h"
#include "tools/cli/handles.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/io.h"
#include "tools/cli/process_info.h"
#include "tools/cli/terminal.h"

namespace wasmchord::cli {
namespace {

struct QuantizeSettings {
  tools::QuantizeOptions work;
  bool tensors = false;
  bool json = false;
};

double bits_per_weight(uint64_t bytes, uint64_t n_elements) {
  return n_elements == 0 ? 0 : 8 * static_cast<double>(bytes) / static_cast<double>(n_elements);
}

std::string size_text(uint64_t bytes, uint64_t n_elements) {
  return format_bytes(bytes) + " (" + format_fixed(bits_per_weight(bytes, n_elements), 2) + " bits per weight)";
}

void print_tensors(const tools::QuantizeReport& report) {
  for (const tools::TensorChange& tensor : report.tensors) {
    std::fprintf(stderr, "%-48s %8s -> %s%s\n", tensor.name.c_str(), tensor.from.c_str(), tensor.to.c_str(),
                 tensor.fell_back ? "  (rows are no whole blocks of the usual type)" : "");
  }
}

void print_summary(const tools::QuantizeOptions& options, const tools::QuantizeReport& report, double seconds) {
  size_t n_fallbacks = 0;
  for (const tools::TensorChange& tensor : report.tensors) n_fallbacks += tensor.fell_back ? 1 : 0;
  if (n_fallbacks > 0) {
    std::fprintf(stderr, "%zu of %zu tensors got another type: their rows are no whole blocks of the usual one\n",
                 n_fallbacks, report.tensors.size());
  }
  const std::string target = options.dry_run ? options.type + ", not written" : options.output;
  std::fprintf(stderr, "%s: %s -> %s: %s in %s s\n", options.input.c_str(),
               size_text(report.bytes_before, report.n_elements).c_str(), target.c_str(),
               size_text(report.bytes_after, report.n_elements).c_str(), format_fixed(seconds, 1).c_str());
}

void print_json(const tools::QuantizeReport& report, double seconds) {
  using Json = nlohmann::ordered_json;
  Json tensors = Json::array();
  for (const tools::TensorChange& tensor : report.tensors) {
    tensors.push_back({{"name", tensor.name},
                       {"from", tensor.from},
                       {"to", tensor.to},
                       {"fell_back", tensor.fell_back},
                       {"bytes_before", tensor.bytes_before},
                       {"bytes_after", tensor.bytes_after}});
  }
  const Json result = {{"bytes_before", report.bytes_before},
                       {"bytes_after", report.bytes_after},
                       {"file_bytes", report.file_bytes},
                       {"n_elements", report.n_elements},
                       {"bits_per_weight", bits_per_weight(report.bytes_after, report.n_elements)},
                       {"seconds", seconds},
                       {"peak_memory_bytes", peak_memory_bytes()},
                       {"tensors", tensors}};
  write_stdout(result.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

tools::QuantizeReport run(const tools::QuantizeOptions& options, const InterruptGuard& guard) {
  ProgressBar bar("quantizing");
  const auto progress = [&](uint64_t done, uint64_t total) {
    bar.update(done, total);
    return guard.caught() == 0;
  };
  try {
    return tools::quantize(options, progress);
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  } catch (const std::runtime_error& error) {
    throw CliError(std::string("cannot quantize: ") + error.what());
  }
}

int quantize(QuantizeSettings settings) {
  if (settings.work.threads == 0) settings.work.threads = cpu_count();
  const InterruptGuard guard;
  const auto start = std::chrono::steady_clock::now();
  const tools::QuantizeReport report = run(settings.work, guard);
  if (guard.caught() != 0 && report.file_bytes == 0) throw Interrupted(guard.caught());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (settings.tensors) print_tensors(report);
  print_summary(settings.work, report, seconds);
  if (settings.json) print_json(report, seconds);
  return 0;
}

std::string type_help() {
  std::string text = "Types:\n";
  for (const tools::QuantizeType& type : tools::quantize_types()) {
    text += "  " + type.name + std::string(10 - std::min<size_t>(9, type.name.size()), ' ') + type.summary + "\n";
  }
  return text +
         "Norms, biases and expert routers stay as they are. The output matrix, and in the _M and _L mixtures the "
         "more\n"
         "sensitive matrices of some layers, get more bits; --pure gives every matrix the same type.";
}

}  // namespace

void add_quantize(CLI::App& app, Command* chosen) {
  constexpr uint32_t kMaxThreads = 512;
  auto settings = std::make_shared<QuantizeSettings>();
  tools::QuantizeOptions* work = &settings->work;
  CLI::App* command = app.add_subcommand("quantize", "Writes a GGUF file with its matrices in a smaller type");
  command->add_option("IN", work->input, "GGUF file; of a split model the first")->required();
  command->add_option("OUT", work->output, "File to write; appears when it is complete, replacing what was there")
      ->required();
  command->add_option("TYPE", work->type, "What the matrices become; listed below")->required();
  command->add_option("-t,--threads", work->threads, "Threads (default: as many as there are cores)")
      ->check(CLI::Range(1U, kMaxThreads));
  command->add_option("--output-type", work->output_type, "Tensor type of output.weight");
  command->add_option("--embedding-type,--token-embedding-type", work->embedding_type,
                      "Tensor type of token_embd.weight");
  command->add_flag("--pure", work->pure, "TYPE for every matrix");
  command->add_flag("--allow-requantize", work->allow_requantize,
                    "Also convert tensors that are quantized already, at a loss");
  command->add_flag("--dry-run", work->dry_run, "Write nothing; OUT is not touched");
  command->add_flag("--tensors", settings->tensors, "List every tensor with its old and new type");
  command->add_flag("--json", settings->json, "A JSON object");
  command->footer(type_help());
  // A default of 0 stands for "all": outside of the range that the option takes.
  work->threads = 0;
  command->callback([settings, chosen] { *chosen = [settings] { return quantize(*settings); }; });
}

}  // namespace wasmchord::cli
