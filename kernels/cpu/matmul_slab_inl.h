// Mat-mul of integer weights with q8 activations, kRows rows at a time, a row in each lane.
//
// Integer sums are exact, so only acc + (d_w * d_x) * float(sum), group after group, rounds: the canonical order. Few
// tokens take a group as it is unpacked. Many take it from a panel, groups unpacked once that stay in the first-level
// cache while all tokens pass over them.
#pragma once

#include "kernels/cpu/columns_inl.h"
#include "kernels/cpu/core.h"
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

  // Asks for part `g` of `n` of the block that lies kPrefetchAhead beyond this one. In parts, since a core that waits
  // for all lines of a block (Q6_K: 3,360 bytes) takes no other load meanwhile.
  template <size_t g, size_t n>
  WC_ALWAYS_INLINE void prefetch_part(size_t index) const {
    constexpr size_t kSlabBytes = kRows * kBytes, kFirst = kSlabBytes * g / n / 64 * 64;
    constexpr size_t kLast = g + 1 == n ? kSlabBytes : kSlabBytes * (g + 1) / n / 64 * 64;
    const uint8_t* at = slab + index * kSlabBytes + kPrefetchAhead;
    for (size_t byte = kFirst; byte < kLast; byte += 64) prefetch(at + byte);
  }
};

// Sums of one slab or several for T tokens, in registers.
template <class C, size_t S, size_t T>
struct Sums {
  Floats acc[S][T], minima[S][T];
};

// The same as accumulate, of a format with a float scale for each half.
template <class C, size_t S, size_t T>
WC_ALWAYS_INLINE void accumulate_halves(const Group<C>* const* group, size_t g, const Q8Row* x, Sums<C, S, T>& sums) {
  for_each<2>([&]<size_t half>() WC_INLINE_LAMBDA {
    const int8_t* q[T];
    const Ints* w[S];
    Ints sum[S][T];
    constexpr uint32_t kOffset = (static_cast<uint32_t>(C::kOffset) & 0xffffu) << (16 * half);
    for (size_t t = 0; t < T; ++t) q[t] = x[t].q + 32 * g + 16 * half;
    for (size_t s = 0; s < S; ++s) {
      w[s] = group[s]->w + 4 * half;
      for (size_t t = 0; t < T; ++t) {
        sum[s][t] = dot_sums(splat(static_cast<int>(kOffset)), x[t].sum + 2 * g, zero_ints());
      }
    }
    dot_bytes<C::kMax, 4, S, T>(w, q, sum);
    for (size_t t = 0; t < T; ++t) {
      const Floats d = splat_float(x[t].d[g]);
      for (size_t s = 0; s < S; ++s) {
        sums.acc[s][t] = sums.acc[s][t] + ((half == 0 ? group[s]->d : group[s]->e) * d) * to_floats(sum[s][t]);
      }
    }
  });
}

// sums += a group of each of S slabs times T tokens; `g` counts the groups of a row.
template <class C, size_t S, size_t T>
WC_ALWAYS_INLINE void accumulate(const Group<C>* const* group, size_t g, const Q8Row* x, Sums<C, S, T>& sums) {
  if constexpr (C::kHalves) return accumulate_halves<C, S, T>(group, g, x, sums);
  const int8_t* q[T];
  const Ints* w[S];
  Scale scale[2][S];
  Ints sum[S][T];
  for (size_t t = 0; t < T; ++t) q[t] = x[t].q + 32 * g;
  for (size_t s = 0; s < S; ++s) {
    w[s] = group[s]->w;
    for (size_t i = 0; i < C::kScales; ++i) scale[i][s] = group[s]->scale[i];
    constexpr uint32_t kTwice = (static_cast<uint32_t>(C::kOffset) & 0xffffu) * 0x10001u;
    for (size_t t = 0; t < T; ++t) {
      sum[s][t] = zero_ints();
      if constexpr (C::kOffset != 0) {
        const IntPairs offset = C::kScales == 0 ? splat(static_cast<int>(kTwice)) : group[s]->offset;
        sum[s][t] = dot_sums(offset, x[t].sum + 2 * g, sum[s][t]);
      }
    }
  }
  if constexpr (C::kScales == 0) {
    dot_bytes<C::kMax, 8, S, T>(w, q, sum);
  } else if constexpr (C::kScales == 1) {
    dot_bytes_scaled<C::kMax, 8, S, T>(w, q, scale[0], sum);
  } else {
    dot_bytes_scaled<C::kMax, 4, S, T>(w, q, scale[0], sum);
    for (size_t t = 0; t < T; ++t) q[t] += 16;
    for (size_t s = 0; s < S; ++s) w[s] += 4;
    dot_bytes_scaled<C::kMax, 4, S, T>(w, q, scale[1], sum);
  }
  for (size_t t = 0; t < T; ++t) {
    const Floats d = splat_float(x[t].d[g]);
    for (size_t s = 0; s < S; ++s) {
      sums.acc[s][t] = sums.acc[s][t] + (group[s]->d * d) * to_floats(sum[s][t]);
      if constexpr (C::kMinima) {
        const Ints offsets = dot_sums(group[s]->minimum, x[t].sum + 2 * g, zero_ints());
        sums.minima[s][t] = sums.minima[s][t] + (group[s]->e * d) * to_floats(offsets);
      }
    }
  }
}

