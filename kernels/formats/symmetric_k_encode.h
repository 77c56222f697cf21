// What the encoders of Q3_K and Q6_K share: 16 sub-blocks of 16, symmetric, with signed scales.
#pragma once

#include "kernels/formats/scale_search.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// One super-block before its bits are packed: x[16 s + i] ~ d scale[s] (q[16 s + i] - limit), q in 0..2 limit - 1.
struct SymmetricSuperBlock {
  uint16_t d;  // f16
  int8_t scale[16];
  uint8_t q[256];
};

// Limits and weights (see square_weights) of a format.
struct SymmetricRule {
  int32_t limit;      // q - limit is -limit..limit - 1
  int32_t max_scale;  // scales are -max_scale - 1..max_scale
  float weight_base;
};

// Of the stored scale nearest to the fit and its neighbours, the one that rounds best.
inline int32_t store_symmetric(const float* x, const float* w, int32_t nearest, float d, const SymmetricRule& rule) {
  const auto limit = static_cast<float>(rule.limit);
  int32_t best = nearest;
  float least = -1.0f;
  for (const int32_t scale : {nearest, nearest - 1, nearest + 1}) {
    if (scale < -rule.max_scale - 1 || scale > rule.max_scale) continue;
    const float error = rounding_error<16>(x, w, d * static_cast<float>(scale), 0.0f, -limit, limit - 1.0f);
    if (least < 0 || error < least) {
      least = error;
      best = scale;
    }
  }
  return best;
}

// Each sub-block's scale is searched, then rounded to a multiple of d (the scale of largest magnitude at
// -max_scale - 1), then every element is rounded once more with what was stored. x must be finite.
inline void search_symmetric_super_block(const float* x, const SymmetricRule& rule, SymmetricSuperBlock* out) {
  float w[256], scales[16];
  for (uint32_t s = 0; s < 16; ++s) {
    square_weights<16>(x + 16 * s, rule.weight_base, w + 16 * s);
    scales[s] = search_symmetric<16>(x + 16 * s, w + 16 * s, rule.limit);
  }
  const float wanted = extreme_of<16>(scales) / static_cast<float>(-rule.max_scale - 1);
  const float to_scale = inverse_or_zero(wanted);
  out->d = f32_to_f16(wanted);
  const float d = f16_to_f32(out->d);
  for (uint32_t s = 0; s < 16; ++s) {
    const int32_t nearest = round_to(scales[s] * to_scale, -rule.max_scale - 1, rule.max_scale);
    const int32_t scale = store_symmetric(x + 16 * s, w + 16 * s, nearest, d, rule);
    out->scale[s] = static_cast<int8_t>(scale);
    const float inverse = inverse_or_zero(d * static_cast<float>(scale));
    for (uint32_t i = 16 * s; i < 16 * s + 16; ++i) {
      out->q[i] = static_cast<uint8_t>(round_to(x[i] * inverse, -rule.limit, rule.limit - 1) + rule.limit);
    }
  }
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
