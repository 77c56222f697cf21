// Attention of query heads over one K/V head with an online softmax, tile by tile.
// Sources: Milakov & Gimelshein, "Online normalizer calculation for softmax", 2018, arXiv:1805.02867; tiles shared by
// many queries: Dao et al., "FlashAttention", 2022, arXiv:2205.14135; ranges apart and merged: Dao et al.,
// "Flash-Decoding for long-context inference", 2023.
//
// Per tile of kAttentionTile positions and per query, with s = scale * (q.k) and dots in the canonical 16 lanes:
//   m' = max(m, max s);  c = exp(m - m');  p = exp(s - m');  l = l c + sum p;  acc = acc c + p_0 v_0 + p_1 v_1 + ...
// In between s becomes cap tanh(s / cap) and then s - slope * distance where asked for. At the end a sink is a position
// with a score of its own and v = 0.
// The sum of p is ((P0 + P1) + (P2 + P3)) by vectors of eight, then the lane tree; acc adds position after position.
// Positions that the query does not see count as s = -infinity and are not added to acc. A tile of which it sees
// nothing changes nothing.
#pragma once

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// What is done to the scores of a group before they are compared: soft cap, then ALiBi (Press et al. 2021,
// arXiv:2108.12409). `query`: of the group's first, counted over tokens and their heads.
inline void adjust_scores(const AttentionArgs& args, const AttentionTile& tile, size_t query, AttentionGroup& group) {
  for (size_t a = 0; a < group.n; ++a) {
    float* s = group.p[a];
    const size_t lo = group.lo[a], hi = group.hi[a];
    if (args.softcap != 0.0f) softcap(s + lo, args.softcap, hi - lo, s + lo);
    if (args.slopes == nullptr) continue;
    const float slope = args.slopes[(query + a) % args.n_heads];
    const uint32_t position = args.position + static_cast<uint32_t>((query + a) / args.n_heads);
    for (size_t i = lo; i < hi; ++i) {
      s[i] = s[i] - slope * static_cast<float>(position - tile.begin - static_cast<uint32_t>(i));
    }
  }
}

// Turns the scores of a group into weights and moves its m and l on.
template <class Isa>
void attention_softmax(AttentionGroup& group, float* m, float* l) {
  static_assert(kAttentionQueries == 8, "the corrections are one vector");
  using Vec = typename Isa::Vec;
  constexpr size_t kVectors = kAttentionTile / Isa::kWidth;
  const float lowest = -bits_float(0x7f800000u);
  float before[kAttentionQueries] = {}, sums[kAttentionQueries];
  for (size_t a = 0; a < group.n; ++a) {
    float* p = group.p[a];
    for (size_t i = 0; i < group.lo[a]; ++i) p[i] = lowest;
    for (size_t i = group.hi[a]; i < kAttentionTile; ++i) p[i] = lowest;
    Vec s[kVectors];
    for (size_t j = 0; j < kVectors; ++j) s[j] = Isa::read(p + Isa::kWidth * j);
    const float best = max_lane(Isa::largest(s));
    const float m_new = m[a] > best ? m[a] : best;
    const float shift = m_new == lowest ? 0.0f : m_new;  // all masked: weights exp(-infinity) = 0, not exp(NaN)
    before[a] = m[a] - shift;
    m[a] = m_new;
    for (size_t j = 0; j < kVectors; ++j) {
      s[j] = exp(s[j] - Isa::broadcast(shift));
      store(p + Isa::kWidth * j, s[j]);
    }
    sums[a] = sum(Isa::total(s));
  }
  store(group.correction, exp(load(before)));
  for (size_t a = 0; a < group.n; ++a) l[a] = l[a] * group.correction[a] + sums[a];
}

// First position that token t sees, and the one after the last.
inline uint32_t first_seen(const AttentionArgs& args, uint32_t t) {
  const uint32_t after = args.position + t + 1;
  return args.window == 0 || args.window >= after ? 0 : after - args.window;
}
inline uint32_t end_seen(const AttentionArgs& args, uint32_t t) {
  const uint32_t after = args.position + t + 1;
  return after < args.end ? after : args.end;
}

