// Mat-mul of every format on every ISA: against an oracle in double, and bit for bit against scalar, other splits of
// rows, other numbers of tokens and other alignments.
#include "tests/conformance/kernel_cases.h"
#include "wasmchord_formats.h"

namespace wasmchord::conformance::matmul_cases {
namespace {

struct FormatInfo {
  const char* name;
  uint32_t id, block_len, block_bytes;
  void (*encode)(const float* x, uint8_t* block);  // null where the format has no encoder
};

template <class Format>
constexpr auto encoder() {
  void (*encode)(const float*, uint8_t*) = nullptr;
  if constexpr (requires(typename Format::Block & block) { Format::encode(nullptr, block); }) {
    encode = [](const float* x, uint8_t* out) {
      typename Format::Block block;
      Format::encode(x, block);
      std::memcpy(out, &block, sizeof block);
    };
  }
  return encode;
}

const std::vector<FormatInfo>& formats() {
  static const std::vector<FormatInfo> all = {
#define WC_FORMAT(name, id, block_len, block_bytes, stem) {#name, id, block_len, block_bytes, encoder<kernels::name>()},
#include "kernels/formats/formats.def"
#undef WC_FORMAT
  };
  return all;
}

// Finite, and such that no sum of products overflows.
bool all_moderate(const std::vector<float>& x) {
  for (const float v : x) {
    if (!(std::fabs(v) < 1e30f)) return false;
  }
  return true;
}

// Weights of moderate size: encoded where the format can, else random bytes in blocks that decode to finite numbers.
std::vector<uint8_t> make_weights(const FormatInfo& format, size_t n, uint32_t seed) {
  const size_t n_blocks = n / format.block_len;
  std::vector<uint8_t> w(n_blocks * format.block_bytes);
  if (format.encode) {
    const std::vector<float> x = random_floats(n, seed);
    for (size_t b = 0; b < n_blocks; ++b) {
      format.encode(x.data() + b * format.block_len, w.data() + b * format.block_bytes);
    }
    return w;
  }
  for (size_t b = 0; b < n_blocks;) {
    const std::vector<uint8_t> block = random_bytes(format.block_bytes, ++seed);
    std::vector<float> decoded(format.block_len);
    scalar_table().formats[format.id].dequantize(block.data(), decoded.data(), decoded.size());
    if (!all_moderate(decoded)) continue;
    std::copy(block.begin(), block.end(), w.begin() + static_cast<std::ptrdiff_t>(b++ * format.block_bytes));
  }
  return w;
}

struct Case {
  const FormatInfo* format;
  uint32_t rows, cols, n_tokens;
  std::vector<uint8_t> w;
  std::vector<uint8_t> x;  // rows as the format wants them