// What a call computes of one slab: its rows [first, first + count) beginning at matrix row `row`.
struct SlabPart {
  uint32_t row, first, count;
};

WC_ALWAYS_INLINE void store_token(const MatmulArgs& args, const SlabPart& part, size_t t, Floats result) {
  float* y = args.y + t * args.y_stride + part.row + part.first - args.y_row;
  if (part.first == 0) return store_rows(y, result, part.count);
  float lanes[kRows];
  store_rows(lanes, result, kRows);
  for (uint32_t r = 0; r < part.count; ++r) y[r] = lanes[part.first + r];
}

// Rows that are computed together, and what of them is wanted.
template <class C>
struct Slab {
  SlabRows<typename C::Format> rows;
  SlabPart part;
};

template <class C, size_t S, size_t T>
WC_ALWAYS_INLINE void accumulate_one(const Group<C>& group, size_t g, const Q8Row* x, Sums<C, S, T>& sums) {
  const Group<C>* const groups[] = {&group};
  accumulate<C, 1, T>(groups, g, x, sums);
}

// All groups of a block, in memory.
template <class C>
WC_ALWAYS_INLINE void unpack_block(const uint8_t* block, Group<C>* group) {
  const C column(block);
  for_each<C::kGroups>([&]<size_t g>() WC_INLINE_LAMBDA { column.template load<g>(group[g]); });
}
// The same as one piece of code for all callers.
template <class C>
WC_NEVER_INLINE void unpack_block_shared(const uint8_t* block, Group<C>* group) {
  unpack_block<C>(block, group);
}

// T tokens from t0. Few take a group while it is in registers. With more the way through memory hardly counts, and the
// code for each group need not be there for each of a block's.
template <class C, size_t T>
void slab_tile(const MatmulArgs& args, const Slab<C>& slab, size_t t0) {
  alignas(64) uint8_t buffer[kRows * sizeof(typename C::Format::Block)];
  Q8Row x[T];
  Sums<C, 1, T> sums;
  for (size_t t = 0; t < T; ++t) {
    x[t] = q8_row(args, t0 + t);
    sums.acc[0][t] = sums.minima[0][t] = zero_floats();
  }
  const size_t n_blocks = args.cols / C::Format::kBlockLen;
  // Blocks of one group are read in order, which some cores foresee better than they are told.
  const bool ahead = slab.rows.slab != nullptr && (C::kGroups > 1 || !core_foresees_streams());
  for (size_t i = 0; i < n_blocks; ++i) {
    const uint8_t* block = slab.rows.block(i, buffer);
    if constexpr ((T <= 2 && C::kUnpackedInline) || C::kGroups == 1) {
      const C column(block);
      for_each<C::kGroups>([&]<size_t g>() WC_INLINE_LAMBDA {
        Group<C> group;
        if (ahead) slab.rows.template prefetch_part<g, C::kGroups>(i);
        column.template load<g>(group);
        accumulate_one(group, i * C::kGroups + g, x, sums);
      });
    } else {
      Group<C> group[C::kGroups];
      if constexpr (C::kUnpackedInline) {
        unpack_block<C>(block, group);
      } else {
        unpack_block_shared<C>(block, group);
      }
      if (ahead) slab.rows.template prefetch_part<0, 1>(i);
      for (size_t g = 0; g < C::kGroups; ++g) accumulate_one(group[g], i * C::kGroups + g, x, sums);
    }
  }
  for (size_t t = 0; t < T; ++t) {
    store_token(args, slab.part, t0 + t, C::kMinima ? sums.acc[0][t] + sums.minima[0][t] : sums.acc[0][t]);
  }
}

