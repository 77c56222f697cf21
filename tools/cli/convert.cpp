// wasmchord convert: a GGUF file from a Hugging Face folder.
#include "tools/convert/convert.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include "tools/cli/commands.h"
#include "tools/cli/handles.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/process_info.h"
#include "tools/cli/tensor_report.h"
#include "tools/cli/terminal.h"

namespace wasmchord::cli {
namespace {

struct ConvertSettings {
  tools::ConvertOptions work;
  bool tensors = false;
  bool json = false;
};

tools::ConvertReport run(const tools::ConvertOptions& options, const InterruptGuard& guard) {
  ProgressBar bar("converting");
  const auto progress = [&](uint64_t done, uint64_t total) {
    bar.update(done, total);
    return guard.caught() == 0;
  };
  try {
    return tools::convert(options, progress);
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  } catch (const std::runtime_error& error) {
    throw CliError(std::string("cannot convert: ") + error.what());
  }
}

int convert(ConvertSettings settings) {
  tools::ConvertOptions& work = settings.work;
  if (work.threads == 0) work.threads = cpu_count();
  const InterruptGuard guard;
  const auto start = std::chrono::steady_clock::now();
  const tools::ConvertReport report = run(work, guard);
  if (guard.caught() != 0 && report.file_bytes == 0) throw Interrupted(guard.caught());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (settings.tensors) print_tensors(report);
  for (const std::string& note : report.notes) std::fprintf(stderr, "note: %s\n", note.c_str());
  const std::string what = report.architecture + ", " + report.type;
  print_summary(report, work.input, (work.dry_run ? "not written" : work.output) + " (" + what + ")", seconds);
  if (settings.json) {
    nlohmann::ordered_json json = report_json(report, seconds);
    json["architecture"] = report.architecture;
    json["type"] = report.type;
    json["notes"] = report.notes;
    print_json(json);
  }
  return 0;
}

}  // namespace

void add_convert(CLI::App& app, Command* chosen) {
  auto settings = std::make_shared<ConvertSettings>();
  tools::ConvertOptions* work = &settings->work;
  CLI::App* command = app.add_subcommand("convert", "Writes a GGUF file from a Hugging Face model's folder");
  command->add_option("HF_DIR", work->input, "Folder with config.json, safetensors and the tokenizer's files")
      ->required();
  command->add_option("OUT", work->output, "File to write; appears when it is complete, replacing what was there")
      ->required();
  command->add_option("--type", work->type, "What the matrices become (default: what they are); listed below");
  command->add_option("--name", work->name, "The model's name (default: the folder's)");
  add_threads_option(command, &work->threads);
  add_type_options(command, work);
  command->add_flag("--dry-run", work->dry_run, "Write nothing; OUT is not touched");
  command->add_flag("--tensors", settings->tensors, "List every tensor with its old and new type");
  command->add_flag("--json", settings->json, "A JSON object");
  command->footer("Models: " + tools::convertible_classes() + "\n\n" + type_help());
  command->callback([settings, chosen] { *chosen = [settings] { return convert(*settings); }; });
}

}  // namespace wasmchord::cli
