// How much a template may do. A template comes with a model file and is as hostile as the rest of it.
#pragma once

#include <cstdint>

namespace wasmchord::chat {

struct Limits {
  uint64_t max_steps = 50'000'000;        // nodes evaluated, and one for every 256 bytes moved
  uint64_t max_memory_bytes = 256 << 20;  // of values alive at once
  uint64_t max_output_bytes = 64 << 20;
  uint32_t max_depth = 400;  // nodes inside of one another while rendering, macro calls included
  uint32_t max_source_bytes = 4 << 20;
};

// Nesting of expressions and blocks in the source; what is deeper does not compile.
inline constexpr uint32_t kMaxNesting = 100;
// Nesting of lists and dictionaries inside of one another.
inline constexpr uint32_t kMaxValueDepth = 100;

}  // namespace wasmchord::chat