// Tokens [*begin, *end) see something of the tile.
inline void tokens_that_see(const AttentionArgs& args, const AttentionTile& tile, uint32_t* begin, uint32_t* end) {
  *begin = tile.begin <= args.position ? 0 : tile.begin - args.position;
  *end = args.n_tokens;
  if (*begin > *end) *begin = *end;
  while (*end > *begin && first_seen(args, *end - 1) >= tile.begin + tile.n) --*end;
}

// Queries [query, query + group.n), counted over tokens and their heads.
inline void set_group(const AttentionArgs& args, const AttentionTile& tile, size_t query, AttentionGroup& group) {
  auto t = static_cast<uint32_t>(query / args.n_heads);
  size_t head = query % args.n_heads;
  for (size_t a = 0; a < group.n; ++a) {
    const uint32_t first = first_seen(args, t), end = end_seen(args, t);
    group.q[a] = args.q + t * args.q_stride + head * args.head_dim;
    group.lo[a] = first > tile.begin ? first - tile.begin : 0;
    group.hi[a] = end - tile.begin < tile.n ? end - tile.begin : tile.n;
    if (++head == args.n_heads) head = 0, ++t;
  }
  group.acc = args.acc + query * args.head_dim_v;
}

// `Row`: the type of the tile.
template <class Row, class Isa>
void attend_tile(const AttentionArgs& args, const AttentionTile& tile) {
  uint32_t first = 0, end = 0;
  tokens_that_see(args, tile, &first, &end);
  const size_t n_queries = size_t{end} * args.n_heads;
  const bool adjusts = args.softcap != 0.0f || args.slopes != nullptr;
  AttentionGroup group;
  for (size_t query = size_t{first} * args.n_heads; query < n_queries; query += kAttentionQueries) {
    group.n = n_queries - query < kAttentionQueries ? n_queries - query : kAttentionQueries;
    set_group(args, tile, query, group);
    attention_all_scores<Isa, Row>(args, tile, group);
    if (adjusts) adjust_scores(args, tile, query, group);
    attention_softmax<Isa>(group, args.m + query, args.l + query);
    attention_all_values<Isa, Row>(args, tile, group);
  }
}

// Asks for the tile behind one of `bytes` bytes. Converting reads a tile at once, without arithmetic that could hide a
// miss. Past `end` the next range begins, or nothing: no address is too far for a prefetch.
inline void prefetch_tile(const uint8_t* tile, size_t bytes) {
  for (size_t i = 0; i < bytes; i += 64) prefetch(tile + bytes + i);
}

// attend_tile over the floats that a tile of the cache decodes to.
template <class Row, class Isa>
void attend_tile_as_floats(const AttentionArgs& args, AttentionTile tile) {
  float* kt = args.scratch;
  float* rows = kt + size_t{kAttentionTile} * args.head_dim;
  prefetch_tile(tile.k, kAttentionTile * row_bytes<Row>(args.head_dim));
  prefetch_tile(tile.v, kAttentionTile * row_bytes<Row>(args.head_dim_v));
  if constexpr (FloatRow<Row>) {
    tile.k = as_floats<Row, Isa>(tile.k, size_t{kAttentionTile} * args.head_dim, kt);
  } else {
    as_floats<Row, Isa>(tile.k, size_t{tile.n} * args.head_dim, rows);
    transpose_rows(rows, tile.n, args.head_dim, kt);
    tile.k = reinterpret_cast<const uint8_t*>(kt);
  }
  tile.v = as_floats<Row, Isa>(tile.v, size_t{tile.n} * args.head_dim_v, rows);
  attend_tile<ConvertedRow, Isa>(args, tile);
}

template <class Row, class Isa>
void attention(const AttentionArgs& args) {
  const size_t k_bytes = kAttentionTile * row_bytes<Row>(args.head_dim);
  const size_t v_bytes = kAttentionTile * row_bytes<Row>(args.head_dim_v);
  const bool direct = FloatRow<Row> && size_t{args.n_tokens} * args.n_heads <= Isa::kDirectQueries;
  AttentionTile tile;
  tile.k = static_cast<const uint8_t*>(args.k);
  tile.v = static_cast<const uint8_t*>(args.v);
  for (tile.begin = args.begin; tile.begin < args.end; tile.begin += kAttentionTile) {
    tile.n = args.end - tile.begin < kAttentionTile ? args.end - tile.begin : kAttentionTile;
    if constexpr (FloatRow<Row>) {
      if (direct) attend_tile<Row, Isa>(args, tile);
    }
    if (!direct) attend_tile_as_floats<Row, Isa>(args, tile);
    tile.k += k_bytes;
    tile.v += v_bytes;
  }
}

