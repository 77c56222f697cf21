// Attention on every ISA and K/V type.
#include <algorithm>

#include "tests/conformance/kernel_cases.h"

namespace wasmchord::conformance::attention_cases {
namespace {

using kernels::KvType;

constexpr uint32_t kTile = kernels::kAttentionTile;

struct TypeInfo {
  const char* name;
  KvType type;
  uint32_t format, block_len, block_bytes;  // as in formats.def
};
constexpr TypeInfo kTypes[] = {{"F32", KvType::kF32, 0, 1, 4},
                               {"F16", KvType::kF16, 1, 1, 2},
                               {"Q8_0", KvType::kQ8_0, 8, 32, 34},
                               {"Q4_0", KvType::kQ4_0, 2, 32, 18}};

struct Shape {
  uint32_t n_heads, head_dim, head_dim_v, position;  // of the first token
  uint32_t n_tokens = 1, window = 0;
  float softcap = 0;
  bool alibi = false;
};

// Some tokens that attend, the last of them at the last position.
struct Case : Shape {
  TypeInfo type;
  uint32_t n_positions;
  std::vector<float> q, k, v;  // [position, dimension], as `type` holds K and V
  std::vector<uint8_t> k_tiles, v_rows;

  size_t row_bytes(uint32_t dim) const { return size_t{dim} / type.block_len * type.block_bytes; }
  float slope(uint32_t head) const { return alibi ? std::ldexp(0.75f, -static_cast<int>(head)) : 0.0f; }
  size_t n_queries() const { return size_t{n_tokens} * n_heads; }
};

std::vector<uint8_t> stored(const KernelTable& table, const TypeInfo& type, const std::vector<float>& x) {
  std::vector<uint8_t> rows(x.size() / type.block_len * type.block_bytes);
  table.kv_store[static_cast<size_t>(type.type)](x.data(), x.size(), rows.data());
  return rows;
}

// Whole tiles: positions of the last one that there are not hold bytes of ones, NaN in floats.
std::vector<uint8_t> stored_keys(const KernelTable& table, const Case& c) {
  const uint32_t n_positions = (c.n_positions + kTile - 1) / kTile * kTile;
  std::vector<uint8_t> tiles(n_positions * c.row_bytes(c.head_dim), 0xff);
  for (uint32_t p = 0; p < c.n_positions; ++p) {
    const float* key = c.k.data() + size_t{p} * c.head_dim;
    table.kv_store_key[static_cast<size_t>(c.type.type)](key, c.head_dim, p, tiles.data());
  }
  return tiles;
}

void store_again(Case& c) {
  const KernelTable& table = scalar_table();
  c.k_tiles = stored_keys(table, c);
  c.v_rows = stored(table, c.type, c.v);
  table.formats[c.type.format].dequantize(stored(table, c.type, c.k).data(), c.k.data(), c.k.size());
  table.formats[c.type.format].dequantize(c.v_rows.data(), c.v.data(), c.v.size());
}

// Dimensions become whole blocks of the type.
Case make_case(const TypeInfo& type, Shape shape) {
  const auto whole = [&](uint32_t n) { return (n + type.block_len - 1) / type.block_len * type.block_len; };
  shape.head_dim = whole(shape.head_dim), shape.head_dim_v = whole(shape.head_dim_v);
  Case c{shape, type, shape.position + shape.n_tokens, {}, {}, {}, {}, {}};
  c.q = random_floats(c.n_queries() * c.head_dim, 1);
  c.k = random_floats(size_t{c.n_positions} * c.head_dim, 2);
  c.v = random_floats(size_t{c.n_positions} * c.head_dim_v, 3);
  store_again(c);
  return c;
}

uint32_t first_seen(const Case& c, uint32_t t) {
  const uint32_t after = c.position + t + 1;
  return c.window == 0 ? 0 : after - std::min(after, c.window);
}

float score_scale(const Case& c) { return 1.0f / std::sqrt(static_cast<float>(c.head_dim)); }

struct State {
  uint32_t head_dim_v;
  std::vector<float> m, l, acc;
  explicit State(const Case& c)
      : head_dim_v(c.head_dim_v), m(c.n_queries(), -kInfinity), l(m.size()), acc(m.size() * head_dim_v) {}
  std::vector<float> all() const {
    std::vector<float> values = m;
    values.insert(values.end(), l.begin(), l.end());
    values.insert(values.end(), acc.begin(), acc.end());
    return values;
  }
  kernels::AttentionState of(size_t query) { return {&m[query], &l[query], acc.data() + query * head_dim_v}; }
};

// Part of a case: positions from a multiple of the tile on, tokens, and heads of each.
struct Part {
  uint32_t begin, end;
  uint32_t token, n_tokens;
  uint32_t head, n_heads;
};

Part all_of(const Case& c) { return {0, c.n_positions, 0, c.n_tokens, 0, c.n_heads}; }

// Adds a part into `state`. Buffers end where positions or their tile end; scratch is as small as the contract says.
void run(const KernelTable& table, const Case& c, const Part& part, State& state) {
  State own(c);
  const auto queries = [&](auto use) {  // query of the case, query of the part
    for (uint32_t t = 0; t < part.n_tokens; ++t) {
      for (uint32_t h = 0; h < part.n_heads; ++h) {
        use(size_t{part.token + t} * c.n_heads + part.head + h, size_t{t} * part.n_heads + h);
      }
    }
  };
  const auto copy = [&](State& from, size_t i, State& to, size_t j) {
    to.m[j] = from.m[i], to.l[j] = from.l[i];
    std::copy_n(from.of(i).acc, c.head_dim_v, to.of(j).acc);
  };
  queries([&](size_t whole, size_t i) { copy(state, whole, own, i); });
  std::vector<float> scratch(kTile * (c.head_dim + std::max(c.head_dim, c.head_dim_v)), kNan);
  kernels::AttentionArgs args;
  args.q = c.q.data() + (size_t{part.token} * c.n_heads + part.head) * c.head_dim;
  args.q_stride = size_t{c.n_heads} * c.head_dim;
  args.k = c.k_tiles.data() + part.begin * c.row_bytes(c.head_dim);
  args.v = c.v_rows.data() + part.begin * c.row_bytes(c.head_dim_v);
  args.begin = part.begin, args.end = part.end;
  args.position = c.position + part.token, args.window = c.window;
  args.n_tokens = part.n_tokens, args.n_heads = part.n_heads;
  args.head_dim = c.head_dim, args.head_dim_v = c.head_dim_v;
  args.scale = score_scale(c), args.softcap = c.softcap;
  std::vector<float> slopes;
  for (uint32_t h = 0; h < part.n_heads; ++h) slopes.push_back(c.slope(part.head + h));
  if (c.alibi) args.slopes = slopes.data();
  args.m = own.m.data(), args.l = own.l.data(), args.acc = own.acc.data(), args.scratch = scratch.data();
  table.attention[static_cast<size_t>(c.type.type)](args);
  queries([&](size_t whole, size_t i) { copy(own, i, state, whole); });
}

State run_all(const KernelTable& table, const Case& c) {
  State state(c);
  run(table, c, all_of(c), state);
  return state;
}

std::vector<Case> cases(const TypeInfo& type) {
  std::vector<Case> all;
  for (const uint32_t dim : {1u, 2u, 8u, 20u, 64u, 80u, 128u, 256u}) {
    if (type.block_len > 1 && dim % 64 != 0) continue;
    for (const uint32_t position : {0u, 1u, 30u, 31u, 32u, 99u}) {
      for (const uint32_t n_heads : {1u, 4u, 5u}) all.push_back(make_case(type, {n_heads, dim, dim, position}));
    }
  }
  for (const uint32_t n_heads : {2u, 3u, 6u, 7u, 8u, 13u}) all.push_back(make_case(type, {n_heads, 64, 40, 70}));
  for (const uint32_t n_heads : {1u, 2u, 3u, 8u}) {
    for (const uint32_t window : {0u, 1u, 5u, 32u, 45u}) {
      all.push_back(make_case(type, {n_heads, 64, 96, 0, 40, window}));
      all.push_back(make_case(type, {n_heads, 40, 20, 57, 9, window}));
      all.push_back(make_case(type, {n_heads, 24, 24, 57, 9, window, 0.5f}));
      all.push_back(make_case(type, {n_heads, 24, 24, 57, 9, window, 0.0f, true}));
      all.push_back(make_case(type, {n_heads, 24, 24, 57, 9, window, 2.0f, true}));
    }
  }
  return all;
}

std::string name_of(const Case& c) {
  return std::to_string(c.n_heads) + " heads of " + std::to_string(c.head_dim) + ", " + std::to_string(c.n_tokens) +
         " tokens at " + std::to_string(c.position) + ", window " + std::to_string(c.window);
}

std::vector<float> finish(const KernelTable& table, State state) {
  std::vector<float> y(state.acc.size());
  for (size_t i = 0; i < state.m.size(); ++i) {
    table.attention_finish(state.of(i), state.head_dim_v, y.data() + i * state.head_dim_v);
  }
  return y;
}

// A score is off by (head_dim / 16 + 8) eps |q| |k| scale at most, a weight by that much relative, an output by twice.
void check_query(const Case& c, uint32_t t, uint32_t h, const float* y) {
  std::vector<double> scores(c.n_positions);
  const float* q = c.q.data() + (size_t{t} * c.n_heads + h) * c.head_dim;
  const uint32_t first = first_seen(c, t), end = c.position + t + 1;
  double largest = -HUGE_VAL, total = 0, norm = 0;
  for (uint32_t p = first; p < end; ++p) {
    double size = 0;
    for (uint32_t i = 0; i < c.head_dim; ++i) {
      const double product = double{q[i]} * c.k[size_t{p} * c.head_dim + i] * score_scale(c);
      scores[p] += product, size += std::fabs(product);
    }
    if (c.softcap != 0) scores[p] = c.softcap * std::tanh(scores[p] / c.softcap), size += c.softcap;
    const double bias = double{c.slope(h)} * (c.position + t - p);
    scores[p] -= bias, size += bias;
    largest = std::max(largest, scores[p]), norm = std::max(norm, size);
  }
  for (uint32_t p = first; p < end; ++p) total += scores[p] = std::exp(scores[p] - largest);
  for (uint32_t d = 0; d < c.head_dim_v; ++d) {
    double expected = 0, size = 0;
    for (uint32_t p = first; p < end; ++p) {
      const double term = scores[p] / total * c.v[size_t{p} * c.head_dim_v + d];
      expected += term, size += std::fabs(term);
    }
    const double tolerance = ((c.head_dim / 16 + 8) * norm * 2 + c.n_positions + 8) * kEps * size;
    ASSERT_NEAR(y[d], expected, tolerance) << name_of(c);
  }
}

void check_oracle(const KernelTable& table, const TypeInfo& type) {
  for (const Case& c : cases(type)) {
    const std::vector<float> y = finish(table, run_all(table, c));
    for (uint32_t t = 0; t < c.n_tokens; ++t) {
      for (uint32_t h = 0; h < c.n_heads; ++h) {
        check_query(c, t, h, y.data() + (size_t{t} * c.n_heads + h) * c.head_dim_v);
      }
    }
  }
}

void check_scalar_bits(const KernelTable& table, const TypeInfo& type) {
  for (const Case& c : cases(type)) {
    const State state = run_all(table, c), expected = run_all(scalar_table(), c);
    ASSERT_TRUE(same_bits(state.all(), expected.all())) << name_of(c);
    ASSERT_TRUE(same_bits(finish(table, state), finish(scalar_table(), expected)));
  }
}

// Over the floats that a type decodes to, F32 gives the same bits.
void check_kv_types(const KernelTable& table, const TypeInfo& type) {
  for (const Case& c : cases(type)) {
    Case floats = c;
    floats.type = kTypes[0];
    store_again(floats);
    ASSERT_TRUE(same_bits(run_all(table, c).all(), run_all(table, floats).all())) << name_of(c);
  }
}

// Tokens and heads one by one, in twos and threes: the same bits as all at once.
void check_queries_alone(const KernelTable& table, const TypeInfo& type) {
  for (const uint32_t window : {0u, 37u}) {
    const Case c = make_case(type, {7, 48, 44, 85, 11, window});
    const std::vector<float> whole = run_all(table, c).all();
    for (const uint32_t tokens : {1u, 2u, 3u, 11u}) {
      for (const uint32_t heads : {1u, 2u, 3u, 5u, 7u}) {
        State state(c);
        for (uint32_t t = 0; t < c.n_tokens; t += tokens) {
          for (uint32_t h = 0; h < c.n_heads; h += heads) {
            const Part part{0, c.n_positions, t, std::min(tokens, c.n_tokens - t), h, std::min(heads, c.n_heads - h)};
            run(table, c, part, state);
          }
        }
        ASSERT_TRUE(same_bits(state.all(), whole)) << tokens << " x " << heads << ", window " << window;
      }
    }
  }
}

void check_position_splits(const KernelTable& table, const TypeInfo& type) {
  for (const uint32_t window : {0u, 40u}) {
    const Case c = make_case(type, {5, 80, 80, 5 * kTile - 20, 27, window});
    const std::vector<float> whole = run_all(table, c).all();
    for (uint32_t a = 0; a <= 5; ++a) {
      for (uint32_t b = a; b <= 5; ++b) {
        State state(c);
        Part part = all_of(c);
        for (const auto& [begin, end] :
             {std::pair{0u, a * kTile}, {a * kTile, b * kTile}, {b * kTile, c.n_positions}}) {
          part.begin = begin, part.end = end;
          run(table, c, part, state);
        }
        ASSERT_TRUE(same_bits(state.all(), whole)) << a << " " << b;
      }
    }
  }
}

void check_merge(const KernelTable& table, const TypeInfo& type) {
  for (const uint32_t head_dim_v : {1u, 7u, 8u, 20u, 128u}) {
    const Case c = make_case(type, {3, 24, head_dim_v, 199});
    const std::vector<float> whole = finish(table, run_all(table, c));
    for (const uint32_t split : {0u, kTile, 4 * kTile, 6 * kTile}) {
      const auto merged = [&](const KernelTable& t) {
        State first(c), second(c);
        Part part = all_of(c);
        part.end = split;
        run(t, c, part, first);
        part.begin = split, part.end = c.n_positions;
        run(t, c, part, second);
        for (uint32_t h = 0; h < c.n_heads; ++h) t.attention_merge(second.of(h), first.of(h), c.head_dim_v);
        return finish(t, first);
      };
      const std::vector<float> y = merged(table);
      ASSERT_TRUE(same_bits(y, merged(scalar_table()))) << head_dim_v;
      for (size_t i = 0; i < y.size(); ++i) ASSERT_NEAR(y[i], whole[i], 1e-5) << split;
    }
  }
}

// A sink is a further score whose value is zero.
void check_sink(const KernelTable& table, const TypeInfo& type) {
  for (const uint32_t head_dim_v : {1u, 8u, 20u, 128u}) {
    const Case c = make_case(type, {3, 24, head_dim_v, 99});
    const State before = run_all(table, c);
    for (const float sink : {-kInfinity, -30.0f, 0.25f, 40.0f, kNan}) {
      const auto with_sink = [&](const KernelTable& t) {
        State state = before;
        for (uint32_t h = 0; h < c.n_heads; ++h) t.attention_sink(sink, state.of(h), c.head_dim_v);
        return finish(t, state);
      };
      const std::vector<float> y = with_sink(table), plain = finish(table, before);
      ASSERT_TRUE(same_bits(y, with_sink(scalar_table()))) << sink;
      for (size_t i = 0; i < y.size(); ++i) {
        const size_t h = i / c.head_dim_v;
        const double share = 1 / (1 + std::exp(double{sink} - before.m[h]) / before.l[h]);
        ASSERT_TRUE(std::isnan(sink) ? std::isnan(y[i]) : std::fabs(y[i] - plain[i] * share) < 1e-6) << sink;
      }
    }
  }
}

// Infinite and NaN scores: masked positions weigh nothing, a NaN is never lost.
void check_extremes(const KernelTable& table, const TypeInfo& type) {
  if (type.block_len > 1) GTEST_SKIP() << "an infinite element makes its whole block NaN";
  for (const uint32_t n_heads : {2u, 9u}) {
    Case c;
    const auto reset = [&] {
      c = make_case(type, {n_heads, 8, 8, 69});
      c.q.assign(c.q.size(), 1.0f);
    };
    const auto set_key = [&](uint32_t p, float value) {
      for (uint32_t i = 0; i < 8; ++i) c.k[p * 8 + i] = i == 0 ? value : 0.0f;
      store_again(c);
    };
    reset();
    for (uint32_t p = 0; p < 40; ++p) set_key(p, -kInfinity);  // a whole tile masked, and part of the next
    State state = run_all(table, c);
    EXPECT_TRUE(same_bits(state.all(), run_all(scalar_table(), c).all()));
    for (const float v : state.all()) EXPECT_TRUE(std::isfinite(v));
    for (uint32_t p = 40; p < 70; ++p) set_key(p, -kInfinity);
    for (const float v : finish(table, run_all(table, c))) EXPECT_EQ(v, 0.0f);
    for (const float odd : {kNan, kInfinity}) {
      for (uint32_t p = 0; p < 70; p += 3) {
        reset();
        set_key(p, odd);
        state = run_all(table, c);
        EXPECT_TRUE(same_bits(state.all(), run_all(scalar_table(), c).all())) << p;
        for (const float v : finish(table, state)) EXPECT_TRUE(std::isnan(v)) << odd << " at " << p;
      }
    }
  }
}

// What a token does not see leaves no trace in it, not even a NaN of the tokens after it.
void check_later_tokens(const KernelTable& table, const TypeInfo& type) {
  for (const uint32_t window : {0u, 20u}) {
    Case c = make_case(type, {3, 64, 64, 50, 8, window});
    const std::vector<float> whole = finish(table, run_all(table, c));
    const size_t seen = size_t{4} * c.n_heads * c.head_dim_v;  // tokens 0..3
    for (uint32_t p = 54; p < c.n_positions; ++p) {
      std::fill_n(c.k.begin() + p * c.head_dim, c.head_dim, kNan);
      std::fill_n(c.v.begin() + p * c.head_dim_v, c.head_dim_v, kNan);
    }
    if (window != 0) std::fill_n(c.v.begin(), 31 * c.head_dim_v, kNan);
    store_again(c);
    const std::vector<float> y = finish(table, run_all(table, c));
    for (size_t i = 0; i < y.size(); ++i) {
      ASSERT_TRUE(i < seen ? same_bits(y[i], whole[i]) : std::isnan(y[i])) << i;
    }
  }
}

void check_nothing_seen(const KernelTable& table, const TypeInfo& type) {
  const Case c = make_case(type, {2, 16, 16, 40});
  State state(c);
  Part part = all_of(c);
  part.end = 0;
  run(table, c, part, state);
  for (const float v : finish(table, state)) EXPECT_EQ(v, 0.0f);
  EXPECT_EQ(state.m[0], -kInfinity);
}

void check_stored_bits(const KernelTable& table, const TypeInfo& type) {
  std::vector<float> x = random_floats(32 * 12, 5);
  for (size_t i = 0; i < 32; ++i) x[i] = 0.0f, x[32 + i] *= 1e-30f, x[64 + i] *= 1e4f, x[96 + i] *= 1e-40f;
  x[130] = kNan, x[170] = kInfinity, x[200] = -kInfinity;
  EXPECT_EQ(stored(table, type, x), stored(scalar_table(), type, x));
}

// Blocks as in rows; other elements in a position's column of the tile.
void check_key_layout(const KernelTable& table, const TypeInfo& type) {
  for (const uint32_t dim : {1u, 7u, 20u, 64u}) {
    const Case c = make_case(type, {1, dim, 8, 40});
    const std::vector<uint8_t> tiles = stored_keys(table, c), rows = stored(scalar_table(), type, c.k);
    EXPECT_EQ(tiles, c.k_tiles);
    const size_t row_bytes = c.row_bytes(c.head_dim), n = type.block_bytes;
    if (type.block_len > 1) {
      EXPECT_TRUE(std::equal(rows.begin(), rows.end(), tiles.begin()));
      continue;
    }
    for (uint32_t p = 0; p < c.n_positions; ++p) {
      for (uint32_t i = 0; i < c.head_dim; ++i) {
        const size_t at = p / kTile * kTile * row_bytes + (i * kTile + p % kTile) * n;
        EXPECT_TRUE(std::equal(&tiles[at], &tiles[at] + n, &rows[p * row_bytes + i * n]));
      }
    }
  }
}

const bool registered = [] {
  using Check = void (*)(const KernelTable&, const TypeInfo&);
  constexpr std::pair<const char*, Check> kChecks[] = {
      {"MatchesOracle", check_oracle},
      {"SameBitsAsScalar", check_scalar_bits},
      {"SameBitsAsFloats", check_kv_types},
      {"AnyGroupOfQueries", check_queries_alone},
      {"AnySplitAtTiles", check_position_splits},
      {"Merge", check_merge},
      {"Sink", check_sink},
      {"ExtremeValues", check_extremes},
      {"NothingOfWhatIsNotSeen", check_later_tokens},
      {"NoPositions", check_nothing_seen},
      {"StoresTheSameBits", check_stored_bits},
      {"KeysInTiles", check_key_layout},
  };
  for (const TypeInfo& type : kTypes) {
    for (const auto& [name, check] : kChecks) {
      register_for_isas(std::string("Attention/") + type.name, name,
                        [&type, check = check](const KernelTable& table) { check(table, type); });
    }
  }
  return true;
}();

}  // namespace
}  // namespace wasmchord::conformance::attention_cases
