// Shared by the benches of kernels: one benchmark per function, format and ISA, from formats.def and isa.def.
// Names: <function>/<format>/<isa>/<shape>, rates as counters per second of one thread.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "kernels/cpu/kernel_table.h"
#include "kernels/cpu/select.h"

namespace wasmchord::bench {

using kernels::ActivationKind;
using kernels::FormatKernels;
using kernels::KernelTable;

struct FormatInfo {
  const char* name;  // "q4_k"
  uint32_t id, block_len, block_bytes;

  size_t row_bytes(size_t cols) const { return cols / block_len * block_bytes; }
};
inline constexpr FormatInfo kFormats[] = {
#define WC_FORMAT(name, id, block_len, block_bytes, stem) {#stem, id, block_len, block_bytes},
#include "kernels/formats/formats.def"
#undef WC_FORMAT
};

inline const FormatKernels& kernels_of(const KernelTable& table, const FormatInfo& format) {
  return table.formats[format.id];
}

// f(table) for every ISA of this binary that this CPU runs, best first.
template <class F>
void for_each_isa(F f) {
  for (size_t i = 0; i < kernels::isa_count(); ++i) {
    if (const KernelTable* table = kernels::find_table(kernels::isa_at(i).name)) f(*table);
  }
}

// "2048x5632"
inline std::string dimensions(std::initializer_list<size_t> sizes) {
  std::string text;
  for (const size_t size : sizes) text.append(text.empty() ? "" : "x").append(std::to_string(size));
  return text;
}

// "matvec/q4_k/avx2/2048x5632"
inline std::string path_of(std::initializer_list<std::string> parts) {
  std::string text;
  for (const std::string& part : parts) text.append(text.empty() ? "" : "/").append(part);
  return text;
}

// Uniform in [-1, 1).
inline std::vector<float> random_floats(size_t n) {
  std::mt19937 rng(1);
  std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
  std::vector<float> x(n);
  for (float& v : x) v = uniform(rng);
  return x;
}

// Random bits that decode to numbers of ordinary size: 2^-14 <= max |w| <= 8 over the block, none of them NaN. By
// rejection, so that it serves every format; of random f16 scales about one in two passes, of f32 one in fifteen.
inline void random_block(const FormatInfo& format, std::mt19937* rng, uint8_t* block) {
  const FormatKernels& scalar = kernels_of(*kernels::find_table("scalar"), format);
  std::vector<float> w(format.block_len);
  for (;;) {
    for (uint32_t i = 0; i < format.block_bytes; ++i) block[i] = static_cast<uint8_t>((*rng)());
    scalar.dequantize(block, w.data(), format.block_len);
    float peak = 0;
    bool ordinary = true;
    for (const float v : w) {
      ordinary = ordinary && std::fabs(v) <= 8.0f;
      peak = std::max(peak, std::fabs(v));
    }
    if (ordinary && peak >= 0x1p-14f) return;
  }
}

// [rows, cols] blocks in the file's layout: draws from a pool of valid ones, since rejection is slow.
inline std::vector<uint8_t> random_weights(const FormatInfo& format, size_t rows, size_t cols) {
  constexpr size_t kPool = 1024;
  std::mt19937 rng(2);
  std::vector<uint8_t> pool(kPool * format.block_bytes);
  for (size_t i = 0; i < kPool; ++i) random_block(format, &rng, pool.data() + i * format.block_bytes);
  std::vector<uint8_t> w(rows * format.row_bytes(cols));
  for (size_t at = 0; at < w.size(); at += format.block_bytes) {
    std::copy_n(pool.data() + rng() % kPool * format.block_bytes, format.block_bytes, w.data() + at);
  }
  return w;
}

// Units of one iteration, in giga: the counter `name` then shows them per second.
inline void count(benchmark::State& state, const char* name, double units) {
  state.counters[name] = benchmark::Counter(units * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

// A benchmark that repeats make(): the call to measure, with its data, made when the benchmark runs.
// units: {counter, units of one call}.
template <class Make>
void register_call(const std::string& name, std::vector<std::pair<const char*, double>> units, Make make) {
  benchmark::RegisterBenchmark(name.c_str(), [make, units = std::move(units)](benchmark::State& state) {
    auto call = make();
    for (auto _ : state) {
      call();
      benchmark::ClobberMemory();
    }
    for (const auto& [counter, amount] : units) count(state, counter, amount);
  });
}

// Runs what is registered; the exit code of main.
inline int run_benchmarks(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace wasmchord::bench
