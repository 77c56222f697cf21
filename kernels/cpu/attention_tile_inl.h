// One tile of K and V as floats, and what some queries do with it.
//
// K lies transposed, so that a vector holds one element of several positions: the canonical 16 lanes of a dot product
// are then 16 sums one after the other, and their tree is vertical additions without a shuffle. Elements that the
// canonical order pads with zeros are left out: a sum that starts at +0 is never -0, so adding +0 changes nothing.
#pragma once

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

static_assert(kAttentionTile == 32 && kAttentionRange % kAttentionTile == 0);

// A row of a type in blocks; rows of floats are the Rows of lanes_inl.h.
template <class Format>
struct BlockRow {
  using Block = typename Format::Block;
  static size_t bytes(size_t n) { return n / Format::kBlockLen * sizeof(Block); }
  template <class Isa>
  static void decode(const uint8_t* row, size_t n, float* out) {
    const auto* block = reinterpret_cast<const Block*>(row);
    for (size_t i = 0; i < n; i += Format::kBlockLen) Isa::template decode<Format>(*block++, out + i);
  }
  static void encode(const float* x, size_t n, void* out) {
    auto* block = static_cast<Block*>(out);
    for (size_t i = 0; i < n; i += Format::kBlockLen) Format::encode(x + i, *block++);
  }
};
template <class Row>
concept FloatRow = requires {
  Row::kBytes;
};

template <class Row>
size_t row_bytes(size_t n) {
  if constexpr (FloatRow<Row>) {
    return n * Row::kBytes;
  } else {
    return Row::bytes(n);
  }
}

// The vectors of an ISA for attention, and its register tiles: kScoreQ queries by kScoreV vectors of positions, kValueQ
// queries by kValueV vectors of dimensions. Up to kRowQueries queries, transposing K does not pay.
struct Attention8 {
  using Vec = F32x8;
  static constexpr size_t kWidth = 8, kScoreQ = 4, kScoreV = 2, kValueQ = 2, kValueV = 4;
  static constexpr size_t kValueAlone = 8, kRowQueries = 4;
  static Vec broadcast(float x) { return set1(x); }
  static Vec read(const float* p) { return load(p); }
  template <class Row>
  static Vec read_row(const uint8_t* row, size_t i) {
    return Row::load8(row, i);
  }
  template <class Format>
  static void decode(const typename Format::Block& block, float* out) {
    Format::decode(block, out);
  }
};

inline constexpr size_t kAttentionQueries = 8;  // that pass over a tile together

// Some positions, at most kAttentionTile, of one K/V head.
struct AttentionTile {
  uint32_t begin, n;
  const float* kt;   // [head_dim, kAttentionTile], zeros from n on; null: from `k`
  const uint8_t* k;  // [n, head_dim] as in the cache
  const uint8_t* v;  // [n, head_dim_v]: floats where K is transposed, else as in the cache
};

// Queries that pass over a tile together.
struct AttentionGroup {
  size_t n;
  const float* q[kAttentionQueries];
  uint32_t lo[kAttentionQueries], hi[kAttentionQueries];  // positions of the tile that each sees: at least one
  float p[kAttentionQueries][kAttentionTile];             // scores, then weights
  float correction[kAttentionQueries];                    // factor for what was accumulated before
  float* acc;                                             // [n, head_dim_v]
};

// [n, dim] floats of n rows: where they lie if they are floats, else written to `out`.
template <class Row, class Isa>
const float* float_rows(const uint8_t* rows, size_t n, size_t dim, float* out) {
  if constexpr (!FloatRow<Row>) {
    Row::template decode<Isa>(rows, n * dim, out);  // dim is whole blocks, so the rows are one
  } else if constexpr (Row::kBytes == sizeof(float)) {
    return reinterpret_cast<const float*>(rows);
  } else {
    const size_t total = n * dim;
    size_t i = 0;
    for (; i + 8 <= total; i += 8) store(out + i, Row::load8(rows, i));
    if (i < total) store_n(out + i, load_tail<Row>(rows, i, total - i), total - i);
  }
  return out;
}

// kt[i, pos] = element i of row pos; zeros for pos >= n. `scratch`: [n, dim].
template <class Row, class Isa>
void transpose_rows(const uint8_t* rows, size_t n, size_t dim, float* kt, float* scratch) {
  if constexpr (!FloatRow<Row>) {
    const float* floats = float_rows<Row, Isa>(rows, n, dim, scratch);
    transpose_rows<F32Row, Isa>(reinterpret_cast<const uint8_t*>(floats), n, dim, kt, scratch);
  } else {
    for (size_t pos = 0; pos < kAttentionTile; pos += 8) {
      for (size_t i = 0; i < dim; i += 8) {
        const size_t rest = dim - i < 8 ? dim - i : 8;
        F32x8 block[8];
        for (size_t j = 0; j < 8; ++j) {
          const uint8_t* row = rows + (pos + j) * dim * Row::kBytes;
          block[j] = pos + j >= n ? zero() : rest == 8 ? Row::load8(row, i) : load_tail<Row>(row, i, rest);
        }
        transpose_8x8(block);
        for (size_t j = 0; j < rest; ++j) store(kt + (i + j) * kAttentionTile + pos, block[j]);
      }
    }
  }
}

