// How fast this machine reads memory: the bound that decoding is held against.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wasmchord::cli {

// 256 MiB in huge pages of its own, given back to the system at once, so that they do not count in the memory of what
// is measured. Untouched pages all read from one page of zeros: fill before reading.
class BandwidthBlock {
 public:
  BandwidthBlock();
  ~BandwidthBlock();
  BandwidthBlock(const BandwidthBlock&) = delete;
  BandwidthBlock& operator=(const BandwidthBlock&) = delete;

  uint64_t* words() const { return static_cast<uint64_t*>(data_); }
  static constexpr size_t kWords = (size_t{256} << 20) / sizeof(uint64_t);

 private:
  void* data_;
};

// The sum of `n` words, n a multiple of 16, as fast as they can be read.
uint64_t read_all(const uint64_t* words, size_t n);

// Bytes a second that `threads` threads read together from a block too big for any cache; the best of several passes.
double read_bandwidth(uint32_t threads);

}  // namespace wasmchord::cli
