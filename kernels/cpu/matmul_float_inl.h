// Dot products of float rows in register tiles: mat-mul for F32, F16 and BF16, and q.k of attention.
#pragma once

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// out[r * T + t] = w[r] . x[t] in the canonical 16 lanes; R * T * 2 accumulators stay in registers.
template <class Row, size_t R, size_t T>
void dot_tile(const uint8_t* const* w, const float* const* x, size_t cols, float* out) {
  F32x8 acc[R][T][2];
  for (size_t r = 0; r < R; ++r) {
    for (size_t t = 0; t < T; ++t) acc[r][t][0] = acc[r][t][1] = zero();
  }
  size_t i = 0;
  for (; i + kLanes <= cols; i += kLanes) {
    if constexpr (R == 1) prefetch(w[0] + i * Row::kBytes + kPrefetchAhead);
    for (size_t half = 0; half < 2; ++half) {
      F32x8 wv[R];
      for (size_t r = 0; r < R; ++r) wv[r] = Row::load8(w[r], i + 8 * half);
      for (size_t t = 0; t < T; ++t) {
        const F32x8 xv = load(x[t] + i + 8 * half);
        for (size_t r = 0; r < R; ++r) acc[r][t][half] = acc[r][t][half] + wv[r] * xv;
      }
    }
  }
  for (size_t half = 0; half < 2; ++half) {
    const size_t rest = tail_of_half(cols - i, half);
    if (rest == 0) break;
    for (size_t t = 0; t < T; ++t) {
      const F32x8 xv = load_n(x[t] + i + 8 * half, rest);
      for (size_t r = 0; r < R; ++r) {
        acc[r][t][half] = acc[r][t][half] + load_tail<Row>(w[r], i + 8 * half, rest) * xv;
      }
    }
  }
  for (size_t r = 0; r < R; ++r) {
    for (size_t t = 0; t < T; ++t) out[r * T + t] = sum(acc[r][t][0] + acc[r][t][1]);
  }
}

// Rows [row, row_end) against T tokens from t0. Past the end, the last row is computed again and dropped.
template <class Row, size_t R, size_t T>
void dot_rows(const MatmulArgs& args, size_t t0, size_t row_begin, size_t row_end) {
  const float* x[T];
  for (size_t t = 0; t < T; ++t) {
    x[t] = reinterpret_cast<const float*>(static_cast<const uint8_t*>(args.x) + (t0 + t) * args.x_row_bytes);
  }
  for (size_t row = row_begin; row < row_end; row += R) {
    const size_t n = row_end - row < R ? row_end - row : R;
    const uint8_t* w[R];
    for (size_t r = 0; r < R; ++r) {
      w[r] = static_cast<const uint8_t*>(args.w) + (row + (r < n ? r : n - 1)) * args.w_row_bytes;
    }
    float out[R * T];
    dot_tile<Row, R, T>(w, x, args.cols, out);
    for (size_t r = 0; r < n; ++r) {
      for (size_t t = 0; t < T; ++t) args.y[(t0 + t) * args.y_stride + row + r - args.y_row] = out[r * T + t];
    }
  }
}

// One token: row after row, a single stream from memory. More: rows in groups that stay in the first-level cache while
// all tokens pass.
template <class Row>
void matmul_float(const MatmulArgs& args) {
  if (args.n_tokens == 1) return dot_rows<Row, 1, 1>(args, 0, args.row_begin, args.row_end);
  constexpr size_t kRows = 8;
  for (size_t row = args.row_begin; row < args.row_end; row += kRows) {
    const size_t end = args.row_end - row < kRows ? args.row_end : row + kRows;
    size_t t = 0;
    for (; t + 3 <= args.n_tokens; t += 3) dot_rows<Row, 2, 3>(args, t, row, end);
    if (args.n_tokens - t == 2) dot_rows<Row, 2, 2>(args, t, row, end);
    if (args.n_tokens - t == 1) dot_rows<Row, 4, 1>(args, t, row, end);
  }
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