// Sums of Q queries for P vectors of positions.
template <class Isa, size_t Q, size_t P>
struct ScoreSums {
  typename Isa::Vec v[Q][P];
  WC_ALWAYS_INLINE void add(const ScoreSums& other) {
    for (size_t a = 0; a < Q; ++a) {
      for (size_t b = 0; b < P; ++b) v[a][b] = v[a][b] + other.v[a][b];
    }
  }
};

// What lanes lane, lane + step, lane + 2 step, ... of the canonical 16 add up to, in the order of their tree: the sum
// of a lane is the products of every 16th element. `kt`: from the first of the positions.
template <class Isa, size_t Q, size_t P, size_t kStep>
WC_ALWAYS_INLINE void score_lanes(const float* kt, const float* const* q, size_t head_dim, size_t lane,
                                  ScoreSums<Isa, Q, P>& sums) {
  if constexpr (kStep < kLanes) {
    ScoreSums<Isa, Q, P> second;
    score_lanes<Isa, Q, P, 2 * kStep>(kt, q, head_dim, lane, sums);
    score_lanes<Isa, Q, P, 2 * kStep>(kt, q, head_dim, lane + kStep, second);
    return sums.add(second);
  }
  for (size_t a = 0; a < Q; ++a) {
    for (size_t b = 0; b < P; ++b) sums.v[a][b] = Isa::broadcast(0.0f);
  }
  for (size_t i = lane; i < head_dim; i += kLanes) {
    typename Isa::Vec k[P];
    for (size_t b = 0; b < P; ++b) k[b] = Isa::read(kt + i * kAttentionTile + Isa::kWidth * b);
    for (size_t a = 0; a < Q; ++a) {
      const typename Isa::Vec x = Isa::broadcast(q[a][i]);
      for (size_t b = 0; b < P; ++b) sums.v[a][b] = sums.v[a][b] + k[b] * x;
    }
  }
}

// Scores of queries [first, first + Q) of the group for P vectors of positions from pos. Four lanes are added up in
// registers, the fours in memory.
template <class Isa, size_t Q, size_t P>
void attention_scores(const AttentionArgs& args, const AttentionTile& tile, AttentionGroup& group, size_t first,
                      size_t pos) {
  const float* const* q = group.q + first;
  ScoreSums<Isa, Q, P> fours[4];
  for (size_t i = 0; i < 4; ++i) score_lanes<Isa, Q, P, 4>(tile.kt + pos, q, args.head_dim, i, fours[i]);
  for (size_t i = 0; i < 2; ++i) fours[i].add(fours[i + 2]);
  fours[0].add(fours[1]);
  const auto scale = Isa::broadcast(args.scale);
  for (size_t a = 0; a < Q; ++a) {
    for (size_t b = 0; b < P; ++b) store(group.p[first + a] + pos + Isa::kWidth * b, scale * fours[0].v[a][b]);
  }
}

// The same scores from rows as they lie in the cache: less work where few queries share a tile.
template <class Row, size_t R, size_t Q>
void attention_row_scores(const AttentionArgs& args, const AttentionTile& tile, AttentionGroup& group, size_t first) {
  for (size_t pos = 0; pos < tile.n; pos += R) {
    const size_t count = tile.n - pos < R ? tile.n - pos : R;
    const uint8_t* k[R];
    for (size_t r = 0; r < R; ++r) k[r] = tile.k + (pos + (r < count ? r : count - 1)) * args.head_dim * Row::kBytes;
    float out[R * Q];
    dot_tile<Row, R, Q>(k, group.q + first, args.head_dim, out);
    for (size_t r = 0; r < count; ++r) {
      for (size_t a = 0; a < Q; ++a) group.p[first + a][pos + r] = args.scale * out[r * Q + a];
    }
  }
}

template <class Row>
void attention_all_row_scores(const AttentionArgs& args, const AttentionTile& tile, AttentionGroup& group) {
  size_t a = 0;
  for (; a + 3 <= group.n; a += 3) attention_row_scores<Row, 2, 3>(args, tile, group, a);
  if (group.n - a == 2) attention_row_scores<Row, 2, 2>(args, tile, group, a);
  if (group.n - a == 1) attention_row_scores<Row, 4, 1>(args, tile, group, a);
}

