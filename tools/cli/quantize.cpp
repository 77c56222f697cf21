// wasmchord quantize: a GGUF file with its matrices in smaller types.
#include "tools/quantize/quantize.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <stdexcept>

#include "tools/cli/commands.h"
#include "tools/cli/handles.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/process_info.h"
#include "tools/cli/tensor_report.h"
#include "tools/cli/terminal.h"

namespace wasmchord::cli {
namespace {

struct QuantizeSettings {
  tools::QuantizeOptions work;
  bool tensors = false;
  bool json = false;
};

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
  const std::string target = settings.work.dry_run ? settings.work.type + ", not written" : settings.work.output;
  print_summary(report, settings.work.input, target, seconds);
  if (settings.json) print_json(report_json(report, seconds));
  return 0;
}

}  // namespace

void add_quantize(CLI::App& app, Command* chosen) {
  auto settings = std::make_shared<QuantizeSettings>();
  tools::QuantizeOptions* work = &settings->work;
  CLI::App* command = app.add_subcommand("quantize", "Writes a GGUF file with its matrices in a smaller type");
  command->add_option("IN", work->input, "GGUF file; of a split model the first")->required();
  command->add_option("OUT", work->output, "File to write; appears when it is complete, replacing what was there")
      ->required();
  command->add_option("TYPE", work->type, "What the matrices become; listed below")->required();
  add_threads_option(command, &work->threads);
  add_type_options(command, work);
  command->add_flag("--allow-requantize", work->allow_requantize,
                    "Also convert tensors that are quantized already, at a loss");
  command->add_flag("--dry-run", work->dry_run, "Write nothing; OUT is not touched");
  command->add_flag("--tensors", settings->tensors, "List every tensor with its old and new type");
  command->add_flag("--json", settings->json, "A JSON object");
  command->footer(type_help());
  command->callback([settings, chosen] { *chosen = [settings] { return quantize(*settings); }; });
}

}  // namespace wasmchord::cli
