// Overflow-checked arithmetic on sizes that come from a file or a caller.
#pragma once

#include <cstdint>

namespace wasmchord {

// Each returns false, leaving *out unspecified, where the exact result does not fit.
inline bool checked_add(uint64_t a, uint64_t b, uint64_t* out) { return !__builtin_add_overflow(a, b, out); }
inline bool checked_mul(uint64_t a, uint64_t b, uint64_t* out) { return !__builtin_mul_overflow(a, b, out); }

// Rounds up to a multiple of `alignment` (a power of two).
inline bool checked_align(uint64_t n, uint64_t alignment, uint64_t* out) {
  uint64_t sum;
  if (!checked_add(n, alignment - 1, &sum)) return false;
  *out = sum & ~(alignment - 1);
  return true;
}

}  // namespace wasmchord
