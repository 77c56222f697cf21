// Sixteen 32-bit lanes, as avx2/ints.h describes them, with the byte dot products of AVX512-VNNI.
#pragma once

#include "kernels/cpu/avx512/vec16.h"
#include "kernels/cpu/ints_inl.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

inline constexpr size_t kRows = 16;

struct Ints {
  __m512i v;
};
using IntPairs = Ints;
using Floats = F32x16;

// The masks are full; the unmasked forms draw a false warning from GCC 12 (its bug 105593).
inline constexpr __mmask16 kAll = 0xffff;

WC_ALWAYS_INLINE Ints load_ints(const void* p) { return {_mm512_loadu_si512(p)}; }
WC_ALWAYS_INLINE Ints load_words(const void* p) {
  return {_mm512_maskz_cvtepu16_epi32(kAll, _mm256_loadu_si256(static_cast<const __m256i*>(p)))};
}
WC_ALWAYS_INLINE Ints load_bytes(const void* p) {
  return {_mm512_maskz_cvtepu8_epi32(kAll, _mm_loadu_si128(static_cast<const __m128i*>(p)))};
}
WC_ALWAYS_INLINE Floats load_halves(const void* p) {
  return {_mm512_maskz_cvtph_ps(kAll, _mm256_loadu_si256(static_cast<const __m256i*>(p)))};
}
WC_ALWAYS_INLINE Ints zero_ints() { return {_mm512_setzero_si512()}; }
WC_ALWAYS_INLINE Ints splat(int x) { return {_mm512_set1_epi32(x)}; }
WC_ALWAYS_INLINE Ints splat_bytes(int x) { return {_mm512_set1_epi8(static_cast<char>(x))}; }
WC_ALWAYS_INLINE Floats splat_float(float x) { return {_mm512_set1_ps(x)}; }
WC_ALWAYS_INLINE Floats zero_floats() { return {_mm512_setzero_ps()}; }

WC_ALWAYS_INLINE Ints operator&(Ints a, Ints b) { return {_mm512_and_si512(a.v, b.v)}; }
WC_ALWAYS_INLINE Ints operator|(Ints a, Ints b) { return {_mm512_or_si512(a.v, b.v)}; }
WC_ALWAYS_INLINE Ints operator+(Ints a, Ints b) { return {_mm512_add_epi32(a.v, b.v)}; }
WC_ALWAYS_INLINE Ints operator-(Ints a, Ints b) { return {_mm512_sub_epi32(a.v, b.v)}; }
WC_ALWAYS_INLINE Ints add_bytes(Ints a, Ints b) { return {_mm512_add_epi8(a.v, b.v)}; }
template <size_t n>
WC_ALWAYS_INLINE Ints shift_left(Ints x) {
  return {_mm512_maskz_slli_epi32(kAll, x.v, n)};
}
template <size_t n>
WC_ALWAYS_INLINE Ints shift_right(Ints x) {
  return {_mm512_maskz_srli_epi32(kAll, x.v, n)};
}
template <size_t n>
WC_ALWAYS_INLINE Ints shift_right_signed(Ints x) {
  return {_mm512_maskz_srai_epi32(kAll, x.v, n)};
}
WC_ALWAYS_INLINE IntPairs multiply_pairs(IntPairs x, int factor) {
  return {_mm512_mullo_epi16(x.v, _mm512_set1_epi16(static_cast<int16_t>(factor)))};
}
WC_ALWAYS_INLINE Floats to_floats(Ints x) { return {_mm512_maskz_cvtepi32_ps(kAll, x.v)}; }
WC_ALWAYS_INLINE Floats as_floats(Ints bits) { return {_mm512_castsi512_ps(bits.v)}; }
WC_ALWAYS_INLINE Floats negated(Floats x) {
  const __m512i sign = _mm512_set1_epi32(static_cast<int>(0x80000000u));
  return {_mm512_castsi512_ps(_mm512_xor_si512(_mm512_castps_si512(x.v), sign))};
}
WC_ALWAYS_INLINE void store_rows(float* p, Floats x, size_t n) {
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << n) - 1u), x.v);
}

WC_ALWAYS_INLINE Ints spread_bits(Ints x) {
  // Lane i of the table: the four bits of i as bytes.
  const __m512i table = _mm512_setr_epi32(0x0, 0x1, 0x100, 0x101, 0x10000, 0x10001, 0x10100, 0x10101, 0x1000000,
                                          0x1000001, 0x1000100, 0x1000101, 0x1010000, 0x1010001, 0x1010100, 0x1010101);
  return {_mm512_maskz_permutexvar_epi32(kAll, x.v, table)};  // takes the low four bits of each lane
}

