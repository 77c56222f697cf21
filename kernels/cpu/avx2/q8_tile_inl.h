// Mat-mul of integer formats with q8 activations in tiles of 8 rows, one row in each 32-bit lane.
//
// The file keeps rows apart, so each column of blocks of 8 rows is transposed in registers: vector g holds bytes 4g ..
// 4g + 3 of all 8 rows, and is multiplied by the same 4 activations broadcast. Integer sums are exact, so only acc +
// (d_w * d_x) * float(isum) rounds, in block order: the canonical order of q8 mat-mul.
#pragma once

#include "kernels/cpu/avx2/vec.h"
#include "kernels/cpu/kernel_table.h"
#include "kernels/cpu/lanes_inl.h"
//
#include "kernels/cpu/matmul_block_inl.h"

// A tile lives in registers only where everything is inlined into one loop.
#if defined(_MSC_VER)
#define WC_ALWAYS_INLINE __forceinline
#else
#define WC_ALWAYS_INLINE inline __attribute__((always_inline))
#endif

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// Where 8 rows begin.
struct RowPointers {
  const uint8_t* row[8];
};

// bytes[r] = 16 bytes of row r and of row r + 4. Out: w[g] = dword g of rows 0 .. 7.
inline void transpose_8x4(const __m256i* bytes, __m256i* w) {
  const __m256i t0 = _mm256_unpacklo_epi32(bytes[0], bytes[1]), t1 = _mm256_unpackhi_epi32(bytes[0], bytes[1]);
  const __m256i t2 = _mm256_unpacklo_epi32(bytes[2], bytes[3]), t3 = _mm256_unpackhi_epi32(bytes[2], bytes[3]);
  w[0] = _mm256_unpacklo_epi64(t0, t2);
  w[1] = _mm256_unpackhi_epi64(t0, t2);
  w[2] = _mm256_unpacklo_epi64(t1, t3);
  w[3] = _mm256_unpackhi_epi64(t1, t3);
}

// The 16 bytes at `offset` of 8 rows, transposed.
inline void load_transposed(const RowPointers& rows, size_t offset, __m256i* w) {
  __m256i bytes[4];
  for (int r = 0; r < 4; ++r) {
    bytes[r] = _mm256_loadu2_m128i(reinterpret_cast<const __m128i*>(rows.row[r + 4] + offset),
                                   reinterpret_cast<const __m128i*>(rows.row[r] + offset));
  }
  transpose_8x4(bytes, w);
}

// The f16 at `offset` of 8 rows as floats. Put together in integer registers: the vector units are the busy ones.
inline __m256 load_scales(const RowPointers& rows, size_t offset) {
  uint64_t half[2];
  for (int h = 0; h < 2; ++h) {
    const uint8_t* const* row = rows.row + 4 * h;
    half[h] = load_u16(row[0] + offset) | uint64_t{load_u16(row[1] + offset)} << 16 |
              uint64_t{load_u16(row[2] + offset)} << 32 | uint64_t{load_u16(row[3] + offset)} << 48;
  }
  return _mm256_cvtph_ps(_mm_set_epi64x(static_cast<int64_t>(half[1]), static_cast<int64_t>(half[0])));
}

inline __m256i broadcast_4(const int8_t* x) {
  int32_t dword;
  std::memcpy(&dword, x, 4);
  return _mm256_set1_epi32(dword);
}

// A Column is the same kGroups groups of 32 elements of 8 rows, unpacked; about kBytes long in each row:
//   load(rows, i)                the i-th of the rows
//   __m256 d                     scales of the rows
//   dot<T>(x, g, group, isum)    isum[t] = integer dots of its group g with group `group` of x[t]

// acc[t] += column i times T tokens.
template <class Column, size_t T>
WC_ALWAYS_INLINE void q8_accumulate(const Column& column, size_t i, const Q8Row* x, __m256* acc) {
  for (size_t g = 0; g < Column::kGroups; ++g) {
    const size_t group = i * Column::kGroups + g;
    __m256i isum[T];
    column.template dot<T>(x, g, group, isum);
    for (size_t t = 0; t < T; ++t) {
      const __m256 d = _mm256_mul_ps(column.d, _mm256_set1_ps(x[t].d[group]));
      acc[t] = _mm256_add_ps(acc[t], _mm256_mul_ps(d, _mm256_cvtepi32_ps(isum[t])));
    }
  }
}

