#include "tools/cli/bandwidth.h"

#include <sys/mman.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <thread>
#include <vector>

#include "tools/cli/handles.h"

namespace wasmchord::cli {
namespace {

constexpr size_t kBytes = BandwidthBlock::kWords * sizeof(uint64_t);
constexpr int kPasses = 6;

using Clock = std::chrono::steady_clock;

}  // namespace

BandwidthBlock::BandwidthBlock()
    : data_(mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
  if (data_ == MAP_FAILED) {
    throw CliError("no memory to measure the machine's bandwidth with");
  }
  madvise(data_, kBytes, MADV_HUGEPAGE);
}

BandwidthBlock::~BandwidthBlock() { munmap(data_, kBytes); }

// Independent sums, so that loads and not additions are what it waits for.
uint64_t read_all(const uint64_t* words, size_t n) {
  constexpr size_t kLanes = 16;
  uint64_t sums[kLanes] = {};
  for (size_t i = 0; i + kLanes <= n; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      sums[lane] += words[i + lane];
    }
  }
  uint64_t total = 0;
  for (const uint64_t sum : sums) {
    total += sum;
  }
  return total;
}

double read_bandwidth(uint32_t threads) {
  threads = std::max(threads, 1U);
  const BandwidthBlock block;
  const size_t share = BandwidthBlock::kWords / threads / 16 * 16;
  std::vector<double> seconds(kPasses);
  std::atomic<uint64_t> sink{0};
  std::barrier<> turn(threads);
  const auto work = [&](uint32_t index) {
    uint64_t* mine = block.words() + index * share;
    std::fill_n(mine, share, uint64_t{index} + 1);
    for (int pass = 0; pass < kPasses; ++pass) {
      turn.arrive_and_wait();
      const Clock::time_point start = Clock::now();
      sink += read_all(mine, share);
      turn.arrive_and_wait();
      if (index == 0) {
        seconds[pass] = std::chrono::duration<double>(Clock::now() - start).count();
      }
    }
  };
  {
    std::vector<std::jthread> others;
    for (uint32_t index = 1; index < threads; ++index) {
      others.emplace_back(work, index);
    }
    work(0);
  }
  const double best = *std::min_element(seconds.begin(), seconds.end());
  return static_cast<double>(share * threads * sizeof(uint64_t)) / best;
}

}  // namespace wasmchord::cli
