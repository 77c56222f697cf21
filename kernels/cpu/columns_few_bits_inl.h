// Columns (columns_inl.h) of formats of one or two bits: signs and ternary numbers.
#pragma once

#include "kernels/cpu/columns_inl.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// The low byte of each lane: four numbers of 2 bits as bytes.
WC_ALWAYS_INLINE Ints spread_pairs(Ints x) {
  const Ints nibbles = (x | shift_left<12>(x)) & splat(0x000f000f);
  return (nibbles | shift_left<6>(nibbles)) & splat_bytes(3);
}

// +1 and -1: 2 bit - 1.
struct Q1_0Column : ColumnOf<Q1_0, 2, 0, -1, false> {
  const uint8_t* slab;
  Floats d;
  WC_ALWAYS_INLINE explicit Q1_0Column(const uint8_t* block) : slab(block), d(load_halves(block)) {}
  template <size_t g>
  WC_ALWAYS_INLINE void load(Group<Q1_0Column>& group) const {
    group.d = d;
    const Ints bits = load_ints(slab + (2 + 4 * g) * kRows);
    for_each<8>([&]<size_t k>()
                    WC_INLINE_LAMBDA { group.w[k] = shift_left<1>(spread_bits(shift_right<4 * k>(bits))); });
  }
};

struct Q2_0Column : ColumnOf<Q2_0, 3, 0, -1, false> {
  const uint8_t* slab;
  Floats d;
  WC_ALWAYS_INLINE explicit Q2_0Column(const uint8_t* block) : slab(block), d(load_halves(block)) {}
  template <size_t g>
  WC_ALWAYS_INLINE void load(Group<Q2_0Column>& group) const {
    group.d = d;
    for_each<8>([&]<size_t k>() WC_INLINE_LAMBDA {
      const Ints x = load_ints(slab + (2 + 8 * g + k / 4 * 4) * kRows);
      group.w[k] = spread_pairs(byte_of<k % 4>(x));
    });
  }
};

// Digit n of each byte, the first highest: the leading digit of the fraction byte * 3^n modulo 1, in 256ths.
template <size_t n>
WC_ALWAYS_INLINE Ints base_3_digit(Ints bytes) {
  for (size_t i = 0; i < n; ++i) bytes = add_bytes(add_bytes(bytes, bytes), bytes);
  // byte * 3 / 256 is at least 1 from 86 on and 2 from 171 on: in bit 7, by the lower seven bits and the highest.
  const Ints low = bytes & splat_bytes(127);
  const Ints one = (low + splat_bytes(128 - 86)) | bytes, two = (low + splat_bytes(256 - 171)) & bytes;
  return (shift_right<7>(one) & splat_bytes(1)) + (shift_right<7>(two) & splat_bytes(1));
}

struct TQ1_0Column : ColumnOf<TQ1_0, 2, 0, -1, false> {
  const uint8_t* slab;
  Floats d;
  WC_ALWAYS_INLINE explicit TQ1_0Column(const uint8_t* block) : slab(block), d(load_halves(block + 52 * kRows)) {}
  template <size_t g>
  WC_ALWAYS_INLINE void load(Group<TQ1_0Column>& group) const {
    group.d = d;
    for_each<8>([&]<size_t k>() WC_INLINE_LAMBDA {
      if constexpr (g < 5) {
        group.w[k] = base_3_digit<g>(load_ints(slab + 4 * k * kRows));
      } else if constexpr (g < 7 || k < 4) {
        group.w[k] = base_3_digit<2 * (g - 5) + k / 4>(load_ints(slab + (32 + 4 * (k % 4)) * kRows));
      } else {
        group.w[k] = base_3_digit<k - 4>(load_ints(slab + 48 * kRows));
      }
    });
  }
};

struct TQ2_0Column : ColumnOf<TQ2_0, 3, 0, -1, false> {
  const uint8_t* slab;
  Floats d;
  WC_ALWAYS_INLINE explicit TQ2_0Column(const uint8_t* block) : slab(block), d(load_halves(block + 64 * kRows)) {}
  template <size_t g>
  WC_ALWAYS_INLINE void load(Group<TQ2_0Column>& group) const {
    group.d = d;
    for (size_t k = 0; k < 8; ++k) {
      const Ints x = load_ints(slab + (32 * (g / 4) + 4 * k) * kRows);
      group.w[k] = shift_right<2 * (g % 4)>(x) & splat_bytes(3);
    }
  }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
