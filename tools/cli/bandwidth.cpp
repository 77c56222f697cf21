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

constexpr size_t kBlockBytes = size_t{256} << 20;
constexpr int kPasses = 6;

using Clock = std::chrono::steady_clock;

// Pages of its own, given back to the system at once, so that they do not count in the memory of what is measured.
class Block {
 public:
  Block() : data_(mmap(nullptr, kBlockBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
    if (data_ == MAP_FAILED) {
      throw CliError("no memory to measure the machine's bandwidth with");
    }
    madvise(data_, kBlockBytes, MADV_HUGEPAGE);
  }
  ~Block() { munmap(data_, kBlockBytes); }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  uint64_t* words() const { return static_cast<uint64_t*>(data_); }
  static constexpr size_t size() { return kBlockBytes / sizeof(uint64_t); }

 private:
  void* data_;
};

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

}  // namespace

double read_bandwidth(uint32_t threads) {
  threads = std::max(threads, 1U);
  const Block block;
  const size_t share = Block::size() / threads;
  std::vector<double> seconds(kPasses);
  std::atomic<uint64_t> sink{0};
  std::barrier<> turn(threads);
  const auto work = [&](uint32_t index) {
    uint64_t* mine = block.words() + index * share;
    std::fill_n(mine, share, uint64_t{index} + 1);  // untouched pages would all be one page of zeros
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
