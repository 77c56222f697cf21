#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "build_commit.h"
#include "tools/cli/bench.h"
#include "tools/cli/process_info.h"
#include "tools/cli/terminal.h"
#include "wasmchord/wasmchord.h"

namespace wasmchord::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kGiga = 1e9;

std::string test_name(const BenchTest& test) {
  const std::string name = test.n_gen == 0 ? "pp" + std::to_string(test.n_prompt) : "tg" + std::to_string(test.n_gen);
  return test.n_depth == 0 ? name : name + " @ d" + std::to_string(test.n_depth);
}

std::vector<double> as_doubles(const std::vector<uint64_t>& samples) { return {samples.begin(), samples.end()}; }

double share_of_machine(const BenchModel& model, const BenchResult& result) {
  return result.machine_bytes_per_second > 0 ? result.bytes_per_second(model) / result.machine_bytes_per_second : 0;
}

Json to_json(const BenchModel& model, const BenchResult& result) {
  const std::vector<double> rates = result.tokens_per_second();
  const std::vector<double> times = as_doubles(result.samples_ns);
  return {{"build_commit", WC_BUILD_COMMIT},
          {"build_version", wc_version()},
          {"cpu_info", cpu_name()},
          {"backends", "CPU"},
          {"isa", model.isa},
          {"model_filename", model.filename},
          {"model_type", model.type},
          {"model_size", model.size},
          {"model_n_params", model.n_params},
          {"n_batch", model.n_batch},
          {"n_ubatch", model.n_ubatch},
          {"n_threads", result.test.n_threads},
          {"type_k", model.kv_type},
          {"type_v", model.kv_type},
          {"n_prompt", result.test.n_prompt},
          {"n_gen", result.test.n_gen},
          {"n_depth", result.test.n_depth},
          {"test_time", result.test_time},
          {"avg_ns", static_cast<uint64_t>(std::llround(mean(times)))},
          {"stddev_ns", static_cast<uint64_t>(std::llround(standard_deviation(times)))},
          {"avg_ts", mean(rates)},
          {"stddev_ts", standard_deviation(rates)},
          {"samples_ns", result.samples_ns},
          {"samples_ts", rates},
          {"bytes_per_token", model.bytes_per_token},
          {"decode_gb_per_s", result.bytes_per_second(model) / kGiga},
          {"machine_gb_per_s", result.machine_bytes_per_second / kGiga},
          {"machine_share", share_of_machine(model, result)},
          {"peak_memory_bytes", result.peak_memory_bytes}};
}

std::string markdown_row(const BenchModel& model, const BenchResult& result) {
  const std::vector<double> rates = result.tokens_per_second();
  const bool decodes = result.test.n_gen != 0;
  std::string row = "| " + model.type + " | " + format_bytes(model.size) + " | " + format_count(model.n_params);
  row += " | " + model.isa + " | " + std::to_string(result.test.n_threads) + " | " + test_name(result.test);
  row += " | " + format_fixed(mean(rates), 2) + " ± " + format_fixed(standard_deviation(rates), 2);
  row += " | " + (decodes ? format_fixed(result.bytes_per_second(model) / kGiga, 2) : "");
  row += " | " + format_fixed(result.machine_bytes_per_second / kGiga, 2);
  row += " | " + (decodes ? format_fixed(100 * share_of_machine(model, result), 1) + " %" : "");
  return row + " | " + format_bytes(result.peak_memory_bytes) + " |\n";
}

// Lists of samples have no place in a table of one value a cell.
bool is_csv_column(const Json& value) { return !value.is_array(); }

std::string csv_cell(const Json& value) {
  if (!value.is_string()) {
    return value.dump();
  }
  std::string cell = "\"";
  for (const char letter : value.get<std::string>()) {
    cell += letter == '"' ? "\"\"" : std::string(1, letter);
  }
  return cell + "\"";
}

std::string csv_line(const Json& row, bool names) {
  std::string line;
  for (const auto& [key, value] : row.items()) {
    if (is_csv_column(value)) {
      line += (line.empty() ? "" : ",") + (names ? key : csv_cell(value));
    }
  }
  return line + "\n";
}

}  // namespace

double mean(const std::vector<double>& samples) {
  return samples.empty() ? 0
                         : std::accumulate(samples.begin(), samples.end(), 0.0) / static_cast<double>(samples.size());
}

double standard_deviation(const std::vector<double>& samples) {
  if (samples.size() < 2) {
    return 0;
  }
  const double average = mean(samples);
  double sum = 0;
  for (const double sample : samples) {
    sum += (sample - average) * (sample - average);
  }
  return std::sqrt(sum / static_cast<double>(samples.size() - 1));
}

std::vector<double> BenchResult::tokens_per_second() const {
  std::vector<double> rates;
  rates.reserve(samples_ns.size());
  for (const uint64_t ns : samples_ns) {
    rates.push_back(n_tokens() * kGiga / static_cast<double>(std::max<uint64_t>(ns, 1)));
  }
  return rates;
}

double BenchResult::bytes_per_second(const BenchModel& model) const {
  return test.n_gen == 0 ? 0 : static_cast<double>(model.bytes_per_token) * mean(tokens_per_second());
}

std::string bench_header(BenchFormat format) {
  switch (format) {
    case BenchFormat::kMarkdown:
      return "| model | size | params | isa | threads | test | t/s | GB/s | machine GB/s | share | peak memory |\n"
             "|---|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|\n";
    case BenchFormat::kJson:
      return "[\n";
    default:
      return "";
  }
}

std::string bench_row(BenchFormat format, const BenchModel& model, const BenchResult& result, bool is_first) {
  if (format == BenchFormat::kMarkdown) {
    return markdown_row(model, result);
  }
  const Json row = to_json(model, result);
  switch (format) {
    case BenchFormat::kJson:
      return (is_first ? "" : ",\n") + row.dump(2);
    case BenchFormat::kCsv:
      return (is_first ? csv_line(row, true) : "") + csv_line(row, false);
    default:
      return row.dump() + "\n";
  }
}

std::string bench_footer(BenchFormat format) { return format == BenchFormat::kJson ? "\n]\n" : ""; }

}  // namespace wasmchord::cli
