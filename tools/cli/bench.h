// The results of `wasmchord bench` and how they are written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wasmchord::cli {

struct BenchModel {
  std::string filename;
  std::string type;  // "llama Q4_0"
  uint64_t size = 0;
  uint64_t n_params = 0;
  uint64_t bytes_per_token = 0;
  uint32_t n_batch = 0;
  uint32_t n_ubatch = 0;
  std::string kv_type;
  std::string isa;
};

// One row: n_prompt tokens read at once or n_gen tokens one by one, after n_depth tokens of context.
struct BenchTest {
  uint32_t n_prompt = 0;
  uint32_t n_gen = 0;
  uint32_t n_depth = 0;
  uint32_t n_threads = 0;
};

struct BenchResult {
  BenchTest test;
  std::string test_time;  // ISO 8601, UTC
  std::vector<uint64_t> samples_ns;
  double machine_bytes_per_second = 0;  // measured beside this test with as many threads
  uint64_t peak_memory_bytes = 0;

  uint32_t n_tokens() const { return test.n_prompt + test.n_gen; }
  std::vector<double> tokens_per_second() const;
  // Of weights read while decoding; 0 for prompts, which use each weight many times.
  double bytes_per_second(const BenchModel& model) const;
};

enum class BenchFormat { kMarkdown, kJson, kJsonLines, kCsv };

double mean(const std::vector<double>& samples);
double standard_deviation(const std::vector<double>& samples);

// Text before the first, for each, and after the last result.
std::string bench_header(BenchFormat format);
std::string bench_row(BenchFormat format, const BenchModel& model, const BenchResult& result, bool is_first);
std::string bench_footer(BenchFormat format);

}  // namespace wasmchord::cli
