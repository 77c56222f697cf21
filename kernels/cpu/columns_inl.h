// How lanes unpack each format: a Group is 32 elements of kRows rows, ready for integer dot products with q8
// activations.
//
//   w = d (scale[i / 16] (q + offset)) + e minimum[i / 16]     for element i of the group
//   w = (i < 16 ? d : e) (q + offset)                          with kHalves
//
// A Column is a block of kRows rows in a slab. Its constructor reads what the whole block shares; load<g> unpacks group
// g.
#pragma once

// Included after the ISA's ints.h.

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// kMax: the largest byte q, unsigned; 255: all eight bits are used, as biased(q) has them.
// kScales: integer scales of a group, 0 (none), 1, or 2 (of 16 elements each).
// kOffset: what is added to q; with kScales the sums of the activations are multiplied by Group::offset.
template <class FormatT, int kMaxT, int kScalesT, int kOffsetT, bool kMinimaT>
struct ColumnOf {
  using Format = FormatT;
  static constexpr int kMax = kMaxT, kScales = kScalesT, kOffset = kOffsetT;
  static constexpr bool kMinima = kMinimaT;
  static constexpr size_t kGroups = Format::kBlockLen / 32;
  static constexpr bool kHalves = false;
  static constexpr bool kUnpackedInline = true;  // false: by a function of its own, which keeps the code short
};

template <class C>
struct Group {
  Ints w[8];         // w[k]: bytes 4 k .. 4 k + 3 of each row
  Scale scale[2];    // kScales of them
  IntPairs offset;   // 16-bit pairs: kOffset times the scale, for both halves; unused without scales
  IntPairs minimum;  // 16-bit pairs: integers that multiply e
  Floats d, e;
};

WC_ALWAYS_INLINE Ints nibbles_low(Ints x) { return x & splat_bytes(15); }
WC_ALWAYS_INLINE Ints nibbles_high(Ints x) { return shift_right<4>(x) & splat_bytes(15); }
// Byte k of each lane, unsigned and signed.
template <size_t k>
WC_ALWAYS_INLINE Ints byte_of(Ints x) {
  return shift_right<8 * k>(x) & splat(255);
}
template <size_t k>
WC_ALWAYS_INLINE Ints signed_byte_of(Ints x) {
  return shift_right_signed<24>(shift_left<24 - 8 * k>(x));
}
// Bit `from` of each lane goes to bit `to`, the others with it.
template <size_t from, size_t to>
WC_ALWAYS_INLINE Ints shift_to(Ints x) {
  if constexpr (from >= to) {
    return shift_right<from - to>(x);
  } else {
    return shift_left<to - from>(x);
  }
}
// Both as 16 bits in one lane.
WC_ALWAYS_INLINE IntPairs pairs(Ints low, Ints high) { return (low & splat(0xffff)) | shift_left<16>(high); }

// 16 bytes of nibbles: elements 0..15 below, 16..31 above.
WC_ALWAYS_INLINE void load_nibbles(const uint8_t* slab, Ints* w) {
  for (size_t k = 0; k < 4; ++k) {
    const Ints x = load_ints(slab + 4 * kRows * k);
    w[k] = nibbles_low(x);
    w[k + 4] = nibbles_high(x);
  }
}
// The same through a table of 16 bytes.
WC_ALWAYS_INLINE void load_looked_up(const uint8_t* slab, const Table16& table, Ints* w) {
  load_nibbles(slab, w);
  for (size_t k = 0; k < 8; ++k) w[k] = look_up(table, w[k]);
}
// Adds bit 4 from 32 bits of each row, element i's in bit i.
WC_ALWAYS_INLINE void add_fifth_bits(Ints bits, Ints* w) {
  for_each<8>([&]<size_t k>() WC_INLINE_LAMBDA { w[k] = w[k] | shift_left<4>(spread_bits(shift_right<4 * k>(bits))); });
}

