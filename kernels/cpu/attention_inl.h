// Attention of query heads over one K/V head with an online softmax, tile by tile.
//
// Per tile of kAttentionTile positions and per query head, with s = scale * (q.k) and dots in the canonical 16 lanes:
//   m' = max(m, max s);  c = exp(m - m');  p = exp(s - m');  l = l c + sum p;  acc = acc c + p_0 v_0 + p_1 v_1 + ...
// The sum of p is ((P0 + P1) + (P2 + P3)) by vectors of eight, then the lane tree; acc adds position after position.
// Positions past the end of the range count as s = -infinity.
#pragma once

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

static_assert(kAttentionTile == 32);

inline constexpr size_t kAttentionHeads = 6;  // query heads that share one pass over a tile

// One tile of K or V and the scratch of the heads that pass over it.
struct AttentionTile {
  const uint8_t* k;
  const uint8_t* v;
  size_t n_positions;
  float p[kAttentionHeads][kAttentionTile];  // scores, then weights
  float correction[kAttentionHeads];
};

// Scores of heads [h, h + T) of the group starting at query q.
template <class Row, size_t R, size_t T>
void attention_scores(const AttentionArgs& args, const float* q, size_t h, AttentionTile& tile) {
  const float* x[T];
  for (size_t t = 0; t < T; ++t) x[t] = q + (h + t) * args.q_stride;
  const size_t row_bytes = args.head_dim * Row::kBytes;
  for (size_t pos = 0; pos < tile.n_positions; pos += R) {
    const size_t n = tile.n_positions - pos < R ? tile.n_positions - pos : R;
    const uint8_t* k[R];
    for (size_t r = 0; r < R; ++r) k[r] = tile.k + (pos + (r < n ? r : n - 1)) * row_bytes;
    float out[R * T];
    dot_tile<Row, R, T>(k, x, args.head_dim, out);
    for (size_t r = 0; r < n; ++r) {
      for (size_t t = 0; t < T; ++t) tile.p[h + t][pos + r] = args.scale * out[r * T + t];
    }
  }
}

// Turns one head's scores into weights and moves m and l on; returns the factor for what was accumulated before.
inline float attention_softmax(float* p, size_t n_positions, float& m, float& l) {
  const float lowest = -bits_float(0x7f800000u);
  for (size_t i = n_positions; i < kAttentionTile; ++i) p[i] = lowest;
  F32x8 s[4];
  for (size_t j = 0; j < 4; ++j) s[j] = load(p + 8 * j);
  const float best = max_lane(max(max(s[0], s[1]), max(s[2], s[3])));
  const float m_new = m > best ? m : best;
  const float shift = m_new == lowest ? 0.0f : m_new;  // all masked: weights exp(-infinity) = 0, not exp(NaN)
  for (size_t j = 0; j < 4; ++j) {
    s[j] = exp(s[j] - set1(shift));
    store(p + 8 * j, s[j]);
  }
  const float correction = exp(m - shift);
  l = l * correction + sum((s[0] + s[1]) + (s[2] + s[3]));
  m = m_new;
  return correction;
}

// acc[h .. h + Q) over D vectors of V's dimensions from dim.
template <class Row, size_t Q, size_t D>
void attention_values(const AttentionArgs& args, const AttentionTile& tile, float* acc, size_t h, size_t dim) {
  F32x8 sums[Q][D];
  for (size_t a = 0; a < Q; ++a) {
    const F32x8 correction = set1(tile.correction[h + a]);
    for (size_t d = 0; d < D; ++d) sums[a][d] = load(acc + (h + a) * args.acc_stride + dim + 8 * d) * correction;
  }
  const uint8_t* v = tile.v;
  for (size_t pos = 0; pos < tile.n_positions; ++pos, v += args.head_dim_v * Row::kBytes) {
    F32x8 weight[Q];
    for (size_t a = 0; a < Q; ++a) weight[a] = set1(tile.p[h + a][pos]);
    for (size_t d = 0; d < D; ++d) {
      const F32x8 value = Row::load8(v, dim + 8 * d);
      for (size_t a = 0; a < Q; ++a) sums[a][d] = sums[a][d] + weight[a] * value;
    }
  }
  for (size_t a = 0; a < Q; ++a) {
    for (size_t d = 0; d < D; ++d) store(acc + (h + a) * args.acc_stride + dim + 8 * d, sums[a][d]);
  }
}

