// Columns (columns_inl.h) of the formats with a codebook. An entry (formats/iq_grids.h) holds the numbers of its
// values, one to a byte; with the element's sign in the bit above, a number goes through a table of 16 bytes to the
// value, to which so much is added that no byte is negative.
#pragma once

#include "kernels/cpu/columns_inl.h"
#include "kernels/formats/iq_grids.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// To unpack them takes long: one function for all numbers of tokens costs nothing beside.
template <class FormatT, int kLargest, int kScalesT>
struct CodebookColumn : ColumnOf<FormatT, 2 * kLargest, kScalesT, -kLargest, false> {
  static constexpr bool kUnpackedInline = false;
};

// Values with kLargest added: bits 0 and 1 the number, bit 2 the sign; in IQ3 three bits and the sign.
inline constexpr ByteTable16 kIq2Table =
    byte_table({43 + 8, 43 + 25, 43 + 43, 0, 43 - 8, 43 - 25, 43 - 43, 0, 0, 0, 0, 0, 0, 0, 0, 0});
inline constexpr ByteTable16 kIq3XxsTable =
    byte_table({62 + 4, 62 + 12, 62 + 20, 62 + 28, 62 + 36, 62 + 44, 62 + 52, 62 + 62, 62 - 4, 62 - 12, 62 - 20,
                62 - 28, 62 - 36, 62 - 44, 62 - 52, 62 - 62});
inline constexpr ByteTable16 kIq3STable =
    byte_table({15 + 1, 15 + 3, 15 + 5, 15 + 7, 15 + 9, 15 + 11, 15 + 13, 15 + 15, 15 - 1, 15 - 3, 15 - 5, 15 - 7,
                15 - 9, 15 - 11, 15 - 13, 15 - 15});
// 8 * value + 1, or - 1 where bit 2 is set.
inline constexpr ByteTable16 kIq1Table =
    byte_table({9 - 8 + 1, 9 + 1, 9 + 8 + 1, 0, 9 - 8 - 1, 9 - 1, 9 + 8 - 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});

// 128 where the number of bits is odd.
inline constexpr ByteTable16 kOddTable = byte_table({0, 128, 128, 0, 128, 0, 0, 128, 128, 0, 0, 128, 0, 128, 128, 0});
// Seven signs in each byte and an eighth that makes their number even.
WC_ALWAYS_INLINE Ints even_signs(Ints sevens) {
  const Table16 odd = load_table(kOddTable);
  return sevens | add_bytes(look_up(odd, nibbles_low(sevens)), look_up(odd, nibbles_high(sevens)));
}
// The same from four times 7 bits, the first lowest.
WC_ALWAYS_INLINE Ints even_signs_of_28(Ints x) {
  return even_signs((x & splat(0x7f)) | (shift_left<1>(x) & splat(0x7f00)) | (shift_left<2>(x) & splat(0x7f0000)) |
                    (shift_left<3>(x) & splat(0x7f000000)));
}

// Elements 4 k .. 4 k + 3: numbers below 2^kBits in bytes, and the signs of a group, element i's in bit i.
template <size_t k, size_t kBits>
WC_ALWAYS_INLINE Ints signed_values(const Table16& table, Ints numbers, Ints signs) {
  return look_up(table, numbers | shift_left<kBits>(spread_bits(shift_right<4 * k>(signs))));
}
// Elements 8 k .. 8 k + 7 by an entry of eight.
template <size_t k, size_t N>
WC_ALWAYS_INLINE void load_eight(const IqGrid<N>& grid, Ints index, Ints signs, Ints* w) {
  const Table16 table = load_table(kIq2Table);
  const Ints entry = gather_words(grid.at, index);
  w[2 * k] = signed_values<2 * k, 2>(table, nibbles_low(entry), signs);
  w[2 * k + 1] = signed_values<2 * k + 1, 2>(table, nibbles_high(entry), signs);
}
// 2 s + 1 from bits `at` to at + kBits - 1.
template <size_t at, size_t kBits>
WC_ALWAYS_INLINE Ints odd_scale(Ints x) {
  return (shift_to<at, 1>(x) & splat((2 << kBits) - 2)) | splat(1);
}

struct IQ2_XXSColumn : CodebookColumn<IQ2_XXS, 43, 1> {
  const uint8_t* slab;
  Floats d;
  WC_ALWAYS_INLINE explicit IQ2_XXSColumn(const uint8_t* block)
      : slab(block), d(load_halves(block) * splat_float(0.125f)) {}
  template <size_t g>
  WC_ALWAYS_INLINE void load(Group<IQ2_XXSColumn>& group) const {
    group.d = d;
    const Ints index = load_ints(slab + (2 + 8 * g) * kRows), bits = load_ints(slab + (6 + 8 * g) * kRows);
    set_one_scale(odd_scale<28, 4>(bits), group);
    const Ints signs = even_signs_of_28(bits);
    for_each<4>([&]<size_t k>() WC_INLINE_LAMBDA { load_eight<k>(kIq2XxsGrid, byte_of<k>(index), signs, group.w); });
  }
};