struct Q4_0Column : ColumnOf<Q4_0, 15, 0, -8, false> {
  const uint8_t* slab;
  WC_ALWAYS_INLINE explicit Q4_0Column(const uint8_t* block) : slab(block) {}
  template <size_t>
  WC_ALWAYS_INLINE void load(Group<Q4_0Column>& group) const {
    group.d = load_halves(slab);
    load_nibbles(slab + 2 * kRows, group.w);
  }
};

struct Q4_1Column : ColumnOf<Q4_1, 15, 0, 0, true> {
  const uint8_t* slab;
  WC_ALWAYS_INLINE explicit Q4_1Column(const uint8_t* block) : slab(block) {}
  template <size_t>
  WC_ALWAYS_INLINE void load(Group<Q4_1Column>& group) const {
    group.d = load_halves(slab);
    group.e = load_halves(slab + 2 * kRows);
    group.minimum = splat(0x10001);
    load_nibbles(slab + 4 * kRows, group.w);
  }
};

struct Q5_0Column : ColumnOf<Q5_0, 31, 0, -16, false> {
  const uint8_t* slab;
  WC_ALWAYS_INLINE explicit Q5_0Column(const uint8_t* block) : slab(block) {}
  template <size_t>
  WC_ALWAYS_INLINE void load(Group<Q5_0Column>& group) const {
    group.d = load_halves(slab);
    load_nibbles(slab + 6 * kRows, group.w);
    add_fifth_bits(load_ints(slab + 2 * kRows), group.w);
  }
};

struct Q5_1Column : ColumnOf<Q5_1, 31, 0, 0, true> {
  const uint8_t* slab;
  WC_ALWAYS_INLINE explicit Q5_1Column(const uint8_t* block) : slab(block) {}
  template <size_t>
  WC_ALWAYS_INLINE void load(Group<Q5_1Column>& group) const {
    group.d = load_halves(slab);
    group.e = load_halves(slab + 2 * kRows);
    group.minimum = splat(0x10001);
    load_nibbles(slab + 8 * kRows, group.w);
    add_fifth_bits(load_ints(slab + 4 * kRows), group.w);
  }
};

struct Q8_0Column : ColumnOf<Q8_0, 255, 0, kByteOffset, false> {
  const uint8_t* slab;
  WC_ALWAYS_INLINE explicit Q8_0Column(const uint8_t* block) : slab(block) {}
  template <size_t>
  WC_ALWAYS_INLINE void load(Group<Q8_0Column>& group) const {
    group.d = load_halves(slab);
    for (size_t k = 0; k < 8; ++k) group.w[k] = biased(load_ints(slab + (2 + 4 * k) * kRows));
  }
};

struct Q8_1Column : ColumnOf<Q8_1, 255, 0, kByteOffset, false> {
  const uint8_t* slab;
  WC_ALWAYS_INLINE explicit Q8_1Column(const uint8_t* block) : slab(block) {}
  template <size_t>
  WC_ALWAYS_INLINE void load(Group<Q8_1Column>& group) const {
    group.d = load_halves(slab);
    for (size_t k = 0; k < 8; ++k) group.w[k] = biased(load_ints(slab + (4 + 4 * k) * kRows));
  }
};

// The values of formats/iq4_nl.h with kByteOffset taken off.
inline constexpr ByteTable16 kIq4Table = byte_table(
    {-127 - kByteOffset, -104 - kByteOffset, -83 - kByteOffset, -65 - kByteOffset, -49 - kByteOffset, -35 - kByteOffset,
     -22 - kByteOffset, -10 - kByteOffset, 1 - kByteOffset, 13 - kByteOffset, 25 - kByteOffset, 38 - kByteOffset,
     53 - kByteOffset, 69 - kByteOffset, 89 - kByteOffset, 113 - kByteOffset});

