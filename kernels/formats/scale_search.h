// Scales for blocks of small integers: the searches that the encoders of the K-quants share.
//
// A block x[N] is to become q[N] of few values with x ~ d q (symmetric) or x ~ d q - m (affine), so that the weighted
// error sum w (x - d q + m)^2 is small. For given q the best d and m are those of weighted least squares; for given d
// and m the best q is the nearest. The search tries rounding at a row of step sizes around the one that spans the block
// exactly, solves for d and m after each, and keeps the best. It is the method of ggml's make_qx_quants and
// make_qkx2_quants (K-quants, I. Kawrakow 2023), from which the grids of step sizes are taken.
//
// Sums run in four lanes (element i in lane i mod 4), reduced by halves: the same bits on every CPU.
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// An extension of GCC and clang: elementwise IEEE operations, in whatever registers the CPU has.
using F32x4 = float __attribute__((vector_size(16)));

inline F32x4 splat4(float x) { return F32x4{x, x, x, x}; }
inline F32x4 load4(const float* p) {
  F32x4 x;
  std::memcpy(&x, p, sizeof x);
  return x;
}
inline float sum4(F32x4 x) { return (x[0] + x[2]) + (x[1] + x[3]); }
inline F32x4 clamp4(F32x4 x, F32x4 low, F32x4 high) {
  x = x < low ? low : x;
  return x > high ? high : x;
}

// 1.5 * 2^23: adding it leaves no bits for a fraction, so the sum is rounded to an integer, half to even.
inline constexpr float kRoundingBias = 12582912.0f;
inline F32x4 round4(F32x4 x) { return (x + splat4(kRoundingBias)) - splat4(kRoundingBias); }

// round(x) limited to low..high, for |x| < 2^22; some number of low..high for any other x.
inline int32_t round_to(float x, int32_t low, int32_t high) {
  const auto q = static_cast<int32_t>(float_bits(x + kRoundingBias) & 0x7fffffu) - 0x400000;
  return q < low ? low : q > high ? high : q;
}

// 1 / d, and 0 where that is no number.
inline float inverse_or_zero(float d) {
  const float inverse = d != 0.0f ? 1.0f / d : 0.0f;
  return is_finite(inverse) ? inverse : 0.0f;
}

inline constexpr uint16_t kNanF16 = 0x7e00;

inline bool all_finite(const float* x, uint32_t n) {
  uint32_t bad = 0;
  for (uint32_t i = 0; i < n; ++i) bad |= static_cast<uint32_t>((float_bits(x[i]) & 0x7f800000u) == 0x7f800000u);
  return bad == 0;
}

// The element of largest magnitude, the first of equals.
template <uint32_t N>
float extreme_of(const float* x) {
  float extreme = 0.0f;
  for (uint32_t i = 0; i < N; ++i) {
    if ((x[i] < 0 ? -x[i] : x[i]) > (extreme < 0 ? -extreme : extreme)) extreme = x[i];
  }
  return extreme;
}

// Blocks whose magnitude is below this get the scale 0: no f16 could hold their scale.
inline constexpr float kLeastExtreme = 1e-15f;

// Weights x^2 + base mean(x^2): with base 0 errors count relative to the element, as they do in a dot product with
// activations of equal size; a base lets small elements count too.
template <uint32_t N>
void square_weights(const float* x, float base, float* w) {
  F32x4 squares = splat4(0);
  for (uint32_t i = 0; i < N; i += 4) squares += load4(x + i) * load4(x + i);
  const float floor = base * sum4(squares) / static_cast<float>(N);
  for (uint32_t i = 0; i < N; ++i) w[i] = x[i] * x[i] + floor;
}

struct SymmetricFit {
  float d = 0;
  float gain = 0;  // (sum w q x)^2 / sum w q^2: how much d q takes off sum w x^2
};

// q = round(x * inverse) within low..high, and the d that fits it best.
template <uint32_t N>
SymmetricFit fit_symmetric(const float* x, const float* w, float inverse, float low, float high) {
  F32x4 qx = splat4(0), qq = splat4(0);
  for (uint32_t i = 0; i < N; i += 4) {
    const F32x4 value = load4(x + i);
    const F32x4 q = clamp4(round4(value * splat4(inverse)), splat4(low), splat4(high));
    const F32x4 wq = load4(w + i) * q;
    qx += wq * value;
    qq += wq * q;
  }
  const float sum_qx = sum4(qx), sum_qq = sum4(qq);
  if (!(sum_qq > 0)) return {};
  const float d = sum_qx / sum_qq;
  return {d, d * sum_qx};
}

