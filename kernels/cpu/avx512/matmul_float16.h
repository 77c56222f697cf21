// Mat-mul of float rows: the canonical sixteen lanes in one register. Included after table_inl.h.
#pragma once

#include "kernels/cpu/avx512/vec16.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

template <class Row>
inline constexpr bool kIsF16 = false;
template <>
inline constexpr bool kIsF16<F16Row> = true;

// Elements i .. i + 15 where `lanes` has bits, else zeros. The masks keep GCC 12 from a false warning (its bug 105593).
template <class Row>
inline F32x16 load16(const uint8_t* row, size_t i, __mmask16 lanes) {
  const uint8_t* at = row + i * Row::kBytes;
  if constexpr (Row::kBytes == 4) {
    return {_mm512_maskz_loadu_ps(lanes, at)};
  } else {
    const __m256i words = _mm256_maskz_loadu_epi16(lanes, at);
    if constexpr (kIsF16<Row>) return {_mm512_maskz_cvtph_ps(0xffff, words)};
    const __m512i bits = _mm512_maskz_slli_epi32(0xffff, _mm512_maskz_cvtepu16_epi32(0xffff, words), 16);
    return {_mm512_castsi512_ps(bits)};
  }
}

// acc[r][t] += w[r] * x[t] over 16 columns from i on.
template <class Row, size_t R, size_t T>
inline void add_columns(const uint8_t* const* w, const float* const* x, size_t i, __mmask16 lanes, F32x16 (*acc)[T]) {
  F32x16 wv[R];
  for (size_t r = 0; r < R; ++r) wv[r] = load16<Row>(w[r], i, lanes);
  for (size_t t = 0; t < T; ++t) {
    const F32x16 xv = {_mm512_maskz_loadu_ps(lanes, x[t] + i)};
    for (size_t r = 0; r < R; ++r) acc[r][t] = acc[r][t] + wv[r] * xv;
  }
}

inline float sum(F32x16 x) {
  const __m256 low = _mm512_maskz_extractf32x8_ps(0xff, x.v, 0), high = _mm512_maskz_extractf32x8_ps(0xff, x.v, 1);
  return sum(F32x8{low} + F32x8{high});
}

// Rows [row, row_end) against T tokens from t0. Past the end, the last row is computed again and dropped.
template <class Row, size_t R, size_t T>
void dot_rows16(const MatmulArgs& args, size_t t0, size_t row_begin, size_t row_end) {
  const float* x[T];
  for (size_t t = 0; t < T; ++t) {
    x[t] = reinterpret_cast<const float*>(static_cast<const uint8_t*>(args.x) + (t0 + t) * args.x_row_bytes);
  }
  for (size_t row = row_begin; row < row_end; row += R) {
    const size_t n = row_end - row < R ? row_end - row : R;
    const uint8_t* w[R];
    F32x16 acc[R][T];
    for (size_t r = 0; r < R; ++r) {
      w[r] = static_cast<const uint8_t*>(args.w) + (row + (r < n ? r : n - 1)) * args.w_row_bytes;
      for (size_t t = 0; t < T; ++t) acc[r][t] = {_mm512_setzero_ps()};
    }
    size_t i = 0;
    for (; i + 16 <= args.cols; i += 16) {
      if constexpr (R == 1) prefetch(w[0] + i * Row::kBytes + kPrefetchAhead);
      add_columns<Row, R, T>(w, x, i, 0xffff, acc);
    }
    if (i < args.cols) add_columns<Row, R, T>(w, x, i, static_cast<__mmask16>((1u << (args.cols - i)) - 1u), acc);
    for (size_t r = 0; r < n; ++r) {
      for (size_t t = 0; t < T; ++t) args.y[(t0 + t) * args.y_stride + row + r - args.y_row] = sum(acc[r][t]);
    }
  }
}

// One token: row after row, a single stream from memory. More: four of them stay in the first-level cache while rows
// that the second level holds pass.
template <class Row>
void matmul_float16(const MatmulArgs& args) {
  constexpr size_t kRowsAtOnce = 64;
  for (size_t row = args.row_begin; row < args.row_end; row += kRowsAtOnce) {
    const size_t end = args.row_end - row < kRowsAtOnce ? args.row_end : row + kRowsAtOnce;
    size_t t = 0;
    for (; t + 4 <= args.n_tokens; t += 4) dot_rows16<Row, 4, 4>(args, t, row, end);
    for (; t + 2 <= args.n_tokens; t += 2) dot_rows16<Row, 4, 2>(args, t, row, end);
    if (t < args.n_tokens) dot_rows16<Row, 1, 1>(args, t, row, end);
  }
}

constexpr void set_matmul_float16(KernelTable& table) {
  table.formats[kFormatF32].matmul = matmul_float16<F32Row>;
  table.formats[kFormatF16].matmul = matmul_float16<F16Row>;
  table.formats[kFormatBF16].matmul = matmul_float16<BF16Row>;
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