struct IQ4_NLColumn : ColumnOf<IQ4_NL, 255, 0, kByteOffset, false> {
  const uint8_t* slab;
  WC_ALWAYS_INLINE explicit IQ4_NLColumn(const uint8_t* block) : slab(block) {}
  template <size_t>
  WC_ALWAYS_INLINE void load(Group<IQ4_NLColumn>& group) const {
    group.d = load_halves(slab);
    load_looked_up(slab + 2 * kRows, load_table(kIq4Table), group.w);
  }
};

// The values of formats/mxfp4.h with 12 added.
inline constexpr ByteTable16 kE2m1Table = byte_table({12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0});

struct MXFP4Column : ColumnOf<MXFP4, 24, 0, -12, false> {
  const uint8_t* slab;
  WC_ALWAYS_INLINE explicit MXFP4Column(const uint8_t* block) : slab(block) {}
  template <size_t>
  WC_ALWAYS_INLINE void load(Group<MXFP4Column>& group) const {
    // Half of 2^(e - 127): its bits are e << 23, but 2^-127 for e = 0 and NaN for e = 255 need bit 22.
    const Ints e = load_bytes(slab);
    const Ints is_zero = shift_right<8>(splat(256) - e), is_max = shift_right<8>(e + splat(1));
    group.d = as_floats(shift_left<23>(e) | shift_left<22>(is_zero | is_max)) * splat_float(0.5f);
    load_looked_up(slab + kRows, load_table(kE2m1Table), group.w);
  }
};

struct NVFP4Column : ColumnOf<NVFP4, 24, 0, -12, false> {
  static constexpr bool kHalves = true;
  const uint8_t* slab;
  Ints scales;
  WC_ALWAYS_INLINE explicit NVFP4Column(const uint8_t* block) : slab(block), scales(load_ints(block)) {}
  // Half of the E4M3 number in byte i: with its bits where a float has them, the biases' difference is missing.
  template <size_t i>
  WC_ALWAYS_INLINE Floats half_scale() const {
    const Ints x = byte_of<i>(scales), from_nan = x - splat(127);
    const Ints is_number = shift_right_signed<31>(from_nan | (zero_ints() - from_nan));
    return as_floats(shift_left<20>(x & splat(127) & is_number)) * splat_float(0x1p119f);
  }
  template <size_t g>
  WC_ALWAYS_INLINE void load(Group<NVFP4Column>& group) const {
    group.d = half_scale<2 * g>(), group.e = half_scale<2 * g + 1>();
    const Table16 table = load_table(kE2m1Table);
    for_each<8>([&]<size_t k>() WC_INLINE_LAMBDA {
      const Ints x = load_ints(slab + (4 + 16 * g + 8 * (k / 4) + 4 * (k % 2)) * kRows);
      group.w[k] = look_up(table, k % 4 < 2 ? nibbles_low(x) : nibbles_high(x));
    });
  }
};

// Six-bit scales and minima of Q4_K and Q5_K: byte g % 4 of [g / 4] belongs to group g.
struct SixBitScales {
  Ints scale[2], minimum[2];
  WC_ALWAYS_INLINE explicit SixBitScales(const uint8_t* slab) {
    const Ints s0 = load_ints(slab), s1 = load_ints(slab + 4 * kRows), s2 = load_ints(slab + 8 * kRows);
    const Ints six = splat_bytes(0x3f), high = splat_bytes(0x30);
    scale[0] = s0 & six;
    minimum[0] = s1 & six;
    scale[1] = nibbles_low(s2) | (shift_right<2>(s0) & high);
    minimum[1] = nibbles_high(s2) | (shift_right<2>(s1) & high);
  }
  template <size_t g, class C>
  WC_ALWAYS_INLINE void load(Group<C>& group) const {
    group.scale[0] = make_scale(byte_of<g % 4>(scale[g / 4]));
    const Ints m = byte_of<g % 4>(minimum[g / 4]);
    group.minimum = m | shift_left<16>(m);
  }
};

