// What the encoders of Q4_K and Q5_K share: 8 sub-blocks of 32 with 6-bit scales and minima.
#pragma once

#include "kernels/formats/scale_search.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// One super-block before its bits are packed: x[32 s + i] ~ d scale[s] q[32 s + i] - dmin min[s].
struct AffineSuperBlock {
  uint16_t d;  // f16
  uint16_t dmin;
  uint8_t scale[8];
  uint8_t min[8];
  uint8_t q[256];
};

// |x| + sqrt(mean x^2): large elements count more, small ones still count (ggml's quantize_row_q4_K_ref).
inline void magnitude_weights(const float* x, float* w) {
  F32x4 squares = splat4(0);
  for (uint32_t i = 0; i < 32; i += 4) squares += load4(x + i) * load4(x + i);
  const float base = __builtin_sqrtf(sum4(squares) / 32);
  for (uint32_t i = 0; i < 32; ++i) w[i] = base + (x[i] < 0 ? -x[i] : x[i]);
}

// q = round((x + offset) / step) within 0..levels.
inline void round_affine(const float* x, uint32_t n, float step, float offset, int32_t levels, uint8_t* q) {
  const float inverse = inverse_or_zero(step);
  for (uint32_t i = 0; i < n; ++i) q[i] = static_cast<uint8_t>(round_to((x[i] + offset) * inverse, 0, levels));
}

struct StoredFit {
  int32_t scale;
  int32_t min;
};

// Of the stored scale and minimum nearest to the fit and their neighbours, the pair that rounds best.
template <uint32_t N>
StoredFit store_affine(const float* x, const float* w, StoredFit nearest, int32_t most, float d, float dmin,
                       int32_t levels) {
  StoredFit best = nearest;
  float least = -1.0f;
  for (int32_t i = 0; i < 9; ++i) {
    constexpr int32_t kSteps[3] = {0, -1, 1};
    const StoredFit fit{nearest.scale + kSteps[i % 3], nearest.min + kSteps[i / 3]};
    if (fit.scale < 0 || fit.scale > most || fit.min < 0 || fit.min > most) continue;
    const float error = rounding_error<N>(x, w, d * static_cast<float>(fit.scale), dmin * static_cast<float>(fit.min),
                                          0.0f, static_cast<float>(levels));
    if (least < 0 || error < least) {
      least = error;
      best = fit;
    }
  }
  return best;
}

// Each sub-block's scale and minimum are searched, then rounded to multiples of the super-block's d and dmin, then
// every element is rounded once more with what was stored. x must be finite.
inline void search_affine_super_block(const float* x, const AffineGrid& grid, AffineSuperBlock* out) {
  constexpr int32_t kMaxScale = 63;
  float w[256], d_max = 0, m_max = 0;
  AffineFit fits[8];
  for (uint32_t s = 0; s < 8; ++s) {
    magnitude_weights(x + 32 * s, w + 32 * s);
    fits[s] = search_affine<32>(x + 32 * s, w + 32 * s, grid);
    d_max = fits[s].d > d_max ? fits[s].d : d_max;
    m_max = fits[s].m > m_max ? fits[s].m : m_max;
  }
  const float to_scale = inverse_or_zero(d_max / kMaxScale), to_min = inverse_or_zero(m_max / kMaxScale);
  out->d = f32_to_f16(d_max / kMaxScale);
  out->dmin = f32_to_f16(m_max / kMaxScale);
  const float d = f16_to_f32(out->d), dmin = f16_to_f32(out->dmin);
  for (uint32_t s = 0; s < 8; ++s) {
    const StoredFit nearest{round_to(fits[s].d * to_scale, 0, kMaxScale), round_to(fits[s].m * to_min, 0, kMaxScale)};
    const StoredFit fit = store_affine<32>(x + 32 * s, w + 32 * s, nearest, kMaxScale, d, dmin, grid.levels);
    out->scale[s] = static_cast<uint8_t>(fit.scale);
    out->min[s] = static_cast<uint8_t>(fit.min);
    const float step = d * static_cast<float>(fit.scale), offset = dmin * static_cast<float>(fit.min);
    round_affine(x + 32 * s, 32, step, offset, grid.levels, out->q + 32 * s);
  }
}

// The 12 bytes of eight 6-bit scales and minima, as q4_k.h lays them out.
inline void pack_scales_6bit(const AffineSuperBlock& from, uint8_t* scales) {
  for (uint32_t s = 0; s < 4; ++s) {
    scales[s] = static_cast<uint8_t>(from.scale[s] | (from.scale[s + 4] >> 4) << 6);
    scales[s + 4] = static_cast<uint8_t>(from.min[s] | (from.min[s + 4] >> 4) << 6);
    scales[s + 8] = static_cast<uint8_t>((from.scale[s + 4] & 15) | (from.min[s + 4] & 15) << 4);
  }
}

// 256 elements of 4 bits: 64 at a time, the first 32 in the low halves of 32 bytes and the others in the high halves.
inline void pack_nibbles(const uint8_t* q, uint8_t* qs) {
  for (uint32_t i = 0; i < 128; ++i) {
    const uint8_t* pair = q + 64 * (i / 32) + i % 32;
    qs[i] = static_cast<uint8_t>((pair[0] & 15) | (pair[32] & 15) << 4);
  }
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