  size_t w_row_bytes() const { return size_t{cols} / format->block_len * format->block_bytes; }
  bool q8() const { return scalar_table().formats[format->id].activation == ActivationKind::kQ8; }
  size_t x_row_bytes() const { return q8() ? kernels::q8_row_bytes(cols) : cols * sizeof(float); }
};

std::vector<uint8_t> make_activations(const Case& c, const std::vector<float>& x) {
  std::vector<uint8_t> out(c.x_row_bytes() * c.n_tokens);
  for (uint32_t t = 0; t < c.n_tokens; ++t) {
    const float* row = x.data() + size_t{t} * c.cols;
    if (c.q8()) {
      scalar_table().quantize_q8(row, c.cols, out.data() + t * c.x_row_bytes());
    } else {
      std::memcpy(out.data() + t * c.x_row_bytes(), row, c.x_row_bytes());
    }
  }
  return out;
}

Case make_case(const FormatInfo& format, uint32_t rows, uint32_t cols, uint32_t n_tokens) {
  Case c{&format, rows, cols, n_tokens, {}, {}};
  c.w = make_weights(format, size_t{rows} * cols, rows * 1000 + cols);
  c.x = make_activations(c, random_floats(size_t{cols} * n_tokens, cols + n_tokens));
  return c;
}

struct Range {
  uint32_t row_begin, row_end, token_begin, token_end;
};

// The rows of `c` in slabs as far as they fill some, the others as they were.
std::vector<uint8_t> packed_weights(const FormatKernels& format, const Case& c) {
  std::vector<uint8_t> w = c.w;
  for (uint32_t row = 0; row + format.slab_rows <= c.rows; row += format.slab_rows) {
    const size_t at = row * c.w_row_bytes();
    format.pack(c.w.data() + at, c.w_row_bytes(), w.data() + at);
  }
  return w;
}

// y[token - begin][row], from pointers that lie `offset` units of their element's alignment into an allocation.
std::vector<float> run_layout(const KernelTable& table, const Case& c, Range range, size_t offset, bool packed) {
  constexpr float fill = -7.0f;
  const FormatKernels& kernels = table.formats[c.format->id];
  const size_t w_unit = c.format->block_bytes % 4 == 0 ? 4 : 2;
  const std::vector<uint8_t> rows = packed ? packed_weights(kernels, c) : c.w;
  Misaligned<uint8_t> w(rows, offset * w_unit), x(c.x, offset * 4);
  Misaligned<float> y(std::vector<float>(size_t{c.rows} * (range.token_end - range.token_begin), fill), offset);
  kernels::MatmulArgs args;
  args.w = w.data(), args.w_row_bytes = c.w_row_bytes();
  args.x = x.data() + range.token_begin * c.x_row_bytes(), args.x_row_bytes = c.x_row_bytes();
  args.y = y.data(), args.y_stride = c.rows;
  args.cols = c.cols, args.n_tokens = range.token_end - range.token_begin;
  args.row_begin = range.row_begin, args.row_end = range.row_end;
  if (packed) args.packed_rows = c.rows / kernels.slab_rows * kernels.slab_rows;
  kernels.matmul(args);
  return y.values();
}

// Every call of the suite is made in both layouts, where a format has two.
std::vector<float> run(const KernelTable& table, const Case& c, Range range, size_t offset = 0) {
  std::vector<float> y = run_layout(table, c, range, offset, false);
  if (table.formats[c.format->id].slab_rows != 0) {
    EXPECT_TRUE(same_bits(run_layout(table, c, range, offset, true), y)) << "in slabs";
  }
  return y;
}

std::vector<float> run_all(const KernelTable& table, const Case& c) {
  return run(table, c, {0, c.rows, 0, c.n_tokens});
}

std::vector<uint32_t> column_counts(const FormatInfo& format) {
  std::vector<uint32_t> cols;
  if (format.block_len == 1) {
    for (uint32_t n = 1; n <= 70; ++n) cols.push_back(n);
    for (uint32_t n : {127, 128, 257, 1024}) cols.push_back(n);
  } else {
    for (uint32_t n : {1, 2, 3, 4, 5, 7, 8, 9, 33}) cols.push_back(n * format.block_len);
  }
  return cols;
}

constexpr uint32_t kTokenCounts[] = {1, 2, 3, 4, 5, 7, 8, 9, 16, 33};

// |error| <= (terms added one after another + 8) eps sum |w x|.
void check_oracle(const KernelTable& table, const FormatInfo& format) {
  for (const uint32_t cols : column_counts(format)) {
    const Case c = make_case(format, 11, cols, 3);
    const std::vector<float> y = run_all(table, c);
    std::vector<float> w(size_t{c.rows} * cols);
    scalar_table().formats[format.id].dequantize(c.w.data(), w.data(), w.size());
    for (uint32_t t = 0; t < c.n_tokens; ++t) {
      const uint8_t* row = c.x.data() + t * c.x_row_bytes();
      const auto* floats = reinterpret_cast<const float*>(row);
      const auto* q = reinterpret_cast<const int8_t*>(row + cols / 32 * 8);
      for (uint32_t r = 0; r < c.rows; ++r) {
        double expected = 0, norm = 0;
        for (uint32_t i = 0; i < cols; ++i) {
          const double x = c.q8() ? double{floats[i / 32]} * q[i] : double{floats[i]};
          expected += w[size_t{r} * cols + i] * x;
          norm += std::fabs(w[size_t{r} * cols + i] * x);
        }
        ASSERT_NEAR(y[t * c.rows + r], expected, (cols / 16 + 8) * kEps * norm) << cols << " cols, row " << r;
      }
    }
  }
}

void check_scalar_bits(const KernelTable& table, const FormatInfo& format) {
  for (const uint32_t cols : column_counts(format)) {
    for (const uint32_t rows : {1u, 3u, 8u, 13u}) {
      const Case c = make_case(format, rows, cols, 5);
      ASSERT_TRUE(same_bits(run_all(table, c), run_all(scalar_table(), c))) << rows << " x " << cols;
    }
  }
  for (const uint32_t n_tokens : {1u, 9u, 70u, 130u}) {
    const Case large = make_case(format, 21, 2048, n_tokens);
    ASSERT_TRUE(same_bits(run_all(table, large), run_all(scalar_table(), large))) << n_tokens << " tokens";
  }
}

void check_token_counts(const KernelTable& table, const FormatInfo& format) {
  const Case c = make_case(format, 19, format.block_len == 1 ? 75 : format.block_len * 5, 33);
  const std::vector<float> alone = [&] {
    std::vector<float> y;
    for (uint32_t t = 0; t < c.n_tokens; ++t) {
      const std::vector<float> row = run(table, c, {0, c.rows, t, t + 1});
      y.insert(y.end(), row.begin(), row.end());
    }
    return y;
  }();
  for (const uint32_t n : kTokenCounts) {
    for (uint32_t begin : {0u, 33 - n}) {
      const std::vector<float> y = run(table, c, {0, c.rows, begin, begin + n});
      const std::vector<float> expected(alone.begin() + begin * c.rows, alone.begin() + (begin + n) * c.rows);
      ASSERT_TRUE(same_bits(y, expected)) << n << " tokens from " << begin;
    }
  }
}

void check_row_splits(const KernelTable& table, const FormatInfo& format) {
  const Case c = make_case(format, 27, format.block_len == 1 ? 37 : format.block_len * 3, 6);
  const std::vector<float> whole = run_all(table, c);
  for (uint32_t begin = 0; begin <= c.rows; ++begin) {
    for (uint32_t end = begin; end <= c.rows; ++end) {
      const std::vector<float> part = run(table, c, {begin, end, 0, c.n_tokens});
      for (uint32_t i = 0; i < part.size(); ++i) {
        const uint32_t row = i % c.rows;
        const float expected = row >= begin && row < end ? whole[i] : -7.0f;
        ASSERT_TRUE(same_bits(part[i], expected)) << "rows " << begin << " to " << end << ", row " << row;
      }
    }
  }
}

void check_misaligned(const KernelTable& table, const FormatInfo& format) {
  for (const uint32_t n_tokens : {1u, 4u, 7u}) {
    const Case c = make_case(format, 9, format.block_len == 1 ? 61 : format.block_len * 3, n_tokens);
    const std::vector<float> expected = run_all(table, c);
    for (size_t offset = 1; offset < 9; ++offset) {
      ASSERT_TRUE(same_bits(run(table, c, {0, c.rows, 0, c.n_tokens}, offset), expected)) << offset;
    }
  }
}

void check_unpacks(const KernelTable& table, const FormatInfo& format) {
  const FormatKernels& kernels = table.formats[format.id];
  if (kernels.slab_rows == 0) return;  // this instruction set has no slabs of the format
  const size_t row_bytes = size_t{format.block_bytes} * 3;
  const std::vector<uint8_t> rows = random_bytes(row_bytes * kernels.slab_rows, 17);
  Misaligned<uint8_t> in(rows, 1), slab(rows, 3);
  kernels.pack(in.data(), row_bytes, slab.data());
  EXPECT_NE(slab.values(), rows) << "nothing was interleaved";
  std::vector<uint8_t> out(rows.size());
  for (uint32_t r = 0; r < kernels.slab_rows; ++r) {
    kernels.unpack_row(slab.data(), row_bytes, r, out.data() + r * row_bytes);
  }
  EXPECT_EQ(out, rows);
}

// Any bytes as weights (NaN, infinite and subnormal scales, all -128, all zeros) against any activations.
void check_extremes(const KernelTable& table, const FormatInfo& format) {
  const uint32_t cols = format.block_len == 1 ? 50 : format.block_len * 3;
  Case c = make_case(format, 16, cols, 5);
  std::vector<std::vector<uint8_t>> weights;
  for (uint32_t seed = 0; seed < 40; ++seed) weights.push_back(random_bytes(c.w.size(), seed));
  for (const uint8_t fill : {0x00, 0x80, 0xff, 0x7f, 0x7b, 0x01}) weights.emplace_back(c.w.size(), fill);
  std::vector<std::vector<uint8_t>> activations;
  for (const float value : {0.0f, -1.0f, 1.0f, 3e38f, -3e38f, 1e-45f, 1e-31f}) {
    activations.push_back(make_activations(c, std::vector<float>(cols * c.n_tokens, value)));
  }
  for (const float odd : {kNan, kInfinity, -kInfinity}) {
    std::vector<float> x = random_floats(cols * c.n_tokens, 5);
    x[cols + 3] = odd;
    activations.push_back(make_activations(c, x));
  }
  activations.push_back(c.x);
  for (const auto& w : weights) {
    for (const auto& x : activations) {
      c.w = w, c.x = x;
      ASSERT_TRUE(same_bits(run_all(table, c), run_all(scalar_table(), c)));
    }
  }
}

// One NaN among the activations of a token spoils all rows of that token and of no other.
void check_nan_spreads(const KernelTable& table, const FormatInfo& format) {
  const uint32_t cols = format.block_len == 1 ? 50 : format.block_len * 3;
  for (const uint32_t at : {0u, cols / 2, cols - 1}) {
    Case c = make_case(format, 10, cols, 5);
    std::vector<float> x = random_floats(cols * c.n_tokens, 6);
    x[2 * cols + at] = kNan;
    c.x = make_activations(c, x);
    const std::vector<float> y = run_all(table, c);
    for (uint32_t i = 0; i < y.size(); ++i) ASSERT_EQ(std::isnan(y[i]), i / c.rows == 2) << at;
  }
}

// Extreme activations on extreme bytes of weights, with a scale of one: the integer sums at their limits.
void check_integer_limits(const KernelTable& table, const FormatInfo& format) {
  Case c = make_case(format, 8, format.block_len == 1 ? 64 : format.block_len * 2, 4);
  int finite_cases = 0;
  for (const uint8_t fill : {0x80, 0x7f, 0x00, 0xff, 0x0f, 0xf0, 0x3c}) {
    for (const uint32_t scale_at : {0u, format.block_bytes - 2}) {
      std::fill(c.w.begin(), c.w.end(), fill);
      for (size_t b = scale_at; format.block_len > 1 && b < c.w.size(); b += format.block_bytes) {
        c.w[b] = 0x00, c.w[b + 1] = 0x3c;  // 1 as f16, where formats keep it: first or last
      }
      std::vector<float> w(size_t{c.rows} * c.cols);
      scalar_table().formats[format.id].dequantize(c.w.data(), w.data(), w.size());
      if (!all_moderate(w)) continue;
      ++finite_cases;
      for (const float x : {127.0f, -127.0f}) {  // as q8: the extreme integers, with a scale of 1
        c.x = make_activations(c, std::vector<float>(c.cols * c.n_tokens, x));
        const std::vector<float> y = run_all(table, c);
        ASSERT_TRUE(same_bits(y, run_all(scalar_table(), c))) << int{fill};
        for (uint32_t r = 0; r < c.rows; ++r) {
          double expected = 0, norm = 0;
          for (uint32_t i = 0; i < c.cols; ++i) {
            expected += double{x} * w[r * c.cols + i];
            norm += std::fabs(double{x} * w[r * c.cols + i]);
          }
          if (norm > 1e38) continue;  // beyond the floats
          ASSERT_NEAR(y[r], expected, 12 * kEps * norm) << int{fill} << ", scale at " << scale_at;
        }
      }
    }
  }
  EXPECT_GE(finite_cases, 4);
}

const bool registered = [] {
  using Check = void (*)(const KernelTable&, const FormatInfo&);
  constexpr std::pair<const char*, Check> kChecks[] = {
      {"MatchesOracle", check_oracle},
      {"SameBitsAsScalar", check_scalar_bits},
      {"AnyNumberOfTokens", check_token_counts},
      {"AnySplitOfRows", check_row_splits},
      {"AnyAlignment", check_misaligned},
      {"ExtremeValues", check_extremes},
      {"NanSpreads", check_nan_spreads},
      {"IntegerLimits", check_integer_limits},
      {"Unpacks", check_unpacks},
  };
  for (const FormatInfo& format : formats()) {
    for (const auto& [name, check] : kChecks) {
      register_for_isas("Matmul/" + std::string(format.name), name,
                        [&format, check = check](const KernelTable& table) { check(table, format); });
    }
  }
  return true;
}();

}  // namespace
}  // namespace wasmchord::conformance::matmul_cases
