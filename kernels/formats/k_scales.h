// The eight 6-bit scales and eight 6-bit minima that Q4_K and Q5_K pack into 12 bytes s:
//
//   j < 4    scale[j] = s[j] & 63                           min[j] = s[j + 4] & 63
//   j >= 4   scale[j] = s[j + 4] & 15 | (s[j - 4] >> 6) << 4   min[j] = s[j + 4] >> 4 | (s[j] >> 6) << 4
//
// Source: the K-quants of ggml.
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

inline uint32_t six_bit_scale(const uint8_t* s, uint32_t j) {
  return j < 4 ? s[j] & 63u : (s[j + 4] & 15u) | static_cast<uint32_t>(s[j - 4] >> 6) << 4;
}

inline uint32_t six_bit_min(const uint8_t* s, uint32_t j) {
  return j < 4 ? s[j + 4] & 63u : static_cast<uint32_t>(s[j + 4] >> 4) | static_cast<uint32_t>(s[j] >> 6) << 4;
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