template <class Isa>
void attention_all_scores(const AttentionArgs& args, const AttentionTile& tile, AttentionGroup& group) {
  constexpr size_t kQ = Isa::kScoreQ, kStep = Isa::kScoreV * Isa::kWidth;
  static_assert(kAttentionTile % kStep == 0);
  for (size_t pos = 0; pos < tile.n; pos += kStep) {
    size_t a = 0;
    for (; a + kQ <= group.n; a += kQ) attention_scores<Isa, kQ, Isa::kScoreV>(args, tile, group, a, pos);
    for (; a + 2 <= group.n; a += 2) attention_scores<Isa, 2, Isa::kScoreV>(args, tile, group, a, pos);
    if (a < group.n) attention_scores<Isa, 1, Isa::kScoreV>(args, tile, group, a, pos);
  }
}

// acc of queries [first, first + Q), which see the same positions, over D vectors of dimensions from dim. `Row`: the
// type of V.
template <class Isa, class Row, size_t Q, size_t D>
void attention_values(const AttentionArgs& args, const AttentionTile& tile, const AttentionGroup& group, size_t first,
                      size_t dim) {
  using Vec = typename Isa::Vec;
  const size_t row_bytes = args.head_dim_v * Row::kBytes;
  float* acc = group.acc + first * args.head_dim_v + dim;
  Vec sums[Q][D];
  for (size_t a = 0; a < Q; ++a) {
    const Vec correction = Isa::broadcast(group.correction[first + a]);
    for (size_t d = 0; d < D; ++d) {
      sums[a][d] = Isa::read(acc + a * args.head_dim_v + Isa::kWidth * d) * correction;
    }
  }
  const uint8_t* v = tile.v + group.lo[first] * row_bytes;
  for (size_t pos = group.lo[first]; pos < group.hi[first]; ++pos, v += row_bytes) {
    Vec weight[Q];
    for (size_t a = 0; a < Q; ++a) weight[a] = Isa::broadcast(group.p[first + a][pos]);
    for (size_t d = 0; d < D; ++d) {
      const Vec value = Isa::template read_row<Row>(v, dim + Isa::kWidth * d);
      for (size_t a = 0; a < Q; ++a) sums[a][d] = sums[a][d] + weight[a] * value;
    }
  }
  for (size_t a = 0; a < Q; ++a) {
    for (size_t d = 0; d < D; ++d) store(acc + a * args.head_dim_v + Isa::kWidth * d, sums[a][d]);
  }
}

// The last dimensions, fewer than eight, of one query.
template <class Row>
void attention_values_tail(const AttentionArgs& args, const AttentionTile& tile, const AttentionGroup& group, size_t a,
                           size_t dim) {
  const size_t rest = args.head_dim_v - dim;
  float* acc = group.acc + a * args.head_dim_v + dim;
  F32x8 sums = load_n(acc, rest) * set1(group.correction[a]);
  for (size_t pos = group.lo[a]; pos < group.hi[a]; ++pos) {
    sums = sums + set1(group.p[a][pos]) * load_tail<Row>(tile.v + pos * args.head_dim_v * Row::kBytes, dim, rest);
  }
  store_n(acc, sums, rest);
}

// acc of queries [first, first + Q), which see the same positions.
template <class Isa, class Row, size_t Q>
void attention_accumulate(const AttentionArgs& args, const AttentionTile& tile, const AttentionGroup& group,
                          size_t first) {
  constexpr size_t kD = Q == 1 ? Isa::kValueAlone : Isa::kValueV, kStep = kD * Isa::kWidth;
  size_t dim = 0;
  for (; dim + kStep <= args.head_dim_v; dim += kStep) {
    attention_values<Isa, Row, Q, kD>(args, tile, group, first, dim);
  }
  for (; dim + 8 <= args.head_dim_v; dim += 8) attention_values<Attention8, Row, Q, 1>(args, tile, group, first, dim);
  if (dim == args.head_dim_v) return;
  for (size_t a = first; a < first + Q; ++a) attention_values_tail<Row>(args, tile, group, a, dim);
}

template <class Isa, class Row>
void attention_all_values(const AttentionArgs& args, const AttentionTile& tile, const AttentionGroup& group) {
  constexpr size_t kQ = Isa::kValueQ;
  for (size_t a = 0; a < group.n;) {
    size_t same = 1;
    while (same < kQ && a + same < group.n && group.lo[a + same] == group.lo[a] && group.hi[a + same] == group.hi[a]) {
      ++same;
    }
    if (same == kQ) {
      attention_accumulate<Isa, Row, kQ>(args, tile, group, a);
      a += kQ;
    } else {
      attention_accumulate<Isa, Row, 1>(args, tile, group, a++);
    }
  }
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