using Table16 = __m512i;
WC_ALWAYS_INLINE Table16 load_table(const ByteTable16& table) {
  return _mm512_maskz_broadcast_i32x4(kAll, _mm_load_si128(reinterpret_cast<const __m128i*>(table.at)));
}
WC_ALWAYS_INLINE Ints look_up(Table16 table, Ints x) { return {_mm512_shuffle_epi8(table, x.v)}; }

WC_ALWAYS_INLINE Ints gather_words(const uint32_t* table, Ints index) {
  return {_mm512_mask_i32gather_epi32(_mm512_setzero_si512(), kAll, index.v, table, 4)};
}

WC_ALWAYS_INLINE void interleave_16(const uint8_t* const* rows, size_t offset, uint8_t* out) {
  __m512i b[4];  // of rows r, r + 4, r + 8, r + 12
  for (int r = 0; r < 4; ++r) {
    const auto row = [&](int i) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows[r + 4 * i] + offset)); };
    b[r] = _mm512_zextsi128_si512(row(0));
    b[r] = _mm512_maskz_inserti32x4(kAll, b[r], row(1), 1);
    b[r] = _mm512_maskz_inserti32x4(kAll, b[r], row(2), 2);
    b[r] = _mm512_maskz_inserti32x4(kAll, b[r], row(3), 3);
  }
  const __m512i t0 = _mm512_maskz_unpacklo_epi32(kAll, b[0], b[1]), t1 = _mm512_maskz_unpackhi_epi32(kAll, b[0], b[1]);
  const __m512i t2 = _mm512_maskz_unpacklo_epi32(kAll, b[2], b[3]), t3 = _mm512_maskz_unpackhi_epi32(kAll, b[2], b[3]);
  _mm512_storeu_si512(out, _mm512_maskz_unpacklo_epi64(0xff, t0, t2));
  _mm512_storeu_si512(out + 64, _mm512_maskz_unpackhi_epi64(0xff, t0, t2));
  _mm512_storeu_si512(out + 128, _mm512_maskz_unpacklo_epi64(0xff, t1, t3));
  _mm512_storeu_si512(out + 192, _mm512_maskz_unpackhi_epi64(0xff, t1, t3));
}

WC_ALWAYS_INLINE __m512i broadcast_4(const void* p) {
  int32_t dword;
  std::memcpy(&dword, p, 4);
  return _mm512_set1_epi32(dword);
}

WC_ALWAYS_INLINE Ints dot_sums(IntPairs x, const int16_t* sums, Ints sum) {
  return {_mm512_dpwssd_epi32(sum.v, x.v, broadcast_4(sums))};
}

inline constexpr int kByteOffset = -128;
WC_ALWAYS_INLINE Ints biased(Ints bytes) { return {_mm512_xor_si512(bytes.v, _mm512_set1_epi8(-128))}; }

using Scale = Ints;
WC_ALWAYS_INLINE Scale make_scale(Ints x) { return x; }

template <int kMax>
requires(kMax > 0) inline constexpr size_t kMostTileTokens<kMax> = 8;
// A broadcast of activations serves two slabs: loads are as scarce as multipliers.
inline constexpr size_t kPanelSlabs = 2;

template <int kMax, size_t N, size_t S, size_t T>
WC_ALWAYS_INLINE void dot_bytes(const Ints* const* w, const int8_t* const* q, Ints (*sum)[T]) {
  for (size_t k = 0; k < N; ++k) {
    for (size_t t = 0; t < T; ++t) {
      const __m512i x = broadcast_4(q[t] + 4 * k);
      for (size_t s = 0; s < S; ++s) sum[s][t].v = _mm512_dpbusd_epi32(sum[s][t].v, w[s][k].v, x);
    }
  }
}
template <int kMax, size_t N, size_t S, size_t T>
WC_ALWAYS_INLINE void dot_bytes_scaled(const Ints* const* w, const int8_t* const* q, const Scale* scale,
                                       Ints (*sum)[T]) {
  Ints part[S][T];
  for (auto& slab : part) {
    for (Ints& lane : slab) lane = zero_ints();
  }
  dot_bytes<kMax, N, S, T>(w, q, part);
  for (size_t s = 0; s < S; ++s) {
    for (size_t t = 0; t < T; ++t) sum[s][t] = sum[s][t] + Ints{_mm512_mullo_epi32(part[s][t].v, scale[s].v)};
  }
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
