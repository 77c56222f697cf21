// How fast this machine reads memory: the bound that decoding is held against.
#pragma once

#include <cstdint>

namespace wasmchord::cli {

// Bytes a second that `threads` threads read together from a block too big for any cache; the best of several passes.
double read_bandwidth(uint32_t threads);

}  // namespace wasmchord::cli
