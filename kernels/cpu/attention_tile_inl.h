// One tile of K and V, and what some queries do with it.
//
// K lies transposed, so that a vector holds one element of several positions: the canonical 16 lanes of a dot product
// are then 16 sums one after the other, and their tree is vertical additions without a shuffle. What adds zeros is left
// out, a lane's start at +0 and the elements that the canonical order pads: it only decides that no sum is -0, and so
// does one +0 that is added to the whole.
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

// Floats that a tile of the cache was converted to.
struct ConvertedRow : F32Row {};
template <class Row>
inline constexpr bool kStreamed = true;
template <>
inline constexpr bool kStreamed<ConvertedRow> = false;

// Asks for kBytes of the next tile, as far in it as `used` is in this one, between the arithmetic of several queries,
// which hides the wait. Fewer read in the order in which K and V lie, and the hardware fetches that ahead better.
template <class Row, size_t kBytes>
WC_ALWAYS_INLINE void prefetch_next(const uint8_t* used, size_t tile_bytes) {
  if constexpr (kStreamed<Row>) {
    for (size_t i = 0; i < kBytes; i += 64) prefetch(used + tile_bytes + i);
  }
}
inline constexpr size_t kPrefetchQueries = 4;

template <class Row>
size_t row_bytes(size_t n) {
  if constexpr (FloatRow<Row>) {
    return n * Row::kBytes;
  } else {
    return Row::bytes(n);
  }
}

// The vectors of an ISA for attention, and its register tiles: kScoreQ queries by kScoreV vectors of positions, kValueQ
// queries by kValueV vectors of dimensions; with kEight, eight queries by half as many vectors where there are eight.
// Up to kDirectQueries queries, K and V that are no floats are converted as often as they are used, not once into
// memory.
struct Attention8 {
  using Vec = F32x8;
  static constexpr size_t kWidth = 8, kScoreQ = 4, kScoreV = 2, kValueQ = 2, kValueV = 4;
  static constexpr size_t kValueAlone = 8, kDirectQueries = 4;
  static constexpr bool kEight = false;
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
  // Of the vectors of a tile.
  static F32x8 largest(const Vec* x) { return max(max(x[0], x[1]), max(x[2], x[3])); }
  static F32x8 total(const Vec* x) { return (x[0] + x[1]) + (x[2] + x[3]); }
};

inline constexpr size_t kAttentionQueries = 8;  // that pass over a tile together

