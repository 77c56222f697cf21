// Eight 32-bit lanes for mat-mul with integer weights, one row in each lane. Every ISA's ints.h has these functions.
//
// AVX2 multiplies unsigned bytes by signed ones into sums of two in 16 bits, which saturate; so many are added up in 16
// bits as stay below 2^15, then pairs become 32 bits. AVX-VNNI sums four products into 32 bits at once.
#pragma once

#include "kernels/cpu/avx2/vec.h"
#include "kernels/cpu/ints_inl.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

inline constexpr size_t kRows = 8;

struct Ints {
  __m256i v;
};
using IntPairs = Ints;  // two 16-bit integers in each lane
using Floats = F32x8;

WC_ALWAYS_INLINE Ints load_ints(const void* p) { return {_mm256_loadu_si256(static_cast<const __m256i*>(p))}; }
// kRows integers of 16 or 8 bits, unsigned.
WC_ALWAYS_INLINE Ints load_words(const void* p) {
  return {_mm256_cvtepu16_epi32(_mm_loadu_si128(static_cast<const __m128i*>(p)))};
}
WC_ALWAYS_INLINE Ints load_bytes(const void* p) {
  return {_mm256_cvtepu8_epi32(_mm_loadl_epi64(static_cast<const __m128i*>(p)))};
}
WC_ALWAYS_INLINE Floats load_halves(const void* p) { return load_f16(p); }
WC_ALWAYS_INLINE Ints zero_ints() { return {_mm256_setzero_si256()}; }
WC_ALWAYS_INLINE Ints splat(int x) { return {_mm256_set1_epi32(x)}; }
WC_ALWAYS_INLINE Ints splat_bytes(int x) { return {_mm256_set1_epi8(static_cast<char>(x))}; }
WC_ALWAYS_INLINE Floats splat_float(float x) { return set1(x); }
WC_ALWAYS_INLINE Floats zero_floats() { return zero(); }

WC_ALWAYS_INLINE Ints operator&(Ints a, Ints b) { return {_mm256_and_si256(a.v, b.v)}; }
WC_ALWAYS_INLINE Ints operator|(Ints a, Ints b) { return {_mm256_or_si256(a.v, b.v)}; }
WC_ALWAYS_INLINE Ints operator+(Ints a, Ints b) { return {_mm256_add_epi32(a.v, b.v)}; }
WC_ALWAYS_INLINE Ints operator-(Ints a, Ints b) { return {_mm256_sub_epi32(a.v, b.v)}; }
// Bytes modulo 256.
WC_ALWAYS_INLINE Ints add_bytes(Ints a, Ints b) { return {_mm256_add_epi8(a.v, b.v)}; }
template <size_t n>
WC_ALWAYS_INLINE Ints shift_left(Ints x) {
  return {_mm256_slli_epi32(x.v, n)};
}
template <size_t n>
WC_ALWAYS_INLINE Ints shift_right(Ints x) {
  return {_mm256_srli_epi32(x.v, n)};
}
template <size_t n>
WC_ALWAYS_INLINE Ints shift_right_signed(Ints x) {
  return {_mm256_srai_epi32(x.v, n)};
}
WC_ALWAYS_INLINE IntPairs multiply_pairs(IntPairs x, int factor) {
  return {_mm256_mullo_epi16(x.v, _mm256_set1_epi16(static_cast<int16_t>(factor)))};
}
WC_ALWAYS_INLINE Floats to_floats(Ints x) { return {_mm256_cvtepi32_ps(x.v)}; }
WC_ALWAYS_INLINE Floats as_floats(Ints bits) { return {_mm256_castsi256_ps(bits.v)}; }
WC_ALWAYS_INLINE Floats negated(Floats x) { return {_mm256_xor_ps(x.v, _mm256_set1_ps(-0.0f))}; }
// The first n lanes.
WC_ALWAYS_INLINE void store_rows(float* p, Floats x, size_t n) {
  if (n == kRows) return store(p, x);
  float lanes[kRows];
  store(lanes, x);
  for (size_t i = 0; i < n; ++i) p[i] = lanes[i];
}

// Bits 0..3 of each lane as bytes 0 or 1; what lies above them is ignored. The factor moves bit i to 8 i.
WC_ALWAYS_INLINE Ints spread_bits(Ints x) {
  const Ints moved = {_mm256_mullo_epi32((x & splat(15)).v, _mm256_set1_epi32(0x00204081))};
  return moved & splat_bytes(1);
}

using Table16 = __m256i;
WC_ALWAYS_INLINE Table16 load_table(const ByteTable16& table) {
  return _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(table.at)));
}
// Every byte of x, 0..15, through the table.
WC_ALWAYS_INLINE Ints look_up(Table16 table, Ints x) { return {_mm256_shuffle_epi8(table, x.v)}; }

// table[index] for each lane.
WC_ALWAYS_INLINE Ints gather_words(const uint32_t* table, Ints index) {
  return {_mm256_i32gather_epi32(reinterpret_cast<const int*>(table), index.v, 4)};
}

