// Layout of the generated Unicode tables (unicode_tables.cpp). Use unicode.h.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wasmchord::unicode {

// Flags of code point c: kFlagBlocks[kFlagIndex[c / 128] * 128 + c % 128].
extern const uint8_t kFlagIndex[0x110000 / 128];
extern const uint8_t kFlagBlocks[];

// c in [first, last] with (c - first) % stride == 0 has the lower-case form c + delta. Sorted.
struct LowerRange {
  uint32_t first;
  uint32_t last;
  uint32_t stride;
  int32_t delta;
};
extern const size_t kLowerRangeCount;
extern const LowerRange kLowerRanges[];

// `run` is first | (count - 1) << 21: the code points [first, first + count) decompose to something that starts with
// `nfd`. Sorted by first.
struct NfdRange {
  uint32_t run;
  uint32_t nfd;
};
extern const size_t kNfdRangeCount;
extern const NfdRange kNfdRanges[];

}  // namespace wasmchord::unicode