// Some positions, at most kAttentionTile, of one K/V head: floats, or as in the cache.
struct AttentionTile {
  uint32_t begin, n;
  const uint8_t* k;  // [head_dim, kAttentionTile], anything from position n on
  const uint8_t* v;  // [n, head_dim_v]
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

// n elements as floats: where they lie if they are floats, else written to `out`.
template <class Row, class Isa>
const uint8_t* as_floats(const uint8_t* in, size_t n, float* out) {
  if constexpr (!FloatRow<Row>) {
    Row::template decode<Isa>(in, n, out);  // rows are whole blocks
  } else if constexpr (Row::kBytes == sizeof(float)) {
    return in;
  } else {
    size_t i = 0;
    for (; i + Isa::kWidth <= n; i += Isa::kWidth) store(out + i, Isa::template read_row<Row>(in, i));
    for (; i + 8 <= n; i += 8) store(out + i, Row::load8(in, i));
    if (i < n) store_n(out + i, load_tail<Row>(in, i, n - i), n - i);
  }
  return reinterpret_cast<const uint8_t*>(out);
}

// kt[i, pos] = element i of row pos < n. `dim` is a multiple of 8.
inline void transpose_rows(const float* rows, size_t n, size_t dim, float* kt) {
  for (size_t pos = 0; pos < n; pos += 8) {
    for (size_t i = 0; i < dim; i += 8) {
      F32x8 block[8];
      for (size_t j = 0; j < 8; ++j) block[j] = pos + j < n ? load(rows + (pos + j) * dim + i) : zero();
      transpose_8x8(block);
      for (size_t j = 0; j < 8; ++j) store(kt + (i + j) * kAttentionTile + pos, block[j]);
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
// of a lane is the products of every 16th element. `pos`: the first of the positions.
template <class Isa, class Row, size_t Q, size_t P, size_t kStep>
WC_ALWAYS_INLINE void score_lanes(const uint8_t* kt, size_t pos, const float* const* q, size_t head_dim, size_t lane,
                                  ScoreSums<Isa, Q, P>& sums) {
  if constexpr (kStep < kLanes) {
    ScoreSums<Isa, Q, P> second;
    score_lanes<Isa, Row, Q, P, 2 * kStep>(kt, pos, q, head_dim, lane, sums);
    score_lanes<Isa, Row, Q, P, 2 * kStep>(kt, pos, q, head_dim, lane + kStep, second);
    return sums.add(second);
  }
  const size_t tile_bytes = kAttentionTile * head_dim * Row::kBytes;
  const auto pass = [&](size_t i, auto use) WC_INLINE_LAMBDA {
    typename Isa::Vec k[P];
    const size_t at = i * kAttentionTile + pos;
    for (size_t b = 0; b < P; ++b) k[b] = Isa::template read_row<Row>(kt, at + Isa::kWidth * b);
    prefetch_next<Row, P * Isa::kWidth * Row::kBytes>(kt + at * Row::kBytes, tile_bytes);
    for (size_t a = 0; a < Q; ++a) {
      const typename Isa::Vec x = Isa::broadcast(q[a][i]);
      for (size_t b = 0; b < P; ++b) use(sums.v[a][b], k[b] * x);
    }
  };
  if (lane < head_dim) {
    pass(lane, [](auto& sum, auto product) WC_INLINE_LAMBDA { sum = product; });
  } else {
    for (size_t a = 0; a < Q; ++a) {
      for (size_t b = 0; b < P; ++b) sums.v[a][b] = Isa::broadcast(0.0f);
    }
  }
  for (size_t i = lane + kLanes; i < head_dim; i += kLanes) {
    pass(i, [](auto& sum, auto product) WC_INLINE_LAMBDA { sum = sum + product; });
  }
}

// Scores of queries [first, first + Q) of the group for P vectors of positions from pos. Four lanes are added up in
// registers, the fours in memory.
template <class Isa, class Row, size_t Q, size_t P>
void attention_scores(const AttentionArgs& args, const AttentionTile& tile, AttentionGroup& group, size_t first,
                      size_t pos) {
  const float* const* q = group.q + first;
  ScoreSums<Isa, Q, P> fours[4];
  for (size_t i = 0; i < 4; ++i) score_lanes<Isa, Row, Q, P, 4>(tile.k, pos, q, args.head_dim, i, fours[i]);
  for (size_t i = 0; i < 2; ++i) fours[i].add(fours[i + 2]);
  fours[0].add(fours[1]);
  const auto scale = Isa::broadcast(args.scale), nothing = Isa::broadcast(0.0f);
  for (size_t a = 0; a < Q; ++a) {
    for (size_t b = 0; b < P; ++b) {
      store(group.p[first + a] + pos + Isa::kWidth * b, scale * (fours[0].v[a][b] + nothing));
    }
  }
}

// Scores of query a of the group for a vector of positions from pos, the tile read in order: one sum for each lane.
template <class Isa, class Row>
void attention_scores_alone(const AttentionArgs& args, const AttentionTile& tile, AttentionGroup& group, size_t a,
                            size_t pos) {
  using Vec = typename Isa::Vec;
  Vec lanes[kLanes];
  for (Vec& lane : lanes) lane = Isa::broadcast(0.0f);
  const auto add = [&, q = group.q[a]](size_t i, Vec& lane) WC_INLINE_LAMBDA {
    lane = lane + Isa::template read_row<Row>(tile.k, i * kAttentionTile + pos) * Isa::broadcast(q[i]);
  };
  size_t i = 0;
  for (; i + kLanes <= args.head_dim; i += kLanes) {
#pragma GCC unroll 16
    for (size_t lane = 0; lane < kLanes; ++lane) add(i + lane, lanes[lane]);
  }
  for (size_t lane = 0; i < args.head_dim; ++i, ++lane) add(i, lanes[lane]);
  for (size_t half = kLanes / 2; half > 0; half /= 2) {
    for (size_t lane = 0; lane < half; ++lane) lanes[lane] = lanes[lane] + lanes[lane + half];
  }
  store(group.p[a] + pos, Isa::broadcast(args.scale) * lanes[0]);
}

// attention_scores for all positions of the tile.
template <class Isa, class Row, size_t Q, size_t P>
void attention_tile_scores(const AttentionArgs& args, const AttentionTile& tile, AttentionGroup& group, size_t first) {
  constexpr size_t kStep = P * Isa::kWidth;
  static_assert(kAttentionTile % kStep == 0);
  for (size_t pos = 0; pos < tile.n; pos += kStep) attention_scores<Isa, Row, Q, P>(args, tile, group, first, pos);
}

template <class Isa, class Row>
void attention_all_scores(const AttentionArgs& args, const AttentionTile& tile, AttentionGroup& group) {
  constexpr size_t kQ = Isa::kScoreQ, kV = Isa::kScoreV;
  size_t a = 0;
  if constexpr (Isa::kEight) {
    for (; a + 8 <= group.n; a += 8) attention_tile_scores<Isa, Row, 8, kV / 2>(args, tile, group, a);
  }
  for (; a + kQ <= group.n; a += kQ) attention_tile_scores<Isa, Row, kQ, kV>(args, tile, group, a);
  if constexpr (!kStreamed<Row>) {
    for (; a + 2 <= group.n; a += 2) attention_tile_scores<Isa, Row, 2, kV>(args, tile, group, a);
    if (a < group.n) attention_tile_scores<Isa, Row, 1, kV>(args, tile, group, a);
  } else {
    for (; a < group.n; ++a) {
      for (size_t pos = 0; pos < tile.n; pos += Isa::kWidth)
        attention_scores_alone<Isa, Row>(args, tile, group, a, pos);
    }
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
    if (group.n >= kPrefetchQueries) {
      prefetch_next<Row, D * Isa::kWidth * Row::kBytes>(v + dim * Row::kBytes, kAttentionTile * row_bytes);
    }
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
  constexpr size_t kD = Q == 1 ? Isa::kValueAlone : Q == 8 ? Isa::kValueV / 2 : Isa::kValueV;
  constexpr size_t kStep = kD * Isa::kWidth;
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
    size_t end = a + 1;
    while (end < group.n && group.lo[end] == group.lo[a] && group.hi[end] == group.hi[a]) ++end;
    if constexpr (Isa::kEight) {
      for (; a + 8 <= end; a += 8) attention_accumulate<Isa, Row, 8>(args, tile, group, a);
    }
    for (; a + kQ <= end; a += kQ) attention_accumulate<Isa, Row, kQ>(args, tile, group, a);
    for (; a < end; ++a) attention_accumulate<Isa, Row, 1>(args, tile, group, a);
  }
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
