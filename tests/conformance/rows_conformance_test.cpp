// Norms, elementwise operations, softmax, quantisation of activations and RoPE on every ISA.
#include "tests/conformance/kernel_cases.h"

namespace wasmchord::conformance::rows_cases {
namespace {

const std::vector<size_t>& sizes() {
  static const std::vector<size_t> all = [] {
    std::vector<size_t> n;
    for (size_t i = 1; i <= 70; ++i) n.push_back(i);
    for (size_t i : {127, 128, 1000, 4096}) n.push_back(i);
    return n;
  }();
  return all;
}

// One output row from rows a, b and c of n floats.
struct RowOp {
  const char* name;
  void (*run)(const KernelTable& t, const float* a, const float* b, const float* c, size_t n, float* y);
  // expected[i] and the magnitude its rounding errors are relative to
  void (*oracle)(const float* a, const float* b, const float* c, size_t n, double* expected, double* norm);
  double tolerance;  // in eps, besides the n / 16 additions of a reduction
};

constexpr float kNormEps = 1e-5f;

double mean_square(const float* a, size_t n) {
  double total = 0;
  for (size_t i = 0; i < n; ++i) total += double{a[i]} * a[i];
  return total / static_cast<double>(n);
}

void layer_norm_oracle(const float* a, const float* b, const float* c, size_t n, double* expected, double* norm) {
  double mean = 0, size = 0, variance = 0;
  for (size_t i = 0; i < n; ++i) mean += a[i], size += std::fabs(a[i]);
  mean /= static_cast<double>(n), size /= static_cast<double>(n);
  for (size_t i = 0; i < n; ++i) variance += (a[i] - mean) * (a[i] - mean);
  const double deviation = std::sqrt(variance / static_cast<double>(n) + kNormEps);
  for (size_t i = 0; i < n; ++i) {
    expected[i] = (a[i] - mean) / deviation * b[i] + c[i];
    norm[i] = (std::fabs(a[i]) + size) / deviation * std::fabs(b[i]) * 2 + std::fabs(c[i]);
  }
}

// x / 2 * (1 + tanh(u)); z = 2 u is the argument of exp, whose error is relative to its size. Where exp(-z) is too
// large for a float the kernel gives 0: that is the last term.
void gelu_mul_oracle(const float* a, const float* b, const float*, size_t n, double* expected, double* norm) {
  for (size_t i = 0; i < n; ++i) {
    const double x = a[i], u = std::sqrt(2 / 3.14159265358979323846) * (x + 0.044715 * x * x * x);
    expected[i] = x / (1 + std::exp(-2 * u)) * b[i];
    norm[i] = std::fabs(expected[i]) * (1 + std::fabs(2 * u)) + 1e-30;
  }
}

void clamped_swiglu_oracle(const float* a, const float* b, const float*, size_t n, double* expected, double* norm) {
  for (size_t i = 0; i < n; ++i) {
    const double g = std::min(double{a[i]}, 7.0), u = std::min(std::max(double{b[i]}, -7.0), 7.0);
    const double gate = g / (1 + std::exp(-double{1.702f} * g));
    expected[i] = gate * (u + 1);
    norm[i] = std::fabs(gate) * (1 + std::fabs(u)) * (1 + 2 * std::fabs(g));
  }
}

void softmax_oracle(const float* a, const float*, const float*, size_t n, double* expected, double* norm) {
  double largest = a[0], total = 0, reach = 0;
  for (size_t i = 0; i < n; ++i) largest = std::max(largest, double{a[i]});
  for (size_t i = 0; i < n; ++i) {
    total += std::exp(a[i] - largest);
    reach = std::max(reach, largest - a[i]);
  }
  for (size_t i = 0; i < n; ++i) {
    expected[i] = std::exp(a[i] - largest) / total;
    norm[i] = expected[i] * (1 + reach);  // x - max rounds relative to its size
  }
}

constexpr RowOp kRowOps[] = {
    {"RmsNorm",
     [](const KernelTable& t, const float* a, const float* b, const float*, size_t n, float* y) {
       t.rms_norm(a, b, kNormEps, n, y);
     },
     [](const float* a, const float* b, const float*, size_t n, double* expected, double* norm) {
       const double scale = 1 / std::sqrt(mean_square(a, n) + kNormEps);
       for (size_t i = 0; i < n; ++i) norm[i] = std::fabs(expected[i] = a[i] * scale * b[i]);
     },
     6},
    {"RmsNormWithoutWeights",
     [](const KernelTable& t, const float* a, const float*, const float*, size_t n, float* y) {
       t.rms_norm(a, nullptr, kNormEps, n, y);
     },
     [](const float* a, const float*, const float*, size_t n, double* expected, double* norm) {
       const double scale = 1 / std::sqrt(mean_square(a, n) + kNormEps);
       for (size_t i = 0; i < n; ++i) norm[i] = std::fabs(expected[i] = a[i] * scale);
     },
     6},
    {"LayerNorm",
     [](const KernelTable& t, const float* a, const float* b, const float* c, size_t n, float* y) {
       t.layer_norm(a, b, c, kNormEps, n, y);
     },
     layer_norm_oracle, 8},
    {"LayerNormWithoutBias",
     [](const KernelTable& t, const float* a, const float* b, const float*, size_t n, float* y) {
       t.layer_norm(a, b, nullptr, kNormEps, n, y);
     },
     [](const float* a, const float* b, const float*, size_t n, double* expected, double* norm) {
       const std::vector<float> zeros(n);
       layer_norm_oracle(a, b, zeros.data(), n, expected, norm);
     },
     8},
    {"Add",
     [](const KernelTable& t, const float* a, const float* b, const float*, size_t n, float* y) { t.add(a, b, n, y); },
     [](const float* a, const float* b, const float*, size_t n, double* expected, double* norm) {
       for (size_t i = 0; i < n; ++i) norm[i] = std::fabs(expected[i] = double{a[i]} + b[i]);
     },
     0.5},
    {"Mul",
     [](const KernelTable& t, const float* a, const float* b, const float*, size_t n, float* y) { t.mul(a, b, n, y); },
     [](const float* a, const float* b, const float*, size_t n, double* expected, double* norm) {
       for (size_t i = 0; i < n; ++i) norm[i] = std::fabs(expected[i] = double{a[i]} * b[i]);
     },
     0.5},
    {"AddScaled",
     [](const KernelTable& t, const float* a, const float* b, const float*, size_t n, float* y) {
       std::memmove(y, b, n * sizeof(float));
       t.add_scaled(a, 0.3f, n, y);
     },
     [](const float* a, const float* b, const float*, size_t n, double* expected, double* norm) {
       for (size_t i = 0; i < n; ++i) {
         expected[i] = double{b[i]} + double{0.3f} * a[i];
         norm[i] = std::fabs(b[i]) + 0.3 * std::fabs(a[i]);
       }
     },
     1},
    {"Scale",
     [](const KernelTable& t, const float* a, const float*, const float*, size_t n, float* y) {
       t.scale(a, -1.7f, n, y);
     },
     [](const float* a, const float*, const float*, size_t n, double* expected, double* norm) {
       for (size_t i = 0; i < n; ++i) norm[i] = std::fabs(expected[i] = double{-1.7f} * a[i]);
     },
     0.5},
    {"SiluMul",
     [](const KernelTable& t, const float* a, const float* b, const float*, size_t n, float* y) {
       t.silu_mul(a, b, n, y);
     },
     [](const float* a, const float* b, const float*, size_t n, double* expected, double* norm) {
       for (size_t i = 0; i < n; ++i) norm[i] = std::fabs(expected[i] = a[i] / (1 + std::exp(-double{a[i]})) * b[i]);
     },
     5},
    {"GeluMul",
     [](const KernelTable& t, const float* a, const float* b, const float*, size_t n, float* y) {
       t.gelu_mul(a, b, n, y);
     },
     gelu_mul_oracle, 6},
    {"Gelu",
     [](const KernelTable& t, const float* a, const float*, const float*, size_t n, float* y) {
       t.gelu_mul(a, nullptr, n, y);
     },
     [](const float* a, const float*, const float* c, size_t n, double* expected, double* norm) {
       const std::vector<float> ones(n, 1.0f);
       gelu_mul_oracle(a, ones.data(), c, n, expected, norm);
     },
     6},
    {"ClampedSwiglu",
     [](const KernelTable& t, const float* a, const float* b, const float*, size_t n, float* y) {
       t.clamped_swiglu(a, b, n, y);
     },
     clamped_swiglu_oracle, 6},
    {"Sigmoid",
     [](const KernelTable& t, const float* a, const float*, const float*, size_t n, float* y) { t.sigmoid(a, n, y); },
     [](const float* a, const float*, const float*, size_t n, double* expected, double* norm) {
       for (size_t i = 0; i < n; ++i) norm[i] = expected[i] = 1 / (1 + std::exp(-double{a[i]}));
     },
     5},
    {"Softcap",
     [](const KernelTable& t, const float* a, const float*, const float*, size_t n, float* y) {
       t.softcap(a, 3.0f, n, y);
     },
     [](const float* a, const float*, const float*, size_t n, double* expected, double* norm) {
       for (size_t i = 0; i < n; ++i) expected[i] = 3 * std::tanh(a[i] / 3.0), norm[i] = 3;
     },
     5},
    {"Softmax",
     [](const KernelTable& t, const float* a, const float*, const float*, size_t n, float* y) {
       std::memmove(y, a, n * sizeof(float));
       t.softmax(y, n);
     },
     softmax_oracle, 6},
};

struct Rows {
  std::vector<float> a, b, c;
};

std::vector<float> run(const KernelTable& table, const RowOp& op, const Rows& rows, size_t offset = 0) {
  Misaligned<float> a(rows.a, offset), b(rows.b, offset / 2), c(rows.c, offset / 3);
  Misaligned<float> y(std::vector<float>(rows.a.size()), (offset * 5) % 8);
  op.run(table, a.data(), b.data(), c.data(), rows.a.size(), y.data());
  return y.values();
}

Rows random_rows(size_t n, float scale = 2.0f) {
  const auto seed = static_cast<uint32_t>(n);
  return {random_floats(n, seed, scale), random_floats(n, seed + 1), random_floats(n, seed + 2)};
}

void check_oracle(const KernelTable& table, const RowOp& op) {
  for (const size_t n : sizes()) {
    for (const float scale : {0.001f, 1.0f, 8.0f}) {
      const Rows rows = random_rows(n, scale);
      const std::vector<float> y = run(table, op, rows);
      std::vector<double> expected(n), norm(n);
      op.oracle(rows.a.data(), rows.b.data(), rows.c.data(), n, expected.data(), norm.data());
      const double additions = op.tolerance < 2 ? 0 : static_cast<double>(n) / 16;
      for (size_t i = 0; i < n; ++i) {
        ASSERT_NEAR(y[i], expected[i], (op.tolerance + additions) * kEps * norm[i] + 1e-45) << n << " at " << i;
      }
    }
  }
}

void check_scalar_bits(const KernelTable& table, const RowOp& op) {
  for (const size_t n : sizes()) {
    for (size_t offset = 0; offset < 8; ++offset) {
      const Rows rows = random_rows(n);
      ASSERT_TRUE(same_bits(run(table, op, rows, offset), run(scalar_table(), op, rows))) << n << " offset " << offset;
    }
  }
}

// Every kind of number, in every lane.
void check_extremes(const KernelTable& table, const RowOp& op) {
  const float odd[] = {kNan,   kInfinity, -kInfinity, 0.0f,    -0.0f,  1e-45f, -1e-40f, 3e38f,
                       -3e38f, 88.8f,     -88.8f,     -87.34f, 88.72f, 1e-20f, 1.0f};
  for (const float value : odd) {
    for (size_t at = 0; at < 21; ++at) {
      Rows rows = random_rows(21);
      rows.a[at] = value;
      ASSERT_TRUE(same_bits(run(table, op, rows), run(scalar_table(), op, rows))) << value << " at " << at;
      rows.b[at] = value;
      ASSERT_TRUE(same_bits(run(table, op, rows), run(scalar_table(), op, rows))) << value << " at " << at;
    }
    Rows same = random_rows(21);
    same.a.assign(21, value);
    ASSERT_TRUE(same_bits(run(table, op, same), run(scalar_table(), op, same))) << "all " << value;
  }
  // A sweep over the bits of floats, for exp in silu and softmax.
  for (uint64_t bits = 0; bits < 0x100000000u; bits += 0x100000000u / 64) {
    Rows rows = random_rows(512);
    for (size_t i = 0; i < 512; ++i) {
      const auto pattern = static_cast<uint32_t>(bits + i * 131071);
      std::memcpy(&rows.a[i], &pattern, sizeof pattern);
    }
    ASSERT_TRUE(same_bits(run(table, op, rows), run(scalar_table(), op, rows))) << std::hex << bits;
  }
}

void check_in_place(const KernelTable& table, const RowOp& op) {
  for (const size_t n : {1u, 7u, 8u, 33u, 1000u}) {
    Rows rows = random_rows(n);
    const std::vector<float> expected = run(table, op, rows);
    if (std::string(op.name) == "AddScaled") continue;  // y is an operand of its own
    op.run(table, rows.a.data(), rows.b.data(), rows.c.data(), n, rows.a.data());
    ASSERT_TRUE(same_bits(rows.a, expected)) << n;
  }
}

void check_softmax_masks(const KernelTable& table) {
  std::vector<float> x = {-kInfinity, 1.0f, -kInfinity, 1.0f, -1000.0f};
  table.softmax(x.data(), x.size());
  EXPECT_EQ(x, (std::vector<float>{0.0f, 0.5f, 0.0f, 0.5f, 0.0f}));
  std::vector<float> masked(9, -kInfinity);
  table.softmax(masked.data(), masked.size());
  for (const float v : masked) EXPECT_TRUE(std::isnan(v));
  for (size_t at = 0; at < 19; ++at) {
    std::vector<float> poisoned(19, 1.0f);
    poisoned[at] = kNan;
    table.softmax(poisoned.data(), poisoned.size());
    for (const float v : poisoned) EXPECT_TRUE(std::isnan(v)) << at;
  }
}

std::vector<uint8_t> quantize(const KernelTable& table, const std::vector<float>& x, size_t offset = 0) {
  Misaligned<float> in(x, offset);
  std::vector<float> out(kernels::q8_row_bytes(x.size()) / 4 + offset);  // aligned as floats
  table.quantize_q8(in.data(), x.size(), out.data() + offset);
  const auto* bytes = reinterpret_cast<const uint8_t*>(out.data() + offset);
  return {bytes, bytes + kernels::q8_row_bytes(x.size())};
}

float round_to_11_bits(float x) {
  int exponent = 0;
  const float mantissa = std::frexp(x, &exponent);  // 0.5 <= mantissa < 1
  return std::ldexp(std::nearbyint(std::ldexp(mantissa, 11)), exponent - 11);
}

void check_quantize(const KernelTable& table) {
  for (const float scale : {1e-36f, 1e-3f, 1.0f, 1e30f}) {
    for (const size_t n_blocks : {1u, 2u, 3u, 64u}) {
      const size_t n = n_blocks * 32;
      const std::vector<float> x = random_floats(n, 3, scale);
      const std::vector<uint8_t> row = quantize(table, x);
      const auto* d = reinterpret_cast<const float*>(row.data());
      const auto* sums = reinterpret_cast<const int16_t*>(d + n_blocks);
      const auto* q = reinterpret_cast<const int8_t*>(sums + 2 * n_blocks);
      for (size_t b = 0; b < n_blocks; ++b) {
        float largest = 0;
        int32_t total[2] = {};
        for (size_t i = 0; i < 32; ++i) largest = std::max(largest, std::fabs(x[b * 32 + i]));
        const bool flushed = largest < 0x1p-100f;
        ASSERT_EQ(d[b], flushed ? 0.0f : round_to_11_bits(largest / 127.0f));
        for (size_t i = b * 32; i < b * 32 + 32; ++i) {
          total[i % 32 / 16] += q[i];
          ASSERT_GE(q[i], -127);
          if (!flushed) {
            ASSERT_EQ(q[i], std::nearbyint(x[i] * (127.0f / largest)));
          } else {
            ASSERT_EQ(q[i], 0);
          }
        }
        ASSERT_EQ(sums[2 * b], total[0]);
        ASSERT_EQ(sums[2 * b + 1], total[1]);
      }
    }
  }
}

void check_quantize_bits(const KernelTable& table) {
  const float odd[] = {kNan,    -kNan,     kInfinity,   -kInfinity, 3.4e38f, 1e-45f,
                       -1e-38f, 0x1p-100f, 0x1.fp-101f, 0.0f,       -0.0f};
  for (const float value : odd) {
    for (size_t at = 0; at < 32; ++at) {
      std::vector<float> x = random_floats(64, 9), zeros(64);
      x[at] = zeros[at] = value;
      for (const auto& row : {x, zeros}) {
        const std::vector<uint8_t> bytes = quantize(table, row);
        ASSERT_EQ(bytes, quantize(scalar_table(), row)) << value << " at " << at;
        float d;
        std::memcpy(&d, bytes.data(), 4);
        ASSERT_EQ(std::isnan(d), !std::isfinite(value));
      }
    }
  }
  for (size_t offset = 0; offset < 8; ++offset) {
    // Halves: ties go to the even neighbour.
    std::vector<float> x(96);
    for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 32) * 4 + 0.5f;
    x[31] = x[63] = 127.0f;
    ASSERT_EQ(quantize(table, x, offset), quantize(scalar_table(), x)) << offset;
  }
}

void check_rope(const KernelTable& table) {
  for (const bool interleaved : {true, false}) {
    for (const uint32_t n_rot : {2u, 6u, 14u, 16u, 18u, 20u, 64u, 80u, 128u}) {
      for (const uint32_t head_dim : {n_rot, n_rot + 2, n_rot + 8}) {
        const std::vector<float> angles = random_floats(n_rot / 2, 4, 3.0f), x = random_floats(3 * head_dim, 5);
        std::vector<float> cos_sin(n_rot);
        for (uint32_t j = 0; j < n_rot / 2; ++j) {
          cos_sin[2 * j] = std::cos(angles[j]), cos_sin[2 * j + 1] = std::sin(angles[j]);
        }
        const auto rotate = [&](const KernelTable& t, size_t offset) {
          Misaligned<float> y(x, offset), table_of_angles(cos_sin, offset);
          t.rope({y.data(), table_of_angles.data(), 3, head_dim, n_rot, interleaved});
          return y.values();
        };
        const std::vector<float> y = rotate(table, 0);
        for (size_t offset = 1; offset < 4; ++offset) ASSERT_TRUE(same_bits(rotate(table, offset), y));
        ASSERT_TRUE(same_bits(rotate(scalar_table(), 0), y)) << n_rot;
        for (uint32_t h = 0; h < 3; ++h) {
          for (uint32_t j = 0; j < n_rot / 2; ++j) {
            const size_t i0 = h * head_dim + (interleaved ? 2 * j : j), i1 = i0 + (interleaved ? 1 : n_rot / 2);
            const double c = cos_sin[2 * j], s = cos_sin[2 * j + 1];
            ASSERT_NEAR(y[i0], x[i0] * c - x[i1] * s, 2 * kEps * (std::fabs(x[i0]) + std::fabs(x[i1])));
            ASSERT_NEAR(y[i1], x[i0] * s + x[i1] * c, 2 * kEps * (std::fabs(x[i0]) + std::fabs(x[i1])));
          }
          for (uint32_t i = n_rot; i < head_dim; ++i) ASSERT_EQ(y[h * head_dim + i], x[h * head_dim + i]);
        }
      }
    }
  }
}

const bool registered = [] {
  using Check = void (*)(const KernelTable&, const RowOp&);
  constexpr std::pair<const char*, Check> kChecks[] = {{"MatchesOracle", check_oracle},
                                                       {"SameBitsAsScalar", check_scalar_bits},
                                                       {"ExtremeValues", check_extremes},
                                                       {"InPlace", check_in_place}};
  for (const RowOp& op : kRowOps) {
    for (const auto& [name, check] : kChecks) {
      register_for_isas(op.name, name, [&op, check = check](const KernelTable& table) { check(table, op); });
    }
  }
  register_for_isas("Softmax", "MasksAndNan", check_softmax_masks);
  register_for_isas("QuantizeQ8", "ScaleSumAndRounding", check_quantize);
  register_for_isas("QuantizeQ8", "SameBitsAsScalar", check_quantize_bits);
  register_for_isas("Rope", "BothPairings", check_rope);
  return true;
}();

}  // namespace
}  // namespace wasmchord::conformance::rows_cases
