// Mat-mul of integer weights with q8 activations, kRows rows at a time, a row in each lane.
//
// Integer sums are exact, so only acc + (d_w * d_x) * float(sum), group after group, rounds: the canonical order. Few
// tokens take a group as it is unpacked. Many take it from a panel, groups unpacked once that stay in the first-level
// cache while all tokens pass over them.
#pragma once

#include "kernels/cpu/columns_inl.h"
#include "kernels/cpu/slab_inl.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// kRows rows: a slab, or rows in the file's layout, whose blocks are packed one by one as they are needed.
template <class Format>
struct SlabRows {
  static constexpr size_t kBytes = sizeof(typename Format::Block);
  const uint8_t* slab;  // null for the file's layout
  const uint8_t* row[kRows];

  WC_ALWAYS_INLINE const uint8_t* block(size_t index, uint8_t* buffer) const {
    if (slab != nullptr) return slab + index * kRows * kBytes;
    const uint8_t* at[kRows];
    for (size_t r = 0; r < kRows; ++r) at[r] = row[r] + index * kBytes;
    pack_block<Format>(at, buffer);
    return buffer;
  }
};

// acc[t] and minima[t] += group times T tokens; `g` counts the groups of a row.
template <class C, size_t T>
WC_ALWAYS_INLINE void accumulate(const Group<C>& group, size_t g, const Q8Row* x, Floats* acc, Floats* minima) {
  const int8_t* q[T];
  Ints sum[T];
  for (size_t t = 0; t < T; ++t) {
    q[t] = x[t].q + 32 * g;
    sum[t] = zero_ints();
    if constexpr (C::kOffset != 0) {
      constexpr uint32_t kTwice = (static_cast<uint32_t>(C::kOffset) & 0xffffu) * 0x10001u;
      const IntPairs offset = C::kScales == 0 ? splat(static_cast<int>(kTwice)) : group.offset;
      sum[t] = dot_sums(offset, x[t].sum + 2 * g, sum[t]);
    }
  }
  if constexpr (C::kScales == 0) {
    dot_bytes<C::kMax, 8, T>(group.w, q, sum);
  } else if constexpr (C::kScales == 1) {
    dot_bytes_scaled<C::kMax, 8, T>(group.w, q, group.scale[0], sum);
  } else {
    dot_bytes_scaled<C::kMax, 4, T>(group.w, q, group.scale[0], sum);
    for (size_t t = 0; t < T; ++t) q[t] += 16;
    dot_bytes_scaled<C::kMax, 4, T>(group.w + 4, q, group.scale[1], sum);
  }
  for (size_t t = 0; t < T; ++t) {
    const Floats d = splat_float(x[t].d[g]);
    acc[t] = acc[t] + (group.d * d) * to_floats(sum[t]);
    if constexpr (C::kMinima) {
      const Ints offsets = dot_sums(group.minimum, x[t].sum + 2 * g, zero_ints());
      minima[t] = minima[t] + (group.e * d) * to_floats(offsets);
    }
  }
}

// What a call computes of one slab: its rows [first, first + count) beginning at matrix row `row`.
struct SlabPart {
  uint32_t row, first, count;
};

template <class C>
WC_ALWAYS_INLINE void store_tokens(const MatmulArgs& args, const SlabPart& part, size_t t0, size_t n, Floats* acc,
                                   const Floats* minima) {
  for (size_t t = 0; t < n; ++t) {
    if constexpr (C::kMinima) acc[t] = acc[t] + minima[t];
    float* y = args.y + (t0 + t) * args.y_stride + part.row + part.first - args.y_row;
    if (part.first == 0) {
      store_rows(y, acc[t], part.count);
      continue;
    }
    float lanes[kRows];
    store_rows(lanes, acc[t], kRows);
    for (uint32_t r = 0; r < part.count; ++r) y[r] = lanes[part.first + r];
  }
}

// T tokens, groups taken as they are unpacked.
template <class C, size_t T>
void slab_tile(const MatmulArgs& args, const SlabRows<typename C::Format>& rows, const SlabPart& part) {
  alignas(64) uint8_t buffer[kRows * sizeof(typename C::Format::Block)];
  Q8Row x[T];
  Floats acc[T], minima[T];
  for (size_t t = 0; t < T; ++t) {
    x[t] = q8_row(args, t);
    acc[t] = minima[t] = zero_floats();
  }
  const size_t n_blocks = args.cols / C::Format::kBlockLen;
  for (size_t i = 0; i < n_blocks; ++i) {
    const C column(rows.block(i, buffer));
    for_each<C::kGroups>([&]<size_t g>() WC_INLINE_LAMBDA {
      Group<C> group;
      column.template load<g>(group);
      accumulate<C, T>(group, i * C::kGroups + g, x, acc, minima);
    });
  }
  store_tokens<C>(args, part, 0, T, acc, minima);
}