inline constexpr size_t kPanelTokens = 128, kPanelGroups = 8;
// Tokens for which unpacking once is worth the way through memory. Where registers hold the sums of more tokens than
// take a group from a panel together, that is fewer for formats that are dear to unpack.
template <class C>
inline constexpr size_t kPanelFrom = kMostTileTokens<C::kMax> == kTileTokens<C::kMax> ? kTileTokens<C::kMax> + 1
                                     : C::kScales == 0                                ? 32
                                                                                      : 9;

// Groups of S slabs that many tokens pass over, and the tokens' sums so far.
template <class C, size_t S>
struct Panel {
  static constexpr size_t kBlocks = C::kGroups < kPanelGroups ? kPanelGroups / C::kGroups : 1;
  static constexpr size_t kMinimaTokens = C::kMinima ? kPanelTokens : 0;
  Group<C> group[S][kBlocks * C::kGroups];
  Floats acc[kPanelTokens][S], minima[kMinimaTokens + 1][S];
  Q8Row x[kPanelTokens];
};

// Tokens t .. t + T - 1 over n groups of the panel; its first is group g of the rows.
template <class C, size_t S, size_t T>
void pass_panel(Panel<C, S>& panel, size_t n, size_t g, size_t t) {
  Sums<C, S, T> sums;
  for (size_t s = 0; s < S; ++s) {
    for (size_t i = 0; i < T; ++i) {
      sums.acc[s][i] = panel.acc[t + i][s];
      if constexpr (C::kMinima) sums.minima[s][i] = panel.minima[t + i][s];
    }
  }
  for (size_t i = 0; i < n; ++i) {
    const Group<C>* groups[S];
    for (size_t s = 0; s < S; ++s) groups[s] = &panel.group[s][i];
    accumulate<C, S, T>(groups, g + i, panel.x + t, sums);
  }
  for (size_t s = 0; s < S; ++s) {
    for (size_t i = 0; i < T; ++i) {
      panel.acc[t + i][s] = sums.acc[s][i];
      if constexpr (C::kMinima) panel.minima[t + i][s] = sums.minima[s][i];
    }
  }
}

// Groups of blocks [first, first + n) of a slab.
template <class C>
void load_panel(const Slab<C>& slab, size_t first, size_t n, Group<C>* group) {
  alignas(64) uint8_t buffer[kRows * sizeof(typename C::Format::Block)];
  for (size_t i = 0; i < n; ++i) {
    if (slab.rows.slab != nullptr) slab.rows.template prefetch_part<0, 1>(first + i);
    unpack_block_shared<C>(slab.rows.block(first + i, buffer), group + i * C::kGroups);
  }
}

