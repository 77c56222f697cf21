#include "tools/cli/tensor_report.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "tools/cli/io.h"
#include "tools/cli/process_info.h"
#include "tools/cli/terminal.h"

namespace wasmchord::cli {
namespace {

double bits_per_weight(uint64_t bytes, uint64_t n_elements) {
  return n_elements == 0 ? 0 : 8 * static_cast<double>(bytes) / static_cast<double>(n_elements);
}

std::string size_text(uint64_t bytes, uint64_t n_elements) {
  return format_bytes(bytes) + " (" + format_fixed(bits_per_weight(bytes, n_elements), 2) + " bits per weight)";
}

}  // namespace

void add_type_options(CLI::App* command, tools::TypeOptions* options) {
  command->add_option("--output-type", options->output_type, "Tensor type of output.weight");
  command->add_option("--embedding-type,--token-embedding-type", options->embedding_type,
                      "Tensor type of token_embd.weight");
  command->add_flag("--pure", options->pure, "The type for every matrix");
}

void add_threads_option(CLI::App* command, uint32_t* threads) {
  constexpr uint32_t kMaxThreads = 512;
  command->add_option("-t,--threads", *threads, "Threads (default: as many as there are cores)")
      ->check(CLI::Range(1U, kMaxThreads));
  // A default of 0 stands for "all": outside of the range that the option takes.
  *threads = 0;
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

void print_tensors(const tools::QuantizeReport& report) {
  for (const tools::TensorChange& tensor : report.tensors) {
    std::fprintf(stderr, "%-48s %8s -> %s%s\n", tensor.name.c_str(), tensor.from.c_str(), tensor.to.c_str(),
                 tensor.fell_back ? "  (rows are no whole blocks of the usual type)" : "");
  }
}

void print_summary(const tools::QuantizeReport& report, const std::string& input, const std::string& target,
                   double seconds) {
  size_t n_fallbacks = 0;
  for (const tools::TensorChange& tensor : report.tensors) n_fallbacks += tensor.fell_back ? 1 : 0;
  if (n_fallbacks > 0) {
    std::fprintf(stderr, "%zu of %zu tensors got another type: their rows are no whole blocks of the usual one\n",
                 n_fallbacks, report.tensors.size());
  }
  std::fprintf(stderr, "%s: %s -> %s: %s in %s s\n", input.c_str(),
               size_text(report.bytes_before, report.n_elements).c_str(), target.c_str(),
               size_text(report.bytes_after, report.n_elements).c_str(), format_fixed(seconds, 1).c_str());
}

nlohmann::ordered_json report_json(const tools::QuantizeReport& report, double seconds) {
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
  return {{"bytes_before", report.bytes_before},
          {"bytes_after", report.bytes_after},
          {"file_bytes", report.file_bytes},
          {"n_elements", report.n_elements},
          {"bits_per_weight", bits_per_weight(report.bytes_after, report.n_elements)},
          {"seconds", seconds},
          {"peak_memory_bytes", peak_memory_bytes()},
          {"tensors", tensors}};
}

void print_json(const nlohmann::ordered_json& json) {
  write_stdout(json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

}  // namespace wasmchord::cli