// The 16 bytes at `offset` of each row -> four vectors, one after another at `out`: dword k of all rows.
WC_ALWAYS_INLINE void interleave_16(const uint8_t* const* rows, size_t offset, uint8_t* out) {
  __m256i b[4];  // of row r and of row r + 4
  for (int r = 0; r < 4; ++r) {
    b[r] = _mm256_loadu2_m128i(reinterpret_cast<const __m128i*>(rows[r + 4] + offset),
                               reinterpret_cast<const __m128i*>(rows[r] + offset));
  }
  const __m256i t0 = _mm256_unpacklo_epi32(b[0], b[1]), t1 = _mm256_unpackhi_epi32(b[0], b[1]);
  const __m256i t2 = _mm256_unpacklo_epi32(b[2], b[3]), t3 = _mm256_unpackhi_epi32(b[2], b[3]);
  auto* to = reinterpret_cast<__m256i*>(out);
  _mm256_storeu_si256(to, _mm256_unpacklo_epi64(t0, t2));
  _mm256_storeu_si256(to + 1, _mm256_unpackhi_epi64(t0, t2));
  _mm256_storeu_si256(to + 2, _mm256_unpacklo_epi64(t1, t3));
  _mm256_storeu_si256(to + 3, _mm256_unpackhi_epi64(t1, t3));
}

WC_ALWAYS_INLINE __m256i broadcast_4(const void* p) {
  int32_t dword;
  std::memcpy(&dword, p, 4);
  return _mm256_set1_epi32(dword);
}

// sum + low * sums[0] + high * sums[1], for the 16-bit halves of each lane.
WC_ALWAYS_INLINE Ints dot_sums(IntPairs x, const int16_t* sums, Ints sum) {
  return sum + Ints{_mm256_madd_epi16(x.v, broadcast_4(sums))};
}

inline constexpr size_t kPanelSlabs = 1;  // that pass over many tokens together

#if defined(__AVXVNNI__)
// Signed bytes count as unsigned ones with 128 added.
inline constexpr int kByteOffset = -128;
WC_ALWAYS_INLINE Ints biased(Ints bytes) { return {_mm256_xor_si256(bytes.v, _mm256_set1_epi8(-128))}; }

using Scale = Ints;
WC_ALWAYS_INLINE Scale make_scale(Ints x) { return x; }

// sum[s][t] += the products of the bytes of w[s][0..N) with 4 N activations of token t, summed by lanes.
template <int kMax, size_t N, size_t S, size_t T>
WC_ALWAYS_INLINE void dot_bytes(const Ints* const* w, const int8_t* const* q, Ints (*sum)[T]) {
  for (size_t k = 0; k < N; ++k) {
    for (size_t t = 0; t < T; ++t) {
      const __m256i x = broadcast_4(q[t] + 4 * k);
      for (size_t s = 0; s < S; ++s) sum[s][t].v = _mm256_dpbusd_avx_epi32(sum[s][t].v, w[s][k].v, x);
    }
  }
}
// The same times scale[s].
template <int kMax, size_t N, size_t S, size_t T>
WC_ALWAYS_INLINE void dot_bytes_scaled(const Ints* const* w, const int8_t* const* q, const Scale* scale,
                                       Ints (*sum)[T]) {
  Ints part[S][T];
  for (auto& slab : part) {
    for (Ints& lane : slab) lane = zero_ints();
  }
  dot_bytes<kMax, N, S, T>(w, q, part);
  for (size_t s = 0; s < S; ++s) {
    for (size_t t = 0; t < T; ++t) sum[s][t] = sum[s][t] + Ints{_mm256_mullo_epi32(part[s][t].v, scale[s].v)};
  }
}
#else
inline constexpr int kByteOffset = 0;
WC_ALWAYS_INLINE Ints biased(Ints bytes) { return bytes; }

using Scale = IntPairs;  // twice: the factor of both 16-bit sums
WC_ALWAYS_INLINE Scale make_scale(Ints x) { return (x & splat(0xffff)) | shift_left<16>(x); }

// Of one slab. With kMax = 255 bytes are signed: |w| times sign(w) x, at most 2 * 128 * 127 for two.
template <int kMax, size_t N, size_t T>
WC_ALWAYS_INLINE void dot_slab(const Ints* w, const int8_t* const* q, Scale scale, Ints* sum) {
  constexpr bool kSigned = kMax == 255;
  constexpr size_t kMost = 32767 / (2 * (kSigned ? 128 : kMax) * 127), kRun = kMost < N ? kMost : N;
  for (size_t first = 0; first < N; first += kRun) {
    __m256i words[T];
    for (__m256i& word : words) word = _mm256_setzero_si256();
    for (size_t k = first; k < (first + kRun < N ? first + kRun : N); ++k) {
      const __m256i magnitude = kSigned ? _mm256_abs_epi8(w[k].v) : w[k].v;
      for (size_t t = 0; t < T; ++t) {
        __m256i x = broadcast_4(q[t] + 4 * k);
        if constexpr (kSigned) x = _mm256_sign_epi8(x, w[k].v);
        const __m256i products = _mm256_maddubs_epi16(magnitude, x);
        words[t] = _mm256_add_epi16(words[t], products);
      }
    }
    for (size_t t = 0; t < T; ++t) sum[t] = sum[t] + Ints{_mm256_madd_epi16(words[t], scale.v)};
  }
}
template <int kMax, size_t N, size_t S, size_t T>
WC_ALWAYS_INLINE void dot_bytes_scaled(const Ints* const* w, const int8_t* const* q, const Scale* scale,
                                       Ints (*sum)[T]) {
  for (size_t s = 0; s < S; ++s) dot_slab<kMax, N, T>(w[s], q, scale[s], sum[s]);
}
template <int kMax, size_t N, size_t S, size_t T>
WC_ALWAYS_INLINE void dot_bytes(const Ints* const* w, const int8_t* const* q, Ints (*sum)[T]) {
  for (size_t s = 0; s < S; ++s) dot_slab<kMax, N, T>(w[s], q, splat(0x10001), sum[s]);
}
#endif

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