struct IQ2_XSColumn : CodebookColumn<IQ2_XS, 43, 2> {
  const uint8_t* slab;
  Floats d;
  WC_ALWAYS_INLINE explicit IQ2_XSColumn(const uint8_t* block)
      : slab(block), d(load_halves(block) * splat_float(0.125f)) {}
  template <size_t g>
  WC_ALWAYS_INLINE void load(Group<IQ2_XSColumn>& group) const {
    group.d = d;
    const Ints scales = load_ints(slab + (66 + g / 4 * 4) * kRows);
    set_two_scales(odd_scale<8 * (g % 4), 4>(scales), odd_scale<8 * (g % 4) + 4, 4>(scales), group);
    const Ints codes[2] = {load_ints(slab + (2 + 8 * g) * kRows), load_ints(slab + (6 + 8 * g) * kRows)};
    const Ints signs =
        even_signs((shift_right<9>(codes[0]) & splat(0x7f)) | (shift_right<17>(codes[0]) & splat(0x7f00)) |
                   (shift_left<7>(codes[1]) & splat(0x7f0000)) | (shift_right<1>(codes[1]) & splat(0x7f000000)));
    for_each<4>([&]<size_t k>() WC_INLINE_LAMBDA {
      load_eight<k>(kIq2XsGrid, shift_right<16 * (k % 2)>(codes[k / 2]) & splat(511), signs, group.w);
    });
  }
};

struct IQ2_SColumn : CodebookColumn<IQ2_S, 43, 2> {
  const uint8_t* slab;
  Floats d;
  WC_ALWAYS_INLINE explicit IQ2_SColumn(const uint8_t* block)
      : slab(block), d(load_halves(block) * splat_float(0.125f)) {}
  template <size_t g>
  WC_ALWAYS_INLINE void load(Group<IQ2_SColumn>& group) const {
    group.d = d;
    const Ints scales = load_ints(slab + (74 + g / 4 * 4) * kRows);
    set_two_scales(odd_scale<8 * (g % 4), 4>(scales), odd_scale<8 * (g % 4) + 4, 4>(scales), group);
    const Ints low = load_ints(slab + (2 + 4 * g) * kRows), high = load_ints(slab + (66 + g / 4 * 4) * kRows);
    const Ints signs = load_ints(slab + (34 + 4 * g) * kRows);
    for_each<4>([&]<size_t k>() WC_INLINE_LAMBDA {
      const Ints index = byte_of<k>(low) | (shift_to<8 * (g % 4) + 2 * k, 8>(high) & splat(0x300));
      load_eight<k>(kIq2SGrid, index, signs, group.w);
    });
  }
};

struct IQ3_XXSColumn : CodebookColumn<IQ3_XXS, 62, 1> {
  const uint8_t* slab;
  Floats d;
  WC_ALWAYS_INLINE explicit IQ3_XXSColumn(const uint8_t* block)
      : slab(block), d(load_halves(block) * splat_float(0.25f)) {}
  template <size_t g>
  WC_ALWAYS_INLINE void load(Group<IQ3_XXSColumn>& group) const {
    group.d = d;
    const Ints bits = load_ints(slab + (66 + 4 * g) * kRows);
    set_one_scale(odd_scale<28, 4>(bits), group);
    const Ints index[2] = {load_ints(slab + (2 + 8 * g) * kRows), load_ints(slab + (6 + 8 * g) * kRows)};
    const Ints signs = even_signs_of_28(bits);
    const Table16 table = load_table(kIq3XxsTable);
    for_each<8>([&]<size_t k>() WC_INLINE_LAMBDA {
      const Ints entry = gather_words(kIq3XxsGrid.at, byte_of<k % 4>(index[k / 4]));
      group.w[k] = signed_values<k, 3>(table, entry, signs);
    });
  }
};