// Group g of Q4_K and Q5_K: low nibbles of 32 bytes for even g, high ones for odd g.
template <size_t g>
WC_ALWAYS_INLINE void load_k_nibbles(const uint8_t* slab, Ints* w) {
  for (size_t k = 0; k < 8; ++k) {
    const Ints x = load_ints(slab + (32 * (g / 2) + 4 * k) * kRows);
    w[k] = g % 2 == 0 ? nibbles_low(x) : nibbles_high(x);
  }
}

struct Q4_KColumn : ColumnOf<Q4_K, 15, 1, 0, true> {
  const uint8_t* slab;
  Floats d, e;
  SixBitScales scales;
  WC_ALWAYS_INLINE explicit Q4_KColumn(const uint8_t* block)
      : slab(block), d(load_halves(block)), e(negated(load_halves(block + 2 * kRows))), scales(block + 4 * kRows) {}
  template <size_t g>
  WC_ALWAYS_INLINE void load(Group<Q4_KColumn>& group) const {
    group.d = d, group.e = e;
    scales.load<g>(group);
    load_k_nibbles<g>(slab + 16 * kRows, group.w);
  }
};

struct Q5_KColumn : ColumnOf<Q5_K, 31, 1, 0, true> {
  const uint8_t* slab;
  Floats d, e;
  SixBitScales scales;
  WC_ALWAYS_INLINE explicit Q5_KColumn(const uint8_t* block)
      : slab(block), d(load_halves(block)), e(negated(load_halves(block + 2 * kRows))), scales(block + 4 * kRows) {}
  template <size_t g>
  WC_ALWAYS_INLINE void load(Group<Q5_KColumn>& group) const {
    group.d = d, group.e = e;
    scales.load<g>(group);
    load_k_nibbles<g>(slab + 48 * kRows, group.w);
    for (size_t k = 0; k < 8; ++k) {
      const Ints bits = load_ints(slab + (16 + 4 * k) * kRows);
      group.w[k] = group.w[k] | (shift_to<g, 4>(bits) & splat_bytes(16));
    }
  }
};

// The scale of a group with its offset, from lanes of 32 bits.
template <class C>
WC_ALWAYS_INLINE void set_one_scale(Ints scale, Group<C>& group) {
  group.scale[0] = make_scale(scale);
  if constexpr (C::kOffset != 0) group.offset = multiply_pairs(pairs(scale, scale), C::kOffset);
}
// The same of 16 elements each.
template <class C>
WC_ALWAYS_INLINE void set_two_scales(Ints s0, Ints s1, Group<C>& group) {
  group.scale[0] = make_scale(s0);
  group.scale[1] = make_scale(s1);
  if constexpr (C::kOffset != 0) group.offset = multiply_pairs(pairs(s0, s1), C::kOffset);
}

struct Q2_KColumn : ColumnOf<Q2_K, 3, 2, 0, true> {
  const uint8_t* slab;
  Floats d, e;
  WC_ALWAYS_INLINE explicit Q2_KColumn(const uint8_t* block)
      : slab(block), d(load_halves(block + 80 * kRows)), e(negated(load_halves(block + 82 * kRows))) {}
  template <size_t g>
  WC_ALWAYS_INLINE void load(Group<Q2_KColumn>& group) const {
    group.d = d, group.e = e;
    const Ints scales = load_ints(slab + 4 * (g / 2) * kRows), steps = nibbles_low(scales), low = nibbles_high(scales);
    set_two_scales(byte_of<2 * (g % 2)>(steps), byte_of<2 * (g % 2) + 1>(steps), group);
    group.minimum = pairs(byte_of<2 * (g % 2)>(low), byte_of<2 * (g % 2) + 1>(low));
    for (size_t k = 0; k < 8; ++k) {
      const Ints x = load_ints(slab + (16 + 32 * (g / 4) + 4 * k) * kRows);
      group.w[k] = shift_right<2 * (g % 4)>(x) & splat_bytes(3);
    }
  }
};

