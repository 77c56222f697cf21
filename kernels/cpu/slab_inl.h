// Slabs: kRows rows of a weight matrix side by side, so that vectors load what their lanes, one row each, need.
//
// A slab keeps the order of blocks. Inside, each field of the block is interleaved item by item: what lies at byte o of
// a row's block begins at byte kRows * o of the slab's, kRows items of the field's width, row after row. So a slab is
// as long as the rows were, and rows that do not fill a slab stay in the file's layout behind the last one.
#pragma once

// Included after the ISA's ints.h.

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct Field {
  uint8_t width, count;  // `count` items of `width` bytes
};
template <size_t N>
struct Fields {
  Field at[N];
  static constexpr size_t kCount = N;
};
template <size_t N>
constexpr auto fields(const Field (&list)[N]) {
  Fields<N> result{};
  for (size_t i = 0; i < N; ++i) result.at[i] = list[i];
  return result;
}

// The fields of a block, in order. Nibbles, bits and bytes that lanes take in fours have width 4.
template <class Format>
inline constexpr auto kFields = nullptr;
template <>
inline constexpr auto kFields<Q4_0> = fields({{2, 1}, {4, 4}});
template <>
inline constexpr auto kFields<Q4_1> = fields({{2, 2}, {4, 4}});
template <>
inline constexpr auto kFields<Q5_0> = fields({{2, 1}, {4, 5}});
template <>
inline constexpr auto kFields<Q5_1> = fields({{2, 2}, {4, 5}});
template <>
inline constexpr auto kFields<Q8_0> = fields({{2, 1}, {4, 8}});
template <>
inline constexpr auto kFields<Q8_1> = fields({{2, 2}, {4, 8}});
template <>
inline constexpr auto kFields<IQ4_NL> = fields({{2, 1}, {4, 4}});
template <>
inline constexpr auto kFields<MXFP4> = fields({{1, 1}, {4, 4}});
template <>
inline constexpr auto kFields<NVFP4> = fields({{4, 9}});
template <>
inline constexpr auto kFields<Q2_K> = fields({{4, 20}, {2, 2}});
template <>
inline constexpr auto kFields<Q3_K> = fields({{4, 27}, {2, 1}});
template <>
inline constexpr auto kFields<Q4_K> = fields({{2, 2}, {4, 35}});
template <>
inline constexpr auto kFields<Q5_K> = fields({{2, 2}, {4, 43}});
template <>
inline constexpr auto kFields<Q6_K> = fields({{4, 52}, {2, 1}});
template <>
inline constexpr auto kFields<Q8_K> = fields({{4, 73}});
template <>
inline constexpr auto kFields<IQ4_XS> = fields({{2, 2}, {4, 33}});
template <>
inline constexpr auto kFields<Q1_0> = fields({{2, 1}, {4, 4}});
template <>
inline constexpr auto kFields<Q2_0> = fields({{2, 1}, {4, 4}});
template <>
inline constexpr auto kFields<TQ1_0> = fields({{4, 13}, {2, 1}});
template <>
inline constexpr auto kFields<TQ2_0> = fields({{4, 16}, {2, 1}});
template <>
inline constexpr auto kFields<IQ2_XXS> = fields({{2, 1}, {4, 16}});
template <>
inline constexpr auto kFields<IQ2_XS> = fields({{2, 1}, {4, 18}});
template <>
inline constexpr auto kFields<IQ2_S> = fields({{2, 1}, {4, 20}});
template <>
inline constexpr auto kFields<IQ3_XXS> = fields({{2, 1}, {4, 24}});
template <>
inline constexpr auto kFields<IQ3_S> = fields({{2, 1}, {4, 27}});
template <>
inline constexpr auto kFields<IQ1_S> = fields({{2, 1}, {4, 12}});
template <>
inline constexpr auto kFields<IQ1_M> = fields({{4, 14}});

template <class Format>
constexpr size_t fields_bytes() {
  size_t bytes = 0;
  for (const Field& field : kFields<Format>.at) bytes += size_t{field.width} * field.count;
  return bytes;
}

// Items [0, count) of a field, for kRows rows.
template <size_t kWidth>
WC_ALWAYS_INLINE void interleave(const uint8_t* const* rows, size_t count, size_t at, uint8_t* slab) {
  size_t i = 0;
  if constexpr (kWidth == 4) {
    for (; i + 4 <= count; i += 4) interleave_16(rows, at + 4 * i, slab + kRows * (at + 4 * i));
  }
  for (; i < count; ++i) {
    const size_t from = at + i * kWidth;
    for (size_t r = 0; r < kRows; ++r) std::memcpy(slab + kRows * from + r * kWidth, rows[r] + from, kWidth);
  }
}

// One block of each of kRows rows into a block of a slab.
template <class Format>
void pack_block(const uint8_t* const* rows, uint8_t* slab) {
  static_assert(fields_bytes<Format>() == sizeof(typename Format::Block));
  size_t at = 0;
  for (const Field& field : kFields<Format>.at) {
    if (field.width == 4) {
      interleave<4>(rows, field.count, at, slab);
    } else if (field.width == 2) {
      interleave<2>(rows, field.count, at, slab);
    } else {
      interleave<1>(rows, field.count, at, slab);
    }
    at += size_t{field.width} * field.count;
  }
}

template <class Format>
void pack_slab(const void* rows, size_t row_bytes, void* slab) {
  constexpr size_t kBytes = sizeof(typename Format::Block);
  const uint8_t* row[kRows];
  for (size_t r = 0; r < kRows; ++r) row[r] = static_cast<const uint8_t*>(rows) + r * row_bytes;
  for (size_t at = 0; at + kBytes <= row_bytes; at += kBytes) {
    pack_block<Format>(row, static_cast<uint8_t*>(slab) + kRows * at);
    for (const uint8_t*& r : row) r += kBytes;
  }
}

template <class Format>
void unpack_slab_row(const void* slab, size_t row_bytes, uint32_t row, void* out) {
  constexpr size_t kBytes = sizeof(typename Format::Block);
  auto* to = static_cast<uint8_t*>(out);
  for (size_t block = 0; block + kBytes <= row_bytes; block += kBytes) {
    const uint8_t* from = static_cast<const uint8_t*>(slab) + kRows * block;
    for (const Field& field : kFields<Format>.at) {
      for (size_t i = 0; i < field.count; ++i, to += field.width, from += kRows * field.width) {
        for (size_t byte = 0; byte < field.width; ++byte) to[byte] = from[row * field.width + byte];
      }
    }
  }
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
