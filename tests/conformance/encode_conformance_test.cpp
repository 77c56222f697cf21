// Encoders that search for their scales, against the errors of the reference's encodings.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "kernels/formats/encoders.h"
#include "tests/conformance/kernel_cases.h"
#include "wasmchord_formats.h"

namespace wasmchord::conformance::encode_cases {
namespace {

// A file of test data; empty where absent.
std::vector<uint8_t> read_vectors(const std::string& name) {
  for (const std::string& folder : {std::string(WC_TEST_DATA_DIR), std::string(WC_SHARED_DIR)}) {
    std::ifstream file(folder + "/formats/" + name, std::ios::binary);
    if (file) return {std::istreambuf_iterator<char>(file), {}};
  }
  return {};
}

std::string golden_stem(std::string stem) {
  if (stem.back() == 'k') stem.back() = 'K';
  return stem;
}

template <class Format>
std::vector<uint8_t> encode_all(const std::vector<float>& x) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i < x.size(); i += Format::kBlockLen) {
    typename Format::Block block;
    kernels::encode<Format>(x.data() + i, block);
    const auto* raw = reinterpret_cast<const uint8_t*>(&block);
    bytes.insert(bytes.end(), raw, raw + sizeof block);
  }
  return bytes;
}

template <class Format>
std::vector<float> decode_blocks(const std::vector<uint8_t>& bytes) {
  const size_t n_blocks = bytes.size() / sizeof(typename Format::Block);
  std::vector<float> out(n_blocks * Format::kBlockLen);
  for (size_t i = 0; i < n_blocks; ++i) {
    typename Format::Block block;
    std::memcpy(&block, bytes.data() + i * sizeof block, sizeof block);
    Format::decode(block, out.data() + i * Format::kBlockLen);
  }
  return out;
}

struct Errors {
  double plain = 0;
  double weighted = 0;  // by the squares of the elements
};

Errors errors_of(const std::vector<float>& x, const std::vector<float>& y, size_t first, size_t n) {
  Errors errors;
  for (size_t i = first; i < first + n; ++i) {
    const double rest = double{y[i]} - x[i];
    errors.plain += rest * rest;
    errors.weighted += rest * rest * x[i] * x[i];
  }
  return errors;
}

// Rows of like magnitude come first among the vectors; the later ones are extreme, and one of them outweighs all
// others.
constexpr size_t kCols = 512, kOrdinaryRows = 30;
constexpr double kTolerance = 1.01;

template <class Format>
void check_search(const std::string& stem) {
  const std::vector<uint8_t> golden = read_vectors(golden_stem(stem) + ".q"), raw = read_vectors("input.f32");
  if (golden.empty()) GTEST_SKIP() << "no golden file " << stem << ".q";
  std::vector<float> x(raw.size() / 4);
  std::memcpy(x.data(), raw.data(), raw.size());
  const std::vector<float> ours = decode_blocks<Format>(encode_all<Format>(x));
  const std::vector<float> theirs = decode_blocks<Format>(golden);
  for (const size_t n : {x.size(), kOrdinaryRows * kCols}) {
    const Errors a = errors_of(x, ours, 0, n), b = errors_of(x, theirs, 0, n);
    EXPECT_LE(a.plain, kTolerance * b.plain) << n << " elements";
    EXPECT_LE(a.weighted, kTolerance * b.weighted) << n << " elements";
  }
}

template <class Format>
void check_same_bytes(const std::string& stem) {
  const std::vector<uint8_t> golden = read_vectors(golden_stem(stem) + ".q"), raw = read_vectors("input.f32");
  if (golden.empty()) GTEST_SKIP() << "no golden file " << stem << ".q";
  std::vector<float> x(raw.size() / 4);
  std::memcpy(x.data(), raw.data(), raw.size());
  EXPECT_EQ(encode_all<Format>(x), golden);
}

// What no scale fits: NaN and infinity anywhere spoil the block, and only it; zeros and the smallest numbers do not.
template <class Format>
void check_extremes() {
  constexpr uint32_t n = Format::kBlockLen;
  for (const float bad : {kNan, kInfinity, -kInfinity}) {
    for (const uint32_t at : {0u, n / 2, n - 1}) {
      std::vector<float> x(2 * n, 1.0f);
      x[at] = bad;
      const std::vector<float> y = decode_blocks<Format>(encode_all<Format>(x));
      EXPECT_FALSE(std::isfinite(y[at])) << bad << " at " << at;
      for (uint32_t i = n; i < 2 * n; ++i) ASSERT_NEAR(y[i], 1.0f, 0.51f) << i;
    }
  }
  for (const float small : {0.0f, -0.0f, 1e-45f, -1e-39f, 1e-37f}) {
    for (const float y : decode_blocks<Format>(encode_all<Format>(std::vector<float>(n, small)))) {
      ASSERT_NEAR(y, small, 1e-37f);
    }
  }
}

// Equal elements, one outlier among zeros, and steps that the format has: no worse than half a step of the block.
template <class Format>
void check_plain_shapes() {
  constexpr uint32_t n = Format::kBlockLen;
  std::vector<float> outlier(n, 0.0f);
  outlier[n / 3] = -8.0f;
  const std::vector<float> y = decode_blocks<Format>(encode_all<Format>(outlier));
  EXPECT_NEAR(y[n / 3], -8.0f, 0.6f);
  for (const float value : {1.0f, -1.0f, 100.0f, -0.001f}) {
    for (const float z : decode_blocks<Format>(encode_all<Format>(std::vector<float>(n, value)))) {
      ASSERT_NEAR(z, value, 0.51f * std::fabs(value));
    }
  }
}

template <class Format>
void register_encoder(const std::string& name, const std::string& stem) {
  if constexpr (kernels::Encodable<Format> && Format::kBlockLen > 1) {
    const std::string suite = "Encode/" + name;
    const bool searched = stem.ends_with("k") || stem.starts_with("iq");
    if (searched) {
      register_case(suite, "ErrorIsTheReferencesAtMost", [stem] { check_search<Format>(stem); });
    } else {
      register_case(suite, "BytesAreTheReferences", [stem] { check_same_bytes<Format>(stem); });
    }
    register_case(suite, "SpoilsOnlyTheBlockThatIsNotFinite", [] { check_extremes<Format>(); });
    register_case(suite, "KeepsPlainShapes", [] { check_plain_shapes<Format>(); });
  }
}

const bool registered = [] {
#define WC_FORMAT(name, id, block_len, block_bytes, stem) register_encoder<kernels::name>(#name, #stem);
#include "kernels/formats/formats.def"
#undef WC_FORMAT
  return true;
}();

}  // namespace
}  // namespace wasmchord::conformance::encode_cases