struct Q3_KColumn : ColumnOf<Q3_K, 7, 2, -4, false> {
  const uint8_t* slab;
  Floats d;
  WC_ALWAYS_INLINE explicit Q3_KColumn(const uint8_t* block) : slab(block), d(load_halves(block + 108 * kRows)) {}
  template <size_t g>
  WC_ALWAYS_INLINE void load(Group<Q3_KColumn>& group) const {
    group.d = d;
    // Scales 4 i .. 4 i + 3, i = g / 2: nibbles of dword i % 2, high bits of dword 2.
    constexpr size_t i = g / 2;
    const Ints nibbles = shift_right<4 * (i / 2)>(load_ints(slab + (96 + 4 * (i % 2)) * kRows)) & splat_bytes(15);
    const Ints high = shift_right<2 * i>(load_ints(slab + 104 * kRows)) & splat_bytes(3);
    const Ints scales = nibbles | shift_left<4>(high);
    set_two_scales(byte_of<2 * (g % 2)>(scales) - splat(32), byte_of<2 * (g % 2) + 1>(scales) - splat(32), group);
    for (size_t k = 0; k < 8; ++k) {
      const Ints low = load_ints(slab + (32 + 32 * (g / 4) + 4 * k) * kRows), mask = load_ints(slab + 4 * k * kRows);
      group.w[k] = (shift_right<2 * (g % 4)>(low) & splat_bytes(3)) | (shift_to<g, 2>(mask) & splat_bytes(4));
    }
  }
};

struct Q6_KColumn : ColumnOf<Q6_K, 63, 2, -32, false> {
  const uint8_t* slab;
  Floats d;
  WC_ALWAYS_INLINE explicit Q6_KColumn(const uint8_t* block) : slab(block), d(load_halves(block + 208 * kRows)) {}
  template <size_t g>
  WC_ALWAYS_INLINE void load(Group<Q6_KColumn>& group) const {
    group.d = d;
    const Ints scales = load_ints(slab + (192 + 4 * (g / 2)) * kRows);
    set_two_scales(signed_byte_of<2 * (g % 2)>(scales), signed_byte_of<2 * (g % 2) + 1>(scales), group);
    constexpr size_t half = g / 4, quarter = g % 4;
    for (size_t k = 0; k < 8; ++k) {
      const Ints low = load_ints(slab + (64 * half + 32 * (quarter % 2) + 4 * k) * kRows);
      const Ints high = load_ints(slab + (128 + 32 * half + 4 * k) * kRows);
      group.w[k] =
          (quarter < 2 ? nibbles_low(low) : nibbles_high(low)) | (shift_to<2 * quarter, 4>(high) & splat_bytes(0x30));
    }
  }
};

struct Q8_KColumn : ColumnOf<Q8_K, 255, 0, kByteOffset, false> {
  const uint8_t* slab;
  WC_ALWAYS_INLINE explicit Q8_KColumn(const uint8_t* block) : slab(block) {}
  template <size_t g>
  WC_ALWAYS_INLINE void load(Group<Q8_KColumn>& group) const {
    group.d = as_floats(load_ints(slab));
    for (size_t k = 0; k < 8; ++k) group.w[k] = biased(load_ints(slab + (4 + 32 * g + 4 * k) * kRows));
  }
};

struct IQ4_XSColumn : ColumnOf<IQ4_XS, 255, 1, kByteOffset, false> {
  const uint8_t* slab;
  Floats d;
  Ints high, low;  // bits of the scales
  WC_ALWAYS_INLINE explicit IQ4_XSColumn(const uint8_t* block)
      : slab(block), d(load_halves(block)), high(load_words(block + 2 * kRows)), low(load_ints(block + 4 * kRows)) {}
  template <size_t g>
  WC_ALWAYS_INLINE void load(Group<IQ4_XSColumn>& group) const {
    group.d = d;
    const Ints six = (shift_right<4 * g>(low) & splat(15)) | (shift_to<2 * g, 4>(high) & splat(0x30));
    set_one_scale(six - splat(32), group);
    load_looked_up(slab + (8 + 16 * g) * kRows, load_table(kIq4Table), group.w);
  }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