// Fetches the part of `next` that column i is of the current rows: eight streams of short steps are too many for the
// hardware to foresee.
template <class Column>
void q8_prefetch(const uint8_t* next, size_t i) {
  for (size_t byte = 0; byte < 8 * Column::kBytes; byte += 64) {
    _mm_prefetch(reinterpret_cast<const char*>(next + i * 8 * Column::kBytes + byte), _MM_HINT_T1);
  }
}

// The 8 rows of one tile and where the next ones begin.
struct TileRows {
  RowPointers rows;
  size_t first, count;
  const uint8_t* next;
};

inline void q8_store(const MatmulArgs& args, const TileRows& tile, size_t t, __m256 acc) {
  float* y = args.y + t * args.y_stride + tile.first - args.y_row;
  if (tile.count == 8) {
    _mm256_storeu_ps(y, acc);
  } else {
    store_n(y, F32x8{acc}, tile.count);
  }
}

// Few tokens: a column at a time, all T tokens at once.
template <class Column, size_t T>
void q8_tile(const MatmulArgs& args, const TileRows& tile, size_t t0) {
  Q8Row x[T];
  __m256 acc[T];
  for (size_t t = 0; t < T; ++t) {
    x[t] = q8_row(args, t0 + t);
    acc[t] = _mm256_setzero_ps();
  }
  const size_t n_columns = args.cols / (32 * Column::kGroups);
  for (size_t i = 0; i < n_columns; ++i) {
    q8_prefetch<Column>(tile.next, i);
    Column column;
    column.load(tile.rows, i);
    q8_accumulate<Column, T>(column, i, x, acc);
  }
  for (size_t t = 0; t < T; ++t) q8_store(args, tile, t0 + t, acc[t]);
}

inline constexpr size_t kPanelTokens = 64;

// Many tokens: a panel of columns is unpacked once, then every token passes over it.
template <class Column>
void q8_panels(const MatmulArgs& args, const TileRows& tile, size_t t0, size_t n_tokens) {
  constexpr size_t kColumns = 8 / Column::kGroups;
  Q8Row x[kPanelTokens];
  __m256 acc[kPanelTokens];
  for (size_t t = 0; t < n_tokens; ++t) {
    x[t] = q8_row(args, t0 + t);
    acc[t] = _mm256_setzero_ps();
  }
  const size_t n_columns = args.cols / (32 * Column::kGroups);
  Column panel[kColumns];
  for (size_t i0 = 0; i0 < n_columns; i0 += kColumns) {
    const size_t n = n_columns - i0 < kColumns ? n_columns - i0 : kColumns;
    for (size_t i = 0; i < n; ++i) {
      q8_prefetch<Column>(tile.next, i0 + i);
      panel[i].load(tile.rows, i0 + i);
    }
    size_t t = 0;
    for (; t + 4 <= n_tokens; t += 4) {
      __m256 sums[4] = {acc[t], acc[t + 1], acc[t + 2], acc[t + 3]};
      for (size_t i = 0; i < n; ++i) q8_accumulate<Column, 4>(panel[i], i0 + i, x + t, sums);
      for (size_t j = 0; j < 4; ++j) acc[t + j] = sums[j];
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
    tile.next = tile.rows.row[0] + (row + 16 <= args.row_end ? 8 * args.w_row_bytes : 0);
    switch (args.n_tokens) {
      case 0:
        break;
      case 1:
        q8_tile<Column, 1>(args, tile, 0);
        break;
      case 2:
        q8_tile<Column, 2>(args, tile, 0);
        break;
      case 3:
        q8_tile<Column, 3>(args, tile, 0);
        break;
      case 4:
        q8_tile<Column, 4>(args, tile, 0);
        break;
      default:
        for (size_t t = 0; t < args.n_tokens; t += kPanelTokens) {
          q8_panels<Column>(args, tile, t, args.n_tokens - t < kPanelTokens ? args.n_tokens - t : kPanelTokens);
        }
    }
  }
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
