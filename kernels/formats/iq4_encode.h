// Encoders of IQ4_NL and IQ4_XS.
#pragma once

#include "kernels/formats/iq4_nl.h"
#include "kernels/formats/iq4_xs.h"
#include "kernels/formats/scale_search.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// The codebook of both, and for every half integer from -128 to 127.5 the index of the nearest value: between two
// integers lies at most one midpoint of neighbours, and it is a half integer.
struct Iq4Codebook {
  float value[16];
  uint8_t nearest[512];
};

constexpr Iq4Codebook make_iq4_codebook() {
  constexpr int32_t kValues[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
  Iq4Codebook book{};
  for (int32_t i = 0; i < 16; ++i) book.value[i] = static_cast<float>(kValues[i]);
  uint8_t index = 0;
  for (int32_t half = 0; half < 512; ++half) {
    while (index < 15 && half - 256 >= kValues[index] + kValues[index + 1]) ++index;
    book.nearest[half] = index;
  }
  return book;
}
inline constexpr Iq4Codebook kIq4Codebook = make_iq4_codebook();

// The index of the value nearest to x.
inline uint32_t nearest_iq4(float x) {
  // 2 x rounded down: half an integer is subtracted before the rounding, a little less so that integers stay.
  return kIq4Codebook.nearest[round_to(2.0f * x - 0.499f, -256, 255) + 256];
}

// The d that fits 32 elements best: inverses (-127 + k) / extreme for k = -7..7 and 127 / extreme, weights x^2
// (ggml's quantize_row_iq4_nl_impl).
inline float search_iq4(const float* x) {
  const float extreme = extreme_of<32>(x);
  if ((extreme < 0 ? -extreme : extreme) < kLeastExtreme) return 0.0f;
  float w[32], q[32];
  square_weights<32>(x, 0.0f, w);
  SymmetricFit best;
  for (int32_t k = -7; k <= 8; ++k) {
    const float inverse = (k == 8 ? 127.0f : static_cast<float>(k - 127)) / extreme;
    for (uint32_t i = 0; i < 32; ++i) q[i] = kIq4Codebook.value[nearest_iq4(x[i] * inverse)];
    F32x4 qx = splat4(0), qq = splat4(0);
    for (uint32_t i = 0; i < 32; i += 4) {
      const F32x4 wq = load4(w + i) * load4(q + i);
      qx += wq * load4(x + i);
      qq += wq * load4(q + i);
    }
    const float d = sum4(qq) > 0 ? sum4(qx) / sum4(qq) : 0.0f;
    if (d * sum4(qx) > best.gain) best = {d, d * sum4(qx)};
  }
  return best.d;
}

// Element i in the low half of byte i, element i + 16 in the high half.
inline void pack_iq4(const float* x, float d, uint8_t* qs) {
  const float inverse = inverse_or_zero(d);
  for (uint32_t i = 0; i < 16; ++i) {
    qs[i] = static_cast<uint8_t>(nearest_iq4(x[i] * inverse) | nearest_iq4(x[i + 16] * inverse) << 4);
  }
}

// A block that holds NaN or infinity decodes to NaN.
inline void encode_block(const float* x, IQ4_NL::Block& block) {
  std::memset(&block, 0, sizeof block);
  if (!all_finite(x, 32)) return store_u16(block.d, kNanF16);
  const float d = search_iq4(x);
  store_u16(block.d, f32_to_f16(d));
  pack_iq4(x, d, block.qs);
}

// 8 sub-blocks of 32 whose 6-bit scales (less 32) are multiples of d.
inline void encode_block(const float* x, IQ4_XS::Block& block) {
  std::memset(&block, 0, sizeof block);
  if (!all_finite(x, 256)) return store_u16(block.d, kNanF16);
  float scales[8];
  for (uint32_t s = 0; s < 8; ++s) scales[s] = search_iq4(x + 32 * s);
  const float wanted = extreme_of<8>(scales) / -32.0f;
  store_u16(block.d, f32_to_f16(wanted));
  const float d = f16_to_f32(load_u16(block.d)), to_scale = inverse_or_zero(wanted);
  uint32_t scales_h = 0;
  for (uint32_t s = 0; s < 8; ++s) {
    const int32_t scale = round_to(scales[s] * to_scale, -32, 31);
    const uint32_t stored = static_cast<uint32_t>(scale + 32);
    block.scales_l[s / 2] = static_cast<uint8_t>(block.scales_l[s / 2] | (stored & 15) << (4 * (s % 2)));
    scales_h |= (stored >> 4) << (2 * s);
    pack_iq4(x + 32 * s, d * static_cast<float>(scale), block.qs + 16 * s);
  }
  store_u16(block.scales_h, static_cast<uint16_t>(scales_h));
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