// The best d for q in -limit..limit - 1. The extreme lies at -limit (whatever its sign) and its neighbours: inverses
// -(limit + k / 10) / extreme for k = -9..9.
template <uint32_t N>
float search_symmetric(const float* x, const float* w, int32_t limit) {
  const float extreme = extreme_of<N>(x);
  if ((extreme < 0 ? -extreme : extreme) < kLeastExtreme) return 0.0f;
  const auto high = static_cast<float>(limit);
  SymmetricFit best;
  for (int32_t k = -9; k <= 9; ++k) {
    const float inverse = -(high + 0.1f * static_cast<float>(k)) / extreme;
    const SymmetricFit fit = fit_symmetric<N>(x, w, inverse, -high, high - 1.0f);
    if (fit.gain > best.gain) best = fit;
  }
  return best.d;
}

// The weighted squared error of x + offset ~ step q with q = round((x + offset) / step) within low..high.
template <uint32_t N>
float rounding_error(const float* x, const float* w, float step, float offset, float low, float high) {
  const F32x4 inverse = splat4(inverse_or_zero(step));
  F32x4 error = splat4(0);
  for (uint32_t i = 0; i < N; i += 4) {
    const F32x4 raised = load4(x + i) + splat4(offset);
    const F32x4 rest = raised - splat4(step) * clamp4(round4(raised * inverse), splat4(low), splat4(high));
    error += load4(w + i) * rest * rest;
  }
  return sum4(error);
}

struct AffineFit {
  float d = 0;
  float m = 0;  // x ~ d q - m, m >= 0
};

// Inverses (levels + first + k step) / (max - min) for k = 0..count, q in 0..levels.
struct AffineGrid {
  int32_t levels;
  float first;
  float step;
  int32_t count;
};

// Weighted sums over a block that do not depend on q.
struct AffineBlock {
  const float* x;
  const float* w;
  float min;  // at most 0, as m cannot be negative
  float range;
  float sum_w;
  float sum_wx;
};

template <uint32_t N>
AffineBlock measure_affine(const float* x, const float* w) {
  F32x4 sum_w = splat4(0), sum_wx = splat4(0);
  float min = 0.0f, max = x[0];
  for (uint32_t i = 0; i < N; i += 4) {
    sum_w += load4(w + i);
    sum_wx += load4(w + i) * load4(x + i);
  }
  for (uint32_t i = 0; i < N; ++i) {
    min = x[i] < min ? x[i] : min;
    max = x[i] > max ? x[i] : max;
  }
  return {x, w, min, max - min, sum4(sum_w), sum4(sum_wx)};
}

// q = round((x - min) * inverse) within 0..levels; d and m by least squares, m held at 0 where it would be negative.
// Returns the weighted squared error.
template <uint32_t N>
float fit_affine(const AffineBlock& block, float inverse, float levels, AffineFit* fit) {
  F32x4 q[N / 4], sum_q = splat4(0), sum_qq = splat4(0), sum_qx = splat4(0);
  for (uint32_t i = 0; i < N / 4; ++i) {
    const F32x4 x = load4(block.x + 4 * i);
    q[i] = clamp4(round4((x - splat4(block.min)) * splat4(inverse)), splat4(0), splat4(levels));
    const F32x4 wq = load4(block.w + 4 * i) * q[i];
    sum_q += wq;
    sum_qq += wq * q[i];
    sum_qx += wq * x;
  }
  const float wq = sum4(sum_q), wqq = sum4(sum_qq), wqx = sum4(sum_qx);
  const float determinant = block.sum_w * wqq - wq * wq;
  if (!(determinant > 0)) return -1.0f;
  fit->d = (block.sum_w * wqx - block.sum_wx * wq) / determinant;
  fit->m = (wq * wqx - wqq * block.sum_wx) / determinant;
  if (fit->m < 0) *fit = {wqx / wqq, 0.0f};
  F32x4 error = splat4(0);
  for (uint32_t i = 0; i < N / 4; ++i) {
    const F32x4 rest = (splat4(fit->d) * q[i] - splat4(fit->m)) - load4(block.x + 4 * i);
    error += load4(block.w + 4 * i) * rest * rest;
  }
  return sum4(error);
}

template <uint32_t N>
AffineFit search_affine(const float* x, const float* w, const AffineGrid& grid) {
  const AffineBlock block = measure_affine<N>(x, w);
  if (block.range < kLeastExtreme) return {0.0f, -block.min};
  const auto levels = static_cast<float>(grid.levels);
  AffineFit best{block.range / levels, -block.min};
  float least = -1.0f;
  for (int32_t k = -1; k <= grid.count; ++k) {  // -1: the step that spans the block exactly
    const float widened = k < 0 ? levels : levels + grid.first + grid.step * static_cast<float>(k);
    AffineFit fit;
    const float error = fit_affine<N>(block, widened / block.range, levels, &fit);
    if (error >= 0 && (least < 0 || error < least)) {
      least = error;
      best = fit;
    }
  }
  return best;
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