// At most kPanelTokens tokens from t0.
template <class C, size_t S>
void slab_panels(const MatmulArgs& args, const Slab<C>* slab, size_t t0, size_t n_tokens) {
  constexpr size_t kTile = kTileTokens<C::kMax>;
  Panel<C, S> panel;
  for (size_t t = 0; t < n_tokens; ++t) {
    panel.x[t] = q8_row(args, t0 + t);
    for (size_t s = 0; s < S; ++s) panel.acc[t][s] = panel.minima[C::kMinima ? t : 0][s] = zero_floats();
  }
  const size_t n_blocks = args.cols / C::Format::kBlockLen;
  for (size_t block = 0; block < n_blocks; block += panel.kBlocks) {
    const size_t n = n_blocks - block < panel.kBlocks ? n_blocks - block : panel.kBlocks;
    for (size_t s = 0; s < S; ++s) load_panel(slab[s], block, n, panel.group[s]);
    const size_t n_groups = n * C::kGroups, g = block * C::kGroups;
    size_t t = 0;
    for (; t + kTile <= n_tokens; t += kTile) pass_panel<C, S, kTile>(panel, n_groups, g, t);
    for (; t + 2 <= n_tokens; t += 2) pass_panel<C, S, 2>(panel, n_groups, g, t);
    if (t < n_tokens) pass_panel<C, S, 1>(panel, n_groups, g, t);
  }
  for (size_t t = 0; t < n_tokens; ++t) {
    for (size_t s = 0; s < S; ++s) {
      const Floats acc = panel.acc[t][s];
      store_token(args, slab[s].part, t0 + t, C::kMinima ? acc + panel.minima[C::kMinima ? t : 0][s] : acc);
    }
  }
}

// As many tokens at a time as registers hold sums of.
template <class C>
void few_tokens(const MatmulArgs& args, const Slab<C>& slab) {
  constexpr size_t kMost = kMostTileTokens<C::kMax>;
  for (size_t t = 0; t < args.n_tokens; t += kMost) {
    const size_t rest = args.n_tokens - t, n = rest < kMost ? rest : kMost;
    for_each<kMost>([&]<size_t i>() WC_INLINE_LAMBDA {
      if (n == i + 1) slab_tile<C, i + 1>(args, slab, t);
    });
  }
}

template <class C>
void many_tokens(const MatmulArgs& args, const Slab<C>* slab, size_t n_slabs) {
  for (size_t t = 0; t < args.n_tokens; t += kPanelTokens) {
    const size_t rest = args.n_tokens - t, n = rest < kPanelTokens ? rest : kPanelTokens;
    if (n_slabs == kPanelSlabs) {
      slab_panels<C, kPanelSlabs>(args, slab, t, n);
    } else {
      slab_panels<C, 1>(args, slab, t, n);
    }
  }
}

// The rows of the call from `row` on, kRows or fewer: of a slab, or in the file's layout, of which the last counts
// several times where kRows of them are missing.
template <class C>
Slab<C> slab_at(const MatmulArgs& args, uint32_t row) {
  const auto* w = static_cast<const uint8_t*>(args.w);
  Slab<C> slab{{}, {row, 0, args.row_end - row}};
  SlabPart& part = slab.part;
  if (row < args.packed_rows) {
    part.first = row % kRows;
    part.row = row - part.first;
    if (part.count > kRows - part.first) part.count = kRows - part.first;
    slab.rows.slab = w + part.row * args.w_row_bytes;
  } else {
    if (part.count > kRows) part.count = kRows;
    for (uint32_t r = 0; r < kRows; ++r) {
      slab.rows.row[r] = w + (row + (r < part.count ? r : part.count - 1)) * args.w_row_bytes;
    }
  }
  return slab;
}

template <class C>
void matmul_slabs(const MatmulArgs& args) {
  const bool few = args.n_tokens < kPanelFrom<C>;
  const size_t most = few ? 1 : kPanelSlabs;
  for (uint32_t row = args.row_begin; row < args.row_end;) {
    Slab<C> slab[kPanelSlabs];
    size_t n = 0;
    for (; n < most && row < args.row_end; ++n) {
      slab[n] = slab_at<C>(args, row);
      row = slab[n].part.row + slab[n].part.first + slab[n].part.count;
    }
    if (few) {
      few_tokens(args, slab[0]);
    } else {
      many_tokens(args, slab, n);
    }
  }
}

// What slab_kernels_inl.h declares of a format.
#define WC_DEFINE_SLAB_KERNELS(format)                                                                             \
  void matmul_slabs_##format(const MatmulArgs& args) { matmul_slabs<format##Column>(args); }                       \
  void pack_##format(const void* rows, size_t row_bytes, void* slab) { pack_slab<format>(rows, row_bytes, slab); } \
  void unpack_row_##format(const void* slab, size_t row_bytes, uint32_t row, void* out) {                          \
    unpack_slab_row<format>(slab, row_bytes, row, out);                                                            \
  }

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