inline constexpr size_t kPanelTokens = 128, kPanelGroups = 8;

// T tokens over n groups of a panel that begins at group g.
template <class C, size_t T>
void pass_panel(const Group<C>* panel, size_t n, size_t g, const Q8Row* x, Floats* acc, Floats* minima) {
  Floats sums[T], low[T];
  for (size_t t = 0; t < T; ++t) {
    sums[t] = acc[t];
    if constexpr (C::kMinima) low[t] = minima[t];
  }
  for (size_t i = 0; i < n; ++i) accumulate<C, T>(panel[i], g + i, x, sums, low);
  for (size_t t = 0; t < T; ++t) {
    acc[t] = sums[t];
    if constexpr (C::kMinima) minima[t] = low[t];
  }
}

// At most kPanelTokens tokens from t0.
template <class C>
void slab_panels(const MatmulArgs& args, const SlabRows<typename C::Format>& rows, const SlabPart& part, size_t t0,
                 size_t n_tokens) {
  constexpr size_t kTile = kTileTokens<C::kMax>;
  constexpr size_t kBlocks = C::kGroups < kPanelGroups ? kPanelGroups / C::kGroups : 1;
  alignas(64) uint8_t buffer[kRows * sizeof(typename C::Format::Block)];
  Q8Row x[kPanelTokens];
  Floats acc[kPanelTokens], minima[C::kMinima ? kPanelTokens : 1];
  for (size_t t = 0; t < n_tokens; ++t) {
    x[t] = q8_row(args, t0 + t);
    acc[t] = minima[C::kMinima ? t : 0] = zero_floats();
  }
  Group<C> panel[kBlocks * C::kGroups];
  const size_t n_blocks = args.cols / C::Format::kBlockLen;
  for (size_t i0 = 0; i0 < n_blocks; i0 += kBlocks) {
    const size_t n = n_blocks - i0 < kBlocks ? n_blocks - i0 : kBlocks;
    for (size_t i = 0; i < n; ++i) {
      const C column(rows.block(i0 + i, buffer));
      for_each<C::kGroups>([&]<size_t g>() WC_INLINE_LAMBDA { column.template load<g>(panel[i * C::kGroups + g]); });
    }
    const size_t n_groups = n * C::kGroups, g = i0 * C::kGroups;
    const auto pass = [&]<size_t T>(size_t t) {
      pass_panel<C, T>(panel, n_groups, g, x + t, acc + t, minima + (C::kMinima ? t : 0));
    };
    size_t t = 0;
    for (; t + kTile <= n_tokens; t += kTile) pass.template operator()<kTile>(t);
    for (; t + 2 <= n_tokens; t += 2) pass.template operator()<2>(t);
    if (t < n_tokens) pass.template operator()<1>(t);
  }
  store_tokens<C>(args, part, t0, n_tokens, acc, minima);
}

template <class C>
void slab_matmul(const MatmulArgs& args, const SlabRows<typename C::Format>& rows, const SlabPart& part) {
  constexpr size_t kTile = kTileTokens<C::kMax>;
  switch (args.n_tokens) {
    case 0:
      return;
    case 1:
      return slab_tile<C, 1>(args, rows, part);
    case 2:
      return slab_tile<C, 2>(args, rows, part);
    case 3:
      if constexpr (kTile >= 3) return slab_tile<C, 3>(args, rows, part);
      break;
    case 4:
      if constexpr (kTile >= 4) return slab_tile<C, 4>(args, rows, part);
      break;
    default:
      break;
  }
  for (size_t t = 0; t < args.n_tokens; t += kPanelTokens) {
    const size_t rest = args.n_tokens - t;
    slab_panels<C>(args, rows, part, t, rest < kPanelTokens ? rest : kPanelTokens);
  }
}

// Slabs first, then rows in the file's layout. Of those the last counts several times where kRows of them are missing.
template <class C>
void matmul_slabs(const MatmulArgs& args) {
  const auto* w = static_cast<const uint8_t*>(args.w);
  uint32_t row = args.row_begin;
  while (row < args.row_end) {
    SlabRows<typename C::Format> rows{};
    SlabPart part{row, 0, args.row_end - row};
    if (row < args.packed_rows) {
      part.first = row % kRows;
      part.row = row - part.first;
      rows.slab = w + part.row * args.w_row_bytes;
      if (part.count > kRows - part.first) part.count = kRows - part.first;
    } else {
      if (part.count > kRows) part.count = kRows;
      for (uint32_t r = 0; r < kRows; ++r) {
        rows.row[r] = w + (row + (r < part.count ? r : part.count - 1)) * args.w_row_bytes;
      }
    }
    slab_matmul<C>(args, rows, part);
    row = part.row + part.first + part.count;
  }
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
