// Eight lanes in plain C++: the meaning of every vec.h. Another ISA's vec.h holds the same functions with the same
// bits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct F32x8 {
  float lane[8];
};

inline F32x8 set1(float x) { return {{x, x, x, x, x, x, x, x}}; }
inline F32x8 zero() { return set1(0.0f); }

inline F32x8 load(const float* p) {
  F32x8 x;
  std::memcpy(x.lane, p, sizeof x.lane);
  return x;
}
inline void store(float* p, const F32x8& x) { std::memcpy(p, x.lane, sizeof x.lane); }

inline F32x8 load_f16(const void* p) {
  F32x8 x;
  for (int i = 0; i < 8; ++i) x.lane[i] = f16_to_f32(load_u16(static_cast<const uint8_t*>(p) + 2 * i));
  return x;
}
inline void store_f16(void* p, const F32x8& x) {
  for (int i = 0; i < 8; ++i) store_u16(static_cast<uint8_t*>(p) + 2 * i, f32_to_f16(x.lane[i]));
}
inline F32x8 load_bf16(const void* p) {
  F32x8 x;
  for (int i = 0; i < 8; ++i) x.lane[i] = bf16_to_f32(load_u16(static_cast<const uint8_t*>(p) + 2 * i));
  return x;
}

// a = p[0], p[2], .. p[14]; b = p[1], p[3], .. p[15]
inline void load_pairs(const float* p, F32x8& a, F32x8& b) {
  for (int i = 0; i < 8; ++i) {
    a.lane[i] = p[2 * i];
    b.lane[i] = p[2 * i + 1];
  }
}
inline void store_pairs(float* p, const F32x8& a, const F32x8& b) {
  for (int i = 0; i < 8; ++i) {
    p[2 * i] = a.lane[i];
    p[2 * i + 1] = b.lane[i];
  }
}

inline F32x8 operator+(const F32x8& a, const F32x8& b) {
  F32x8 y;
  for (int i = 0; i < 8; ++i) y.lane[i] = a.lane[i] + b.lane[i];
  return y;
}
inline F32x8 operator-(const F32x8& a, const F32x8& b) {
  F32x8 y;
  for (int i = 0; i < 8; ++i) y.lane[i] = a.lane[i] - b.lane[i];
  return y;
}
inline F32x8 operator*(const F32x8& a, const F32x8& b) {
  F32x8 y;
  for (int i = 0; i < 8; ++i) y.lane[i] = a.lane[i] * b.lane[i];
  return y;
}
inline F32x8 operator/(const F32x8& a, const F32x8& b) {
  F32x8 y;
  for (int i = 0; i < 8; ++i) y.lane[i] = a.lane[i] / b.lane[i];
  return y;
}

// a > b ? a : b in each lane: b where either is NaN.
inline F32x8 max(const F32x8& a, const F32x8& b) {
  F32x8 y;
  for (int i = 0; i < 8; ++i) y.lane[i] = a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i];
  return y;
}

// a < b ? yes : no in each lane.
inline F32x8 select_less(const F32x8& a, const F32x8& b, const F32x8& yes, const F32x8& no) {
  F32x8 y;
  for (int i = 0; i < 8; ++i) y.lane[i] = a.lane[i] < b.lane[i] ? yes.lane[i] : no.lane[i];
  return y;
}

// x is NaN ? x : no in each lane.
inline F32x8 select_nan(const F32x8& x, const F32x8& no) {
  F32x8 y;
  for (int i = 0; i < 8; ++i) y.lane[i] = x.lane[i] != x.lane[i] ? x.lane[i] : no.lane[i];
  return y;
}

// x * 2^n by adding n to the exponent bits, where the low 9 bits of `shifted` hold n.
inline F32x8 add_exponent(const F32x8& x, const F32x8& shifted) {
  F32x8 y;
  for (int i = 0; i < 8; ++i) y.lane[i] = bits_float(float_bits(x.lane[i]) + (float_bits(shifted.lane[i]) << 23));
  return y;
}

// ((x0 + x4) + (x2 + x6)) + ((x1 + x5) + (x3 + x7))
inline float sum(const F32x8& x) {
  const float* v = x.lane;
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

// The largest lane, by the same tree of max().
inline float max_lane(const F32x8& x) {
  const float* v = x.lane;
  const auto larger = [](float a, float b) { return a > b ? a : b; };
  return larger(larger(larger(v[0], v[4]), larger(v[2], v[6])), larger(larger(v[1], v[5]), larger(v[3], v[7])));
}

// x[i] lane j becomes x[j] lane i, for eight vectors.
inline void transpose_8x8(F32x8* x) {
  for (int i = 0; i < 8; ++i) {
    for (int j = 0; j < i; ++j) {
      const float t = x[i].lane[j];
      x[i].lane[j] = x[j].lane[i];
      x[j].lane[i] = t;
    }
  }
}

// Largest |x[i]| of 32 as bits, so that infinity and NaN win.
inline uint32_t max_abs_bits_32(const float* x) {
  uint32_t best = 0;
  for (int i = 0; i < 32; ++i) {
    const uint32_t bits = float_bits(x[i]) & 0x7fffffffu;
    best = bits > best ? bits : best;
  }
  return best;
}

// q = round-half-even(x * inverse) for 32 elements, |x * inverse| < 128; sums[i] = sum of q over half i.
inline void quantize_32(const float* x, float inverse, int8_t* q, int16_t* sums) {
  int32_t total[2] = {};
  for (int i = 0; i < 32; ++i) {
    const float shifted = x[i] * inverse + 12582912.0f;  // 1.5 * 2^23: the sum rounds to an integer
    const auto n = static_cast<int32_t>(float_bits(shifted) - 0x4b400000u);
    q[i] = static_cast<int8_t>(n);
    total[i / 16] += n;
  }
  for (int i = 0; i < 2; ++i) sums[i] = static_cast<int16_t>(total[i]);
}

// sum a[i] * b[i] over 32 elements, exact.
inline int32_t dot_32(const int16_t* a, const int8_t* b) {
  int32_t total = 0;
  for (int i = 0; i < 32; ++i) total += int32_t{a[i]} * int32_t{b[i]};
  return total;
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