// The last dimensions, fewer than eight, of one head.
template <class Row>
void attention_values_tail(const AttentionArgs& args, const AttentionTile& tile, float* acc, size_t h, size_t dim) {
  const size_t rest = args.head_dim_v - dim;
  float* out = acc + h * args.acc_stride + dim;
  F32x8 sums = load_n(out, rest) * set1(tile.correction[h]);
  for (size_t pos = 0; pos < tile.n_positions; ++pos) {
    sums = sums + set1(tile.p[h][pos]) * load_tail<Row>(tile.v + pos * args.head_dim_v * Row::kBytes, dim, rest);
  }
  store_n(out, sums, rest);
}

template <class Row>
void attention_accumulate(const AttentionArgs& args, const AttentionTile& tile, float* acc, size_t n_heads) {
  size_t h = 0;
  for (; h + 2 <= n_heads; h += 2) {
    size_t dim = 0;
    for (; dim + 32 <= args.head_dim_v; dim += 32) attention_values<Row, 2, 4>(args, tile, acc, h, dim);
    for (; dim + 8 <= args.head_dim_v; dim += 8) attention_values<Row, 2, 1>(args, tile, acc, h, dim);
    if (dim < args.head_dim_v) {
      attention_values_tail<Row>(args, tile, acc, h, dim);
      attention_values_tail<Row>(args, tile, acc, h + 1, dim);
    }
  }
  if (h == n_heads) return;
  size_t dim = 0;
  for (; dim + 64 <= args.head_dim_v; dim += 64) attention_values<Row, 1, 8>(args, tile, acc, h, dim);
  for (; dim + 8 <= args.head_dim_v; dim += 8) attention_values<Row, 1, 1>(args, tile, acc, h, dim);
  if (dim < args.head_dim_v) attention_values_tail<Row>(args, tile, acc, h, dim);
}

template <class Row>
void attention(const AttentionArgs& args) {
  AttentionTile tile;
  for (size_t pos = 0; pos < args.n_positions; pos += kAttentionTile) {
    tile.n_positions = args.n_positions - pos < kAttentionTile ? args.n_positions - pos : kAttentionTile;
    tile.k = static_cast<const uint8_t*>(args.k) + pos * args.head_dim * Row::kBytes;
    tile.v = static_cast<const uint8_t*>(args.v) + pos * args.head_dim_v * Row::kBytes;
    for (size_t q0 = 0; q0 < args.n_q; q0 += kAttentionHeads) {
      const size_t n_heads = args.n_q - q0 < kAttentionHeads ? args.n_q - q0 : kAttentionHeads;
      const float* q = args.q + q0 * args.q_stride;
      size_t h = 0;
      for (; h + 3 <= n_heads; h += 3) attention_scores<Row, 2, 3>(args, q, h, tile);
      if (n_heads - h == 2) attention_scores<Row, 2, 2>(args, q, h, tile);
      if (n_heads - h == 1) attention_scores<Row, 4, 1>(args, q, h, tile);
      for (h = 0; h < n_heads; ++h) {
        tile.correction[h] = attention_softmax(tile.p[h], tile.n_positions, args.m[q0 + h], args.l[q0 + h]);
      }
      attention_accumulate<Row>(args, tile, args.acc + q0 * args.acc_stride, n_heads);
    }
  }
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

// y = acc / l; zeros where no position was seen or every score was -infinity (l = 0).
inline void attention_finish(const AttentionState& state, uint32_t head_dim_v, float* y) {
  const F32x8 l = set1(*state.l == 0.0f ? bits_float(0x7f800000u) : *state.l);
  map(state.acc, head_dim_v, y, [&](const F32x8& v, size_t, size_t) { return v / l; });
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
