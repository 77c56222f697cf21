// How fast the machine reads memory: bandwidth/read/<MiB>/threads:<n>. What decoding is held against, and how much
// faster the caches are. The loop is the one of `wasmchord bench`.
#include "tools/cli/bandwidth.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <thread>

namespace {

using wasmchord::cli::BandwidthBlock;

// In the second-level cache of one core, in the third, in memory; shared by the threads.
constexpr size_t kMebibytes[] = {1, 8, 256};
static_assert(BandwidthBlock::kWords * sizeof(uint64_t) == size_t{256} << 20);

// Filled by the first caller.
const uint64_t* words() {
  static const BandwidthBlock block;
  static const bool filled = [] {
    std::fill_n(block.words(), BandwidthBlock::kWords, uint64_t{1});
    return true;
  }();
  return filled ? block.words() : nullptr;
}

// Threads share the words by index.
void read(benchmark::State& state, size_t n_words) {
  const auto threads = static_cast<size_t>(state.threads());
  const size_t share = n_words / threads / 16 * 16;
  const uint64_t* mine = words() + share * static_cast<size_t>(state.thread_index());
  for (auto _ : state) benchmark::DoNotOptimize(wasmchord::cli::read_all(mine, share));
  // Threads' counters are added up, then divided by the time that all took.
  const double bytes = double(state.iterations()) * double(share) * sizeof(uint64_t);
  state.counters["GB/s"] = benchmark::Counter(bytes * 1e-9, benchmark::Counter::kIsRate);
}

void add(size_t mebibytes, int threads) {
  const std::string name = "bandwidth/read/" + std::to_string(mebibytes) + "MiB";
  benchmark::RegisterBenchmark(
      name.c_str(), [mebibytes](benchmark::State& state) { read(state, (mebibytes << 20) / sizeof(uint64_t)); })
      ->Threads(threads)
      ->UseRealTime();
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  for (const size_t mebibytes : kMebibytes) {
    for (int threads = 1; threads < cores; threads *= 2) add(mebibytes, threads);
    add(mebibytes, cores);
  }
  benchmark::RunSpecifiedBenchmarks();
}
