// Mat-mul of integer formats with q8 activations in tiles of 8 rows, one row in each 32-bit lane of two vectors.
//
// The file keeps rows apart, so each column of blocks of 8 rows is transposed in registers: vectors g hold bytes 4g ..
// 4g + 3 of the rows, and are multiplied by the same 4 activations. Integer sums are exact, so only acc + (d_w * d_x) *
// float(isum) rounds, in block order: the canonical order of q8 mat-mul.
#pragma once

#include "kernels/cpu/kernel_table.h"
#include "kernels/cpu/wasm/ints.h"
//
#include "kernels/cpu/lanes_inl.h"
//
#include "kernels/cpu/matmul_block_inl.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// Where 8 rows begin.
struct RowPointers {
  const uint8_t* row[8];
};

// The 16 bytes at `offset` of 8 rows. Out: w[g][h] = dword g of rows 4h .. 4h + 3.
inline void load_transposed(const RowPointers& rows, size_t offset, v128_t (*w)[2]) {
  for (int h = 0; h < 2; ++h) {
    v128_t b[4];
    for (int r = 0; r < 4; ++r) b[r] = wasm_v128_load(rows.row[4 * h + r] + offset);
    const v128_t t0 = wasm_i32x4_shuffle(b[0], b[1], 0, 4, 1, 5), t1 = wasm_i32x4_shuffle(b[0], b[1], 2, 6, 3, 7);
    const v128_t t2 = wasm_i32x4_shuffle(b[2], b[3], 0, 4, 1, 5), t3 = wasm_i32x4_shuffle(b[2], b[3], 2, 6, 3, 7);
    w[0][h] = wasm_i64x2_shuffle(t0, t2, 0, 2);
    w[1][h] = wasm_i64x2_shuffle(t0, t2, 1, 3);
    w[2][h] = wasm_i64x2_shuffle(t1, t3, 0, 2);
    w[3][h] = wasm_i64x2_shuffle(t1, t3, 1, 3);
  }
}

// The f16 at `offset` of 8 rows as floats.
inline F32x8 load_scales(const RowPointers& rows, size_t offset) {
  uint16_t half[8];
  for (int r = 0; r < 8; ++r) half[r] = load_u16(rows.row[r] + offset);
  return load_f16(half);
}

// A Column is one block of 32 elements of 8 rows, kBytes long in each row:
//   load(rows, i)              the i-th of the rows
//   F32x8 d                    scales of the rows
//   dot<T>(x, group, isum)     isum[t][h] = integer dots of rows 4h .. 4h + 3 with group `group` of x[t]
//   kTokens                    the most tokens whose sums stay in registers

// acc[t] += column i times T tokens.
template <class Column, size_t T>
void q8_accumulate(const Column& column, size_t i, const Q8Row* x, F32x8* acc) {
  v128_t isum[T][2];
  column.template dot<T>(x, i, isum);
  for (size_t t = 0; t < T; ++t) {
    const F32x8 sums = {wasm_f32x4_convert_i32x4(isum[t][0]), wasm_f32x4_convert_i32x4(isum[t][1])};
    acc[t] = acc[t] + (column.d * set1(x[t].d[i])) * sums;
  }
}

// The 8 rows of one tile.
struct TileRows {
  RowPointers rows;
  size_t first, count;
};

inline void q8_store(const MatmulArgs& args, const TileRows& tile, size_t t, const F32x8& acc) {
  float* y = args.y + t * args.y_stride + tile.first - args.y_row;
  if (tile.count == 8) {
    store(y, acc);
  } else {
    store_n(y, acc, tile.count);
  }
}

// One token: a column at a time.
template <class Column>
void q8_one_token(const MatmulArgs& args, const TileRows& tile) {
  const Q8Row x = q8_row(args, 0);
  F32x8 acc = zero();
  for (size_t i = 0; i < args.cols / 32; ++i) {
    Column column;
    column.load(tile.rows, i);
    q8_accumulate<Column, 1>(column, i, &x, &acc);
  }
  q8_store(args, tile, 0, acc);
}

inline constexpr size_t kPanelTokens = 64, kPanelColumns = 8;

// More tokens: a panel of columns is unpacked once, then every token passes over it.
template <class Column>
void q8_panels(const MatmulArgs& args, const TileRows& tile, size_t t0, size_t n_tokens) {
  constexpr size_t kTokens = Column::kTokens;
  Q8Row x[kPanelTokens];
  F32x8 acc[kPanelTokens];
  for (size_t t = 0; t < n_tokens; ++t) {
    x[t] = q8_row(args, t0 + t);
    acc[t] = zero();
  }
  Column panel[kPanelColumns];
  const size_t n_columns = args.cols / 32;
  for (size_t i0 = 0; i0 < n_columns; i0 += kPanelColumns) {
    const size_t n = n_columns - i0 < kPanelColumns ? n_columns - i0 : kPanelColumns;
    for (size_t i = 0; i < n; ++i) panel[i].load(tile.rows, i0 + i);
    size_t t = 0;
    for (; t + kTokens <= n_tokens; t += kTokens) {
      F32x8 sums[kTokens];
      for (size_t j = 0; j < kTokens; ++j) sums[j] = acc[t + j];
      for (size_t i = 0; i < n; ++i) q8_accumulate<Column, kTokens>(panel[i], i0 + i, x + t, sums);
      for (size_t j = 0; j < kTokens; ++j) acc[t + j] = sums[j];
    }
    for (; t < n_tokens; ++t) {
      for (size_t i = 0; i < n; ++i) q8_accumulate<Column, 1>(panel[i], i0 + i, x + t, acc + t);
    }
  }
  for (size_t t = 0; t < n_tokens; ++t) q8_store(args, tile, t0 + t, acc[t]);
}

// Past the end, the last row is computed again and dropped.
template <class Column>
void q8_matmul(const MatmulArgs& args) {
  for (size_t row = args.row_begin; row < args.row_end; row += 8) {
    TileRows tile;
    tile.first = row;
    tile.count = args.row_end - row < 8 ? args.row_end - row : 8;
    for (size_t r = 0; r < 8; ++r) {
      const size_t row_used = row + (r < tile.count ? r : tile.count - 1);
      tile.rows.row[r] = static_cast<const uint8_t*>(args.w) + row_used * args.w_row_bytes;
    }
    if (args.n_tokens == 1) {
      q8_one_token<Column>(args, tile);
      continue;
    }
    for (size_t t = 0; t < args.n_tokens; t += kPanelTokens) {
      q8_panels<Column>(args, tile, t, args.n_tokens - t < kPanelTokens ? args.n_tokens - t : kPanelTokens);
    }
  }
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