template <class Row>
void kv_store(const float* x, size_t n, void* out) {
  if constexpr (FloatRow<Row>) {
    if constexpr (Row::kBytes == sizeof(float)) {
      std::memcpy(out, x, n * sizeof(float));
    } else {
      f32_to_f16_row(x, n, static_cast<uint16_t*>(out));
    }
  } else {
    Row::encode(x, n, out);
  }
}

template <class Row>
void kv_store_key(const float* x, size_t n, size_t pos, void* keys) {
  auto* at = static_cast<uint8_t*>(keys);
  if constexpr (!FloatRow<Row>) {
    Row::encode(x, n, at + pos * row_bytes<Row>(n));
  } else {
    at += (pos / kAttentionTile * n * kAttentionTile + pos % kAttentionTile) * Row::kBytes;
    for (size_t i = 0; i < n; i += 8) {
      const size_t count = n - i < 8 ? n - i : 8;
      alignas(8) uint8_t elements[8 * Row::kBytes];
      kv_store<Row>(x + i, count, elements);
      for (size_t j = 0; j < count; ++j, at += kAttentionTile * Row::kBytes) {
        std::memcpy(at, elements + j * Row::kBytes, Row::kBytes);
      }
    }
  }
}

template <class Row>
constexpr void set_kv_store(KernelTable& table, KvType type) {
  table.kv_store[static_cast<uint32_t>(type)] = kv_store<Row>;
  table.kv_store_key[static_cast<uint32_t>(type)] = kv_store_key<Row>;
}

template <class Isa>
constexpr void set_attention(KernelTable& table) {
  table.attention[static_cast<uint32_t>(KvType::kF32)] = attention<F32Row, Isa>;
  table.attention[static_cast<uint32_t>(KvType::kF16)] = attention<F16Row, Isa>;
  table.attention[static_cast<uint32_t>(KvType::kQ8_0)] = attention<BlockRow<Q8_0>, Isa>;
  table.attention[static_cast<uint32_t>(KvType::kQ4_0)] = attention<BlockRow<Q4_0>, Isa>;
}

// m' = max; l = l a + l_from b; acc = acc a + acc_from b with a = exp(m - m'), b = exp(m_from - m').
inline void attention_merge(const AttentionState& from, const AttentionState& into, uint32_t head_dim_v) {
  const float lowest = -bits_float(0x7f800000u);
  const float m = *into.m > *from.m ? *into.m : *from.m;
  const float shift = m == lowest ? 0.0f : m;
  const F32x8 a = set1(exp(*into.m - shift));
  const F32x8 b = set1(exp(*from.m - shift));
  *into.m = m;
  map(into.l, 1, into.l, [&](const F32x8& l, size_t, size_t) { return l * a + set1(*from.l) * b; });
  map(into.acc, head_dim_v, into.acc,
      [&](const F32x8& v, size_t i, size_t count) { return v * a + load_upto8(from.acc + i, count) * b; });
}

// The state of a position with this score and v = 0, merged into `into`.
inline void attention_sink(float score, const AttentionState& into, uint32_t head_dim_v) {
  const float m = *into.m > score ? *into.m : score;
  const float kept = exp(*into.m - m);
  *into.m = m;
  *into.l = *into.l * kept + exp(score - m);
  scale(into.acc, kept, head_dim_v, into.acc);
}

// y = acc / l; zeros where no position was seen or every score was -infinity (l = 0).
inline void attention_finish(const AttentionState& state, uint32_t head_dim_v, float* y) {
  const F32x8 l = set1(*state.l == 0.0f ? bits_float(0x7f800000u) : *state.l);
  map(state.acc, head_dim_v, y, [&](const F32x8& v, size_t, size_t) { return v / l; });
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
