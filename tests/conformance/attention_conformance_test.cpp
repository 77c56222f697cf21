// Attention on every ISA and K/V type.
#include "tests/conformance/kernel_cases.h"

namespace wasmchord::conformance {
namespace {

constexpr uint32_t kTile = kernels::kAttentionTile;

struct Case {
  uint32_t n_q, head_dim, head_dim_v, n_positions;
  std::vector<float> q, k, v;
  std::vector<uint16_t> k16, v16;
};

Case make_case(uint32_t n_q, uint32_t head_dim, uint32_t head_dim_v, uint32_t n_positions) {
  Case c{n_q, head_dim, head_dim_v, n_positions, {}, {}, {}, {}, {}};
  c.q = random_floats(size_t{n_q} * head_dim, 1);
  c.k = random_floats(size_t{n_positions} * head_dim, 2);
  c.v = random_floats(size_t{n_positions} * head_dim_v, 3);
  c.k16.resize(c.k.size()), c.v16.resize(c.v.size());
  // Both K/V types hold the same numbers.
  scalar_table().f32_to_f16(c.k.data(), c.k.size(), c.k16.data());
  scalar_table().f32_to_f16(c.v.data(), c.v.size(), c.v16.data());
  scalar_table().f16_to_f32(c.k16.data(), c.k.size(), c.k.data());
  scalar_table().f16_to_f32(c.v16.data(), c.v.size(), c.v.data());
  return c;
}

float score_scale(const Case& c) { return 1.0f / std::sqrt(static_cast<float>(c.head_dim)); }

struct State {
  std::vector<float> m, l, acc;
  State(uint32_t n_q, uint32_t head_dim_v) : m(n_q, -kInfinity), l(n_q), acc(size_t{n_q} * head_dim_v) {}
  std::vector<float> all() const {
    std::vector<float> values = m;
    values.insert(values.end(), l.begin(), l.end());
    values.insert(values.end(), acc.begin(), acc.end());
    return values;
  }
  kernels::AttentionState head(uint32_t h, uint32_t head_dim_v) {
    return {&m[h], &l[h], acc.data() + size_t{h} * head_dim_v};
  }
};

// Positions [begin, end) for query heads [q_begin, q_end), into `state`.
void run(const KernelTable& table, const Case& c, bool f16, State& state, uint32_t begin, uint32_t end,
         uint32_t q_begin, uint32_t q_end) {
  kernels::AttentionArgs args;
  args.q = c.q.data() + size_t{q_begin} * c.head_dim;
  args.k = f16 ? static_cast<const void*>(c.k16.data() + size_t{begin} * c.head_dim)
               : c.k.data() + size_t{begin} * c.head_dim;
  args.v = f16 ? static_cast<const void*>(c.v16.data() + size_t{begin} * c.head_dim_v)
               : c.v.data() + size_t{begin} * c.head_dim_v;
  args.n_positions = end - begin;
  args.head_dim = c.head_dim, args.head_dim_v = c.head_dim_v;
  args.scale = score_scale(c);
  args.m = state.m.data() + q_begin, args.l = state.l.data() + q_begin;
  args.acc = state.acc.data() + size_t{q_begin} * c.head_dim_v;
  args.n_q = q_end - q_begin;
  args.q_stride = c.head_dim, args.acc_stride = c.head_dim_v;
  table.attention[f16 ? 1 : 0](args);
}

State run_all(const KernelTable& table, const Case& c, bool f16) {
  State state(c.n_q, c.head_dim_v);
  run(table, c, f16, state, 0, c.n_positions, 0, c.n_q);
  return state;
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const uint32_t head_dim : {1, 2, 8, 20, 64, 80, 128, 256}) {
    for (const uint32_t n_positions : {1u, 2u, 31u, 32u, 33u, 100u}) {
      for (const uint32_t n_q : {1u, 4u}) all.push_back(make_case(n_q, head_dim, head_dim, n_positions));
    }
  }
  for (const uint32_t n_q : {2u, 3u, 5u, 6u, 7u, 8u, 13u}) all.push_back(make_case(n_q, 64, 40, 70));
  return all;
}

std::vector<float> finish(const KernelTable& table, const Case& c, State state) {
  std::vector<float> y(state.acc.size());
  for (uint32_t h = 0; h < c.n_q; ++h) {
    table.attention_finish(state.head(h, c.head_dim_v), c.head_dim_v, y.data() + size_t{h} * c.head_dim_v);
  }
  return y;
}

// A score is off by (head_dim / 16 + 8) eps |q| |k| scale at most, a weight by that much relative, an output by twice.
void check_oracle(const KernelTable& table, bool f16) {
  for (const Case& c : cases()) {
    const std::vector<float> y = finish(table, c, run_all(table, c, f16));
    for (uint32_t h = 0; h < c.n_q; ++h) {
      std::vector<double> scores(c.n_positions), norms(c.n_positions);
      double largest = -HUGE_VAL, total = 0, norm = 0;
      for (uint32_t p = 0; p < c.n_positions; ++p) {
        for (uint32_t i = 0; i < c.head_dim; ++i) {
          const double product = double{c.q[h * c.head_dim + i]} * c.k[size_t{p} * c.head_dim + i] * score_scale(c);
          scores[p] += product, norms[p] += std::fabs(product);
        }
        largest = std::max(largest, scores[p]), norm = std::max(norm, norms[p]);
      }
      for (double& s : scores) total += s = std::exp(s - largest);
      for (uint32_t d = 0; d < c.head_dim_v; ++d) {
        double expected = 0, size = 0;
        for (uint32_t p = 0; p < c.n_positions; ++p) {
          const double term = scores[p] / total * c.v[size_t{p} * c.head_dim_v + d];
          expected += term, size += std::fabs(term);
        }
        const double tolerance = ((c.head_dim / 16 + 8) * norm * 2 + c.n_positions + 8) * kEps * size;
        ASSERT_NEAR(y[h * c.head_dim_v + d], expected, tolerance) << c.head_dim << " " << c.n_positions;
      }
    }
  }
}

void check_scalar_bits(const KernelTable& table, bool f16) {
  for (const Case& c : cases()) {
    const State state = run_all(table, c, f16), expected = run_all(scalar_table(), c, f16);
    ASSERT_TRUE(same_bits(state.all(), expected.all())) << c.n_q << " x " << c.head_dim << " x " << c.n_positions;
    ASSERT_TRUE(same_bits(finish(table, c, state), finish(scalar_table(), c, expected)));
  }
}

void check_kv_types(const KernelTable& table, bool f16) {
  if (f16) GTEST_SKIP() << "compared with F32 already";
  for (const Case& c : cases()) {
    ASSERT_TRUE(same_bits(run_all(table, c, true).all(), run_all(table, c, false).all())) << c.head_dim;
  }
}

void check_position_splits(const KernelTable& table, bool f16) {
  const Case c = make_case(5, 80, 80, 5 * kTile + 7);
  const std::vector<float> whole = run_all(table, c, f16).all();
  for (uint32_t a = 0; a <= 5; ++a) {
    for (uint32_t b = a; b <= 5; ++b) {
      State state(c.n_q, c.head_dim_v);
      run(table, c, f16, state, 0, a * kTile, 0, c.n_q);
      run(table, c, f16, state, a * kTile, b * kTile, 0, c.n_q);
      run(table, c, f16, state, b * kTile, c.n_positions, 0, c.n_q);
      ASSERT_TRUE(same_bits(state.all(), whole)) << a << " " << b;
    }
  }
}

void check_query_groups(const KernelTable& table, bool f16) {
  const Case c = make_case(17, 48, 44, 70);
  const std::vector<float> whole = run_all(table, c, f16).all();
  for (uint32_t step = 1; step <= 17; ++step) {
    State state(c.n_q, c.head_dim_v);
    for (uint32_t q = 0; q < c.n_q; q += step) {
      run(table, c, f16, state, 0, c.n_positions, q, std::min(q + step, c.n_q));
    }
    ASSERT_TRUE(same_bits(state.all(), whole)) << step;
  }
}

void check_merge(const KernelTable& table, bool f16) {
  for (const uint32_t head_dim_v : {1u, 7u, 8u, 20u, 128u}) {
    const Case c = make_case(3, 24, head_dim_v, 200);
    const std::vector<float> whole = finish(table, c, run_all(table, c, f16));
    for (const uint32_t split : {0u, kTile, 3 * kTile, 200u}) {
      const auto merged = [&](const KernelTable& t) {
        State first(c.n_q, c.head_dim_v), second(c.n_q, c.head_dim_v);
        run(t, c, f16, first, 0, split, 0, c.n_q);
        run(t, c, f16, second, split, c.n_positions, 0, c.n_q);
        for (uint32_t h = 0; h < c.n_q; ++h) {
          t.attention_merge(second.head(h, head_dim_v), first.head(h, head_dim_v), head_dim_v);
        }
        return finish(t, c, first);
      };
      const std::vector<float> y = merged(table);
      ASSERT_TRUE(same_bits(y, merged(scalar_table()))) << head_dim_v;
      for (size_t i = 0; i < y.size(); ++i) ASSERT_NEAR(y[i], whole[i], 1e-5) << split;
    }
  }
}

// Infinite and NaN scores: masked positions weigh nothing, a NaN is never lost.
void check_extremes(const KernelTable& table, bool f16) {
  Case c = make_case(2, 8, 8, 70);
  c.q.assign(c.q.size(), 1.0f);
  const auto set_key = [&](uint32_t p, float value) {
    for (uint32_t i = 0; i < 8; ++i) c.k[p * 8 + i] = i == 0 ? value : 0.0f;
    scalar_table().f32_to_f16(c.k.data(), c.k.size(), c.k16.data());
  };
  for (uint32_t p = 0; p < 40; ++p) set_key(p, -kInfinity);  // a whole tile masked, and part of the next
  State state = run_all(table, c, f16);
  EXPECT_TRUE(same_bits(state.all(), run_all(scalar_table(), c, f16).all()));
  for (const float v : state.all()) EXPECT_TRUE(std::isfinite(v));
  for (uint32_t p = 40; p < 70; ++p) set_key(p, -kInfinity);
  state = run_all(table, c, f16);
  for (const float v : finish(table, c, state)) EXPECT_EQ(v, 0.0f);
  for (const float odd : {kNan, kInfinity}) {
    for (uint32_t p = 0; p < 70; p += 3) {
      c = make_case(2, 8, 8, 70);
      c.q.assign(c.q.size(), 1.0f);
      set_key(p, odd);
      state = run_all(table, c, f16);
      EXPECT_TRUE(same_bits(state.all(), run_all(scalar_table(), c, f16).all())) << p;
      for (const float v : finish(table, c, state)) EXPECT_TRUE(std::isnan(v)) << odd << " at " << p;
    }
  }
}

void check_nothing_seen(const KernelTable& table, bool f16) {
  const Case c = make_case(2, 16, 16, 0);
  const State state = run_all(table, c, f16);
  for (const float v : finish(table, c, state)) EXPECT_EQ(v, 0.0f);
  EXPECT_EQ(state.m[0], -kInfinity);
}

const bool registered = [] {
  using Check = void (*)(const KernelTable&, bool);
  constexpr std::pair<const char*, Check> kChecks[] = {
      {"MatchesOracle", check_oracle},           {"SameBitsAsScalar", check_scalar_bits},
      {"SameBitsForBothTypes", check_kv_types},  {"AnySplitAtTiles", check_position_splits},
      {"AnyGroupOfQueries", check_query_groups}, {"Merge", check_merge},
      {"ExtremeValues", check_extremes},         {"NoPositions", check_nothing_seen},
  };
  for (const bool f16 : {false, true}) {
    for (const auto& [name, check] : kChecks) {
      register_for_isas(f16 ? "Attention/F16" : "Attention/F32", name,
                        [f16, check = check](const KernelTable& table) { check(table, f16); });
    }
  }
  return true;
}();

}  // namespace
}  // namespace wasmchord::conformance
