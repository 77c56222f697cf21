// Shared by the conformance tests: one case per op, format and ISA, generated from formats.def and isa.def.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "kernels/cpu/kernel_table.h"
#include "kernels/cpu/select.h"

namespace wasmchord::conformance {

using kernels::ActivationKind;
using kernels::FormatKernels;
using kernels::KernelTable;

inline constexpr double kEps = std::numeric_limits<float>::epsilon();
inline constexpr float kInfinity = std::numeric_limits<float>::infinity();
inline constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

class FunctionTest : public testing::Test {
 public:
  explicit FunctionTest(std::function<void()> body) : body_(std::move(body)) {}
  void TestBody() override { body_(); }

 private:
  std::function<void()> body_;
};

inline void register_case(const std::string& suite, const char* name, std::function<void()> body) {
  testing::RegisterTest(suite.c_str(), name, nullptr, nullptr, __FILE__, __LINE__,
                        [body]() -> testing::Test* { return new FunctionTest(body); });
}

inline const KernelTable& scalar_table() { return *kernels::find_table("scalar"); }

// One case `suite/<isa>.name` for every ISA of this binary; skipped where the CPU lacks it.
inline void register_for_isas(const std::string& suite, const char* name,
                              const std::function<void(const KernelTable&)>& body) {
  for (size_t i = 0; i < kernels::isa_count(); ++i) {
    const std::string isa(kernels::isa_at(i).name);
    std::string full = suite;
    full.append("/").append(isa);
    register_case(full, name, [isa, body] {
      const KernelTable* table = kernels::find_table(isa);
      if (!table) GTEST_SKIP() << "this CPU lacks " << isa;
      body(*table);
    });
  }
}

inline std::vector<float> random_floats(size_t n, uint32_t seed, float scale = 1.0f) {
  std::mt19937 rng(seed);
  std::normal_distribution<float> normal(0.0f, scale);
  std::vector<float> x(n);
  for (float& v : x) v = normal(rng);
  return x;
}

inline std::vector<uint8_t> random_bytes(size_t n, uint32_t seed) {
  std::mt19937 rng(seed);
  std::vector<uint8_t> bytes(n);
  for (uint8_t& b : bytes) b = static_cast<uint8_t>(rng());
  return bytes;
}

// Equal bits; any NaN equals any NaN, since the sign and payload of a computed NaN belong to the hardware.
inline bool same_bits(float a, float b) {
  return std::memcmp(&a, &b, sizeof a) == 0 || (std::isnan(a) && std::isnan(b));
}

inline testing::AssertionResult same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return testing::AssertionFailure() << a.size() << " and " << b.size() << " values";
  for (size_t i = 0; i < a.size(); ++i) {
    if (!same_bits(a[i], b[i])) {
      return testing::AssertionFailure() << "at " << i << ": " << std::hexfloat << a[i] << " and " << b[i];
    }
  }
  return testing::AssertionSuccess();
}

// A copy of `values` at an address that is `offset` elements past an allocation's start and ends with the allocation,
// so that the address sanitizer sees a read past either end.
template <class T>
class Misaligned {
 public:
  Misaligned(const std::vector<T>& values, size_t offset) : storage_(values.size() + offset), offset_(offset) {
    for (size_t i = 0; i < values.size(); ++i) storage_[offset + i] = values[i];
  }
  T* data() { return storage_.data() + offset_; }
  std::vector<T> values() const { return {storage_.begin() + static_cast<std::ptrdiff_t>(offset_), storage_.end()}; }

 private:
  std::vector<T> storage_;
  size_t offset_;
};

}  // namespace wasmchord::conformance
