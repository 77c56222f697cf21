// The random numbers of the samplers: PCG32 (XSH RR 64/32), the same stream for a seed on every platform.
// Source: O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for Random Number
// Generation", Harvey Mudd College HMC-CS-2014-0905, 2014. Period 2^64.
#pragma once

#include <bit>
#include <cstdint>

namespace wasmchord {

class Random {
 public:
  explicit Random(uint64_t seed, uint64_t stream = 0) : increment_(stream * 2 + 1) {
    next();
    state_ += seed;
    next();
  }

  // Uniform over all 32-bit numbers.
  uint32_t next() {
    const uint64_t old = state_;
    state_ = old * 6364136223846793005u + increment_;
    const uint32_t mixed = static_cast<uint32_t>((old ^ (old >> 18)) >> 27);
    return std::rotr(mixed, static_cast<int>(old >> 59));
  }

  // Uniform over the multiples of 2^-53 in [0, 1); two numbers of the stream, the first one the more significant.
  double uniform() {
    const uint64_t high = next();
    const uint64_t low = next();
    return static_cast<double>(((high << 32) | low) >> 11) * 0x1p-53;
  }

 private:
  uint64_t state_ = 0;
  uint64_t increment_;
};

}  // namespace wasmchord
