// Q8_K: 256 elements in 292 bytes (9.125 bits per weight): one scale, signed 8-bit integers, and their sums. The
// reference keeps activations in it.
//
//   offset 0     f32       d
//   offset 4     i8[256]   qs
//   offset 260   i16[16]   bsums: sums of 16 integers each, which decoding does not need
//
//   w[j] = d * qs[j]
//
// Source: block_q8_K of ggml (type 15 of the GGUF specification).
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct Q8_K {
  static constexpr uint32_t kBlockLen = 256;
  struct Block {
    uint8_t d[4];
    uint8_t qs[256];
    uint8_t bsums[32];
  };

  static float unpack(const Block& block, uint32_t group, int16_t* q) {
    for (uint32_t l = 0; l < 32; ++l) q[l] = static_cast<int8_t>(block.qs[32 * group + l]);
    return bits_float(load_u32(block.d));
  }

  static void decode(const Block& block, float* out) { decode_unpacked<Q8_K>(block, out); }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