struct IQ3_SColumn : CodebookColumn<IQ3_S, 15, 1> {
  const uint8_t* slab;
  Floats d;
  WC_ALWAYS_INLINE explicit IQ3_SColumn(const uint8_t* block) : slab(block), d(load_halves(block)) {}
  template <size_t g>
  WC_ALWAYS_INLINE void load(Group<IQ3_SColumn>& group) const {
    group.d = d;
    set_one_scale(odd_scale<4 * g, 4>(load_ints(slab + 106 * kRows)), group);
    const Ints low[2] = {load_ints(slab + (2 + 8 * g) * kRows), load_ints(slab + (6 + 8 * g) * kRows)};
    const Ints high = load_ints(slab + (66 + g / 4 * 4) * kRows), signs = load_ints(slab + (74 + 4 * g) * kRows);
    const Table16 table = load_table(kIq3STable);
    for_each<8>([&]<size_t k>() WC_INLINE_LAMBDA {
      const Ints index = byte_of<k % 4>(low[k / 4]) | (shift_to<8 * (g % 4) + k, 8>(high) & splat(0x100));
      group.w[k] = signed_values<k, 3>(table, gather_words(kIq3SGrid.at, index), signs);
    });
  }
};

// Elements 8 k .. 8 k + 7 of IQ1. bits: `at` to at + 2 the high bits of the index, `sign` the sign of the offset.
template <size_t k, size_t at, size_t sign>
WC_ALWAYS_INLINE void load_iq1(Ints low, Ints bits, Ints* w) {
  const Ints entry = gather_words(kIq1Grid.at, byte_of<k>(low) | (shift_to<at, 8>(bits) & splat(0x700)));
  const Ints one = shift_to<sign, 2>(bits) & splat(4), two = one | shift_left<8>(one), four = two | shift_left<16>(two);
  const Table16 table = load_table(kIq1Table);
  w[2 * k] = look_up(table, nibbles_low(entry) | four);
  w[2 * k + 1] = look_up(table, nibbles_high(entry) | four);
}

struct IQ1_SColumn : CodebookColumn<IQ1_S, 9, 1> {
  const uint8_t* slab;
  Floats d;
  WC_ALWAYS_INLINE explicit IQ1_SColumn(const uint8_t* block)
      : slab(block), d(load_halves(block) * splat_float(0.125f)) {}
  template <size_t g>
  WC_ALWAYS_INLINE void load(Group<IQ1_SColumn>& group) const {
    group.d = d;
    const Ints low = load_ints(slab + (2 + 4 * g) * kRows), high = load_ints(slab + (34 + g / 2 * 4) * kRows);
    constexpr size_t at = 16 * (g % 2);
    set_one_scale(odd_scale<at + 12, 3>(high), group);
    for_each<4>([&]<size_t k>() WC_INLINE_LAMBDA { load_iq1<k, at + 3 * k, at + 15>(low, high, group.w); });
  }
};

// The low 16 bits of each lane, whatever lies above, as an f16. 2^112 makes up for the exponents' biases, for subnormal
// numbers too; infinity and NaN are added.
WC_ALWAYS_INLINE Floats floats_of_halves(Ints x) {
  const Ints sign = shift_left<16>(x) & splat(static_cast<int>(0x80000000u));
  const Ints bits = shift_left<13>(x & splat(0x7fff)), exponent = splat(0x7c00 << 13);
  const Ints is_special = zero_ints() - shift_right<28>((bits & exponent) + splat(0x400 << 13));
  const Ints special = (bits | splat(0x7f800000)) & is_special;
  return as_floats(sign | bits) * splat_float(0x1p112f) + as_floats(sign | special);
}

struct IQ1_MColumn : CodebookColumn<IQ1_M, 9, 2> {
  const uint8_t* slab;
  Ints scales[2];
  Floats d;
  WC_ALWAYS_INLINE explicit IQ1_MColumn(const uint8_t* block)
      : slab(block), scales{load_ints(block + 48 * kRows), load_ints(block + 52 * kRows)} {
    const Ints bits = (shift_right<12>(scales[0]) & splat(0xf)) | (shift_right<24>(scales[0]) & splat(0xf0)) |
                      (shift_right<4>(scales[1]) & splat(0xf00)) | (shift_right<16>(scales[1]) & splat(0xf000));
    d = floats_of_halves(bits) * splat_float(0.125f);
  }
  template <size_t g>
  WC_ALWAYS_INLINE void load(Group<IQ1_MColumn>& group) const {
    group.d = d;
    constexpr size_t scale = 16 * (g / 2 % 2) + 6 * (g % 2), at = 16 * (g % 2);
    set_two_scales(odd_scale<scale, 3>(scales[g / 4]), odd_scale<scale + 3, 3>(scales[g / 4]), group);
    const Ints low = load_ints(slab + 4 * g * kRows), high = load_ints(slab + (32 + g / 2 * 4) * kRows);
    for_each<4>([&]<size_t k>() WC_INLINE_LAMBDA { load_iq1<k, at + 4 * k, at + 4 * k + 3>(low, high, group.w); });
  }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
