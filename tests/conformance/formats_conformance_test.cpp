// Golden vectors of every format, and the half-precision conversions over all their inputs.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "tests/conformance/kernel_cases.h"
#include "wasmchord_formats.h"

namespace wasmchord::conformance::formats_cases {
namespace {

// A file of test data, by its stem in lower or upper K ("q4_k" is "q4_K" among the shared files); empty where absent.
std::vector<uint8_t> read_data(const std::string& stem, const std::string& suffix) {
  std::string shared_stem = stem;
  if (!shared_stem.empty() && shared_stem.back() == 'k') shared_stem.back() = 'K';
  for (const std::string& folder : {std::string(WC_TEST_DATA_DIR), std::string(WC_SHARED_DIR)}) {
    for (const std::string& name : {stem, shared_stem}) {
      std::ifstream file(folder + "/formats/" + name + suffix, std::ios::binary);
      if (file) return {std::istreambuf_iterator<char>(file), {}};
    }
  }
  return {};
}

std::vector<float> to_floats(const std::vector<uint8_t>& bytes) {
  std::vector<float> floats(bytes.size() / 4);
  std::memcpy(floats.data(), bytes.data(), floats.size() * 4);
  return floats;
}

template <class Format>
std::vector<float> decode_all(const std::vector<uint8_t>& bytes) {
  const size_t n_blocks = bytes.size() / sizeof(typename Format::Block);
  std::vector<float> out(n_blocks * Format::kBlockLen);
  for (size_t b = 0; b < n_blocks; ++b) {
    typename Format::Block block;
    std::memcpy(&block, bytes.data() + b * sizeof block, sizeof block);
    Format::decode(block, out.data() + b * Format::kBlockLen);
  }
  return out;
}

template <class Format>
void check_decode(const std::string& stem, const std::string& kind) {
  const std::vector<uint8_t> blocks = read_data(stem, kind + ".q");
  // Plain floats need no golden file, and only block formats have one of random bytes.
  // The reference has no encoder of random blocks for some, and Q8_1 and Q8_K are for activations.
  static const std::set<std::string> kNoRandom = {"iq1_m", "mxfp4", "nvfp4", "q1_0", "q2_0"},
                                     kNone = {"f32", "q8_1", "q8_k"};
  const bool optional =
      kNone.count(stem) != 0 || (!kind.empty() && (Format::kBlockLen == 1 || kNoRandom.count(stem) != 0));
  if (blocks.empty() && optional) GTEST_SKIP() << "no golden file " << stem << kind << ".q";
  ASSERT_FALSE(blocks.empty()) << "the golden file " << stem << kind << ".q is gone";
  const std::vector<float> expected = to_floats(read_data(stem, kind + ".deq.f32"));
  const std::vector<float> decoded = decode_all<Format>(blocks);
  EXPECT_TRUE(same_bits(decoded, expected));
  ASSERT_EQ(0, std::memcmp(decoded.data(), expected.data(), expected.size() * 4));
}

template <class Format>
void check_encode(const std::string& stem) {
  if constexpr (requires(typename Format::Block & block) { Format::encode(nullptr, block); }) {
    const std::vector<uint8_t> expected = read_data(stem, ".q");
    if (expected.empty()) GTEST_SKIP() << "no golden file " << stem << ".q";
    const std::vector<float> input = to_floats(read_data("input", ".f32"));
    std::vector<uint8_t> encoded(expected.size());
    for (size_t b = 0; b < expected.size() / sizeof(typename Format::Block); ++b) {
      typename Format::Block block;
      Format::encode(input.data() + b * Format::kBlockLen, block);
      std::memcpy(encoded.data() + b * sizeof block, &block, sizeof block);
    }
    EXPECT_EQ(encoded, expected);
  } else {
    GTEST_SKIP() << "no encoder";
  }
}

// A block of ordinary numbers with one that is not finite decodes to something that is not finite.
template <class Format>
void check_encode_extremes() {
  if constexpr (requires(typename Format::Block & block) { Format::encode(nullptr, block); }) {
    constexpr uint32_t n = Format::kBlockLen;
    for (const float bad : {kNan, kInfinity, -kInfinity}) {
      std::vector<float> x(n, 1.0f), out(n);
      x[n / 2] = bad;
      typename Format::Block block;
      Format::encode(x.data(), block);
      Format::decode(block, out.data());
      EXPECT_FALSE(std::isfinite(out[n / 2])) << bad;
    }
    for (const float small : {0.0f, -0.0f, 1e-45f, -1e-39f, 1e-37f}) {
      std::vector<float> x(n, small), out(n);
      typename Format::Block block;
      Format::encode(x.data(), block);
      Format::decode(block, out.data());
      for (const float y : out) EXPECT_NEAR(y, small, 1e-37f);
    }
  } else {
    GTEST_SKIP() << "no encoder";
  }
}

// unpack_halves, unpack and unpack_min give the decoded weights within two roundings, and integers that a dot with q8
// cannot overflow.
template <class Format>
void check_unpacked_block(const typename Format::Block& block) {
  float w[Format::kBlockLen];
  Format::decode(block, w);
  for (uint32_t group = 0; group < Format::kBlockLen / 32; ++group) {
    int16_t q[32], m[2] = {0, 0};
    float scales[2];
    if constexpr (requires { Format::unpack_halves(block, group, q, scales); }) {
      Format::unpack_halves(block, group, q, scales);
    } else {
      scales[0] = scales[1] = Format::unpack(block, group, q);
    }
    float e = 0;
    if constexpr (requires { Format::unpack_min(block, 0u, m); }) e = Format::unpack_min(block, group, m);
    int64_t sum = 0;
    for (uint32_t i = 0; i < 32; ++i) {
      sum += std::abs(q[i]) * 127;
      const float d = scales[i / 16];
      const double product = double{d} * q[i], offset = double{e} * m[i / 16], got = w[32 * group + i];
      if (!std::isfinite(d) || !std::isfinite(e)) {
        ASSERT_FALSE(std::isfinite(got) && q[i] != 0 && m[i / 16] != 0);
      } else if (std::isfinite(got)) {
        const double bound = kEps * (std::fabs(product) + std::fabs(offset)) + 0x1p-149;
        ASSERT_NEAR(got, product + offset, bound) << "group " << group << ", element " << i;
      } else {
        ASSERT_GT(std::fabs(product) + std::fabs(offset), 0x1p127);
      }
    }
    ASSERT_LE(sum, INT32_MAX);
    ASSERT_LE(std::abs(m[0]) + std::abs(m[1]), 4095);
  }
}

template <class Format>
void check_unpack() {
  typename Format::Block block;
  if constexpr (Format::kBlockLen > 1) {
    for (uint32_t byte = 0; byte < 256; ++byte) {
      std::memset(&block, static_cast<int>(byte), sizeof block);
      check_unpacked_block<Format>(block);
    }
    constexpr size_t kBlocks = 4000;
    const std::vector<uint8_t> bytes = random_bytes(kBlocks * sizeof block, 11);
    for (size_t b = 0; b < kBlocks && !testing::Test::HasFatalFailure(); ++b) {
      std::memcpy(&block, bytes.data() + b * sizeof block, sizeof block);
      check_unpacked_block<Format>(block);
    }
  } else {
    GTEST_SKIP() << "no integers";
  }
}

// dequantize of the ISA gives the format's decode, bit for bit, also for bytes that no encoder writes.
template <class Format>
void check_dequantize(const KernelTable& table, const FormatKernels& format) {
  for (size_t n_blocks : {1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 100, 4096}) {
    const std::vector<uint8_t> bytes = random_bytes(n_blocks * sizeof(typename Format::Block), 7);
    const size_t n = n_blocks * Format::kBlockLen;
    for (size_t offset : {0, 1, 3}) {
      Misaligned<float> out(std::vector<float>(n), offset);
      format.dequantize(bytes.data(), out.data(), n);
      ASSERT_TRUE(same_bits(out.values(), decode_all<Format>(bytes))) << table.name << " " << n_blocks;
    }
  }
}

template <class Format>
void register_format(const std::string& name, const std::string& stem, uint32_t id) {
  const std::string suite = "Formats/" + name;
  if (name != "F32") {
    register_case(suite, "DecodesGoldenVectors", [stem] { check_decode<Format>(stem, ""); });
    register_case(suite, "DecodesRandomGoldenVectors", [stem] { check_decode<Format>(stem, ".rnd"); });
    register_case(suite, "EncodesGoldenVectors", [stem] { check_encode<Format>(stem); });
    register_case(suite, "EncodesExtremes", [] { check_encode_extremes<Format>(); });
    register_case(suite, "UnpackIsDecode", [] { check_unpack<Format>(); });
  }
  register_for_isas("Dequantize/" + name, "IsTheFormatsDecode",
                    [id](const KernelTable& table) { check_dequantize<Format>(table, table.formats[id]); });
}

void check_f16_to_f32(const KernelTable& table) {
  std::vector<uint16_t> all(65536);
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<uint16_t>(i);
  std::vector<float> out(all.size());
  table.f16_to_f32(all.data(), all.size(), out.data());
  for (uint32_t h = 0; h < 65536; ++h) {
    const int exponent = static_cast<int>(h >> 10 & 31), mantissa = static_cast<int>(h & 1023);
    double expected = exponent == 31  ? (mantissa ? std::nan("") : HUGE_VAL)
                      : exponent == 0 ? std::ldexp(mantissa, -24)
                                      : std::ldexp(1024 + mantissa, exponent - 25);
    if (h & 0x8000) expected = -expected;
    ASSERT_TRUE(same_bits(out[h], static_cast<float>(expected))) << h;
    ASSERT_EQ(std::signbit(out[h]), (h & 0x8000) != 0) << h;
    ASSERT_EQ(kernels::float_bits(out[h]), kernels::float_bits(kernels::f16_to_f32(static_cast<uint16_t>(h)))) << h;
  }
  std::vector<uint16_t> back(all.size());
  table.f32_to_f16(out.data(), out.size(), back.data());
  for (uint32_t h = 0; h < 65536; ++h) {
    const bool nan = (h & 0x7fff) > 0x7c00;
    ASSERT_EQ(back[h], nan ? h | 0x0200 : h);  // a signalling NaN has become quiet
  }
}

// Every f16 boundary with its neighbours, and a sweep over all exponents.
void check_f32_to_f16(const KernelTable& table) {
  std::vector<float> x;
  for (uint32_t h = 0; h < 65535; ++h) {
    const float a = kernels::f16_to_f32(static_cast<uint16_t>(h)),
                b = kernels::f16_to_f32(static_cast<uint16_t>(h + 1));
    const uint32_t middle = kernels::float_bits(a / 2 + b / 2);
    for (uint32_t d : {0u, 1u, ~0u}) x.push_back(kernels::bits_float(middle + d));
  }
  for (uint64_t bits = 0; bits <= 0xffffffffu; bits += 3571)
    x.push_back(kernels::bits_float(static_cast<uint32_t>(bits)));
  std::vector<uint16_t> out(x.size());
  table.f32_to_f16(x.data(), x.size(), out.data());
  for (size_t i = 0; i < x.size(); ++i) {
    ASSERT_EQ(out[i], kernels::f32_to_f16(x[i])) << std::hexfloat << x[i];
    if (std::isnan(x[i])) {
      ASSERT_GT(out[i] & 0x7fff, 0x7c00);
      continue;
    }
    // The nearest half, ties to even: no neighbour is nearer.
    const double got = kernels::f16_to_f32(out[i]), value = x[i];
    const double limited = std::isinf(got) ? std::copysign(65536.0, got) : got;
    const double step = std::fabs(value) < 0x1p-14 ? 0x1p-24 : std::ldexp(1.0, std::ilogb(value) - 10);
    if (std::fabs(value) < 65536) {
      const double error = std::fabs(limited - value);
      ASSERT_LE(error, step / 2) << std::hexfloat << value;
      ASSERT_TRUE(error < step / 2 || out[i] % 2 == 0) << std::hexfloat << value;
    } else {
      ASSERT_TRUE(std::isinf(got));
    }
  }
}

template <class Format>
std::vector<float> decode_bytes(const std::vector<uint8_t>& bytes) {
  EXPECT_EQ(bytes.size(), sizeof(typename Format::Block));
  return decode_all<Format>(bytes);
}

TEST(FormatBytesTest, Q8_1AndQ8_KScaleTheirIntegers) {
  std::vector<uint8_t> q8_1(36, 0x81);
  q8_1[0] = 0x00, q8_1[1] = 0x38;  // 0.5
  q8_1[4] = 0x7f;
  std::vector<float> w = decode_bytes<kernels::Q8_1>(q8_1);
  EXPECT_EQ(w[0], 63.5f);
  EXPECT_EQ(w[31], -63.5f);
  std::vector<uint8_t> q8_k(292, 0x80);
  const float d = -0.1f;
  std::memcpy(q8_k.data(), &d, 4);
  q8_k[4 + 255] = 3;
  w = decode_bytes<kernels::Q8_K>(q8_k);
  EXPECT_EQ(w[0], 0.1f * 128);
  EXPECT_EQ(w[255], -0.1f * 3);
}

TEST(FormatBytesTest, Mxfp4ScalesByPowersOfTwo) {
  for (int e = 0; e < 256; ++e) {
    std::vector<uint8_t> block(17, 0xa2);  // elements 0..15 are 1, the others -1
    block[0] = static_cast<uint8_t>(e);
    const std::vector<float> w = decode_bytes<kernels::MXFP4>(block);
    if (e == 255) {
      EXPECT_TRUE(std::isnan(w[0]));
      break;
    }
    EXPECT_EQ(w[0], static_cast<float>(std::ldexp(1.0, e - 127))) << e;
    EXPECT_EQ(w[31], static_cast<float>(-std::ldexp(1.0, e - 127))) << e;
  }
}

// Scales of E4M3 whose sign is ignored; NaN is zero, but with a sign it is the number after the largest, 480.
TEST(FormatBytesTest, Nvfp4ScalesByEveryByte) {
  for (int byte = 0; byte < 256; ++byte) {
    std::vector<uint8_t> block(36, 0x2a);  // -1 in the first half of each 16 elements, 1 in the second
    block[3] = static_cast<uint8_t>(byte);
    const int e = byte >> 3 & 15, m = byte & 7;
    const double scale = byte == 127 ? 0 : e == 0 ? std::ldexp(m, -9) : std::ldexp(8 + m, e - 10);
    const std::vector<float> w = decode_bytes<kernels::NVFP4>(block);
    EXPECT_EQ(w[48], static_cast<float>(-scale)) << byte;
    EXPECT_EQ(w[63], static_cast<float>(scale)) << byte;
  }
}

TEST(Bf16Test, RoundTripsAndRoundsToEven) {
  for (uint32_t b = 0; b < 65536; ++b) {
    const float x = kernels::bf16_to_f32(static_cast<uint16_t>(b));
    const bool nan = (b & 0x7fff) > 0x7f80;
    EXPECT_EQ(kernels::f32_to_bf16(x), nan ? b | 0x40 : b);
  }
  EXPECT_EQ(kernels::f32_to_bf16(kernels::bits_float(0x3f808000u)), 0x3f80);
  EXPECT_EQ(kernels::f32_to_bf16(kernels::bits_float(0x3f818000u)), 0x3f82);
  EXPECT_EQ(kernels::f32_to_bf16(kernels::bits_float(0x3f808001u)), 0x3f81);
  EXPECT_EQ(kernels::f32_to_bf16(kernels::bits_float(0x7f7fffffu)), 0x7f80);
}

const bool registered = [] {
#define WC_FORMAT(name, id, block_len, block_bytes, stem) register_format<kernels::name>(#name, #stem, id);
#include "kernels/formats/formats.def"
#undef WC_FORMAT
  register_for_isas("F16ToF32", "AllInputs", check_f16_to_f32);
  register_for_isas("F32ToF16", "BoundariesAndSweep", check_f32_to_f16);
  return true;
}();

}  // namespace
}  // namespace wasmchord::conformance::formats_cases
