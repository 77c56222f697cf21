#include "tools/make_model/random_weights.h"

#include "kernels/formats/bf16.h"
#include "kernels/formats/f16.h"
#include "kernels/formats/f32.h"
#include "kernels/formats/q4_0.h"
#include "kernels/formats/q8_0.h"

namespace wasmchord::tools {
namespace {

template <typename Format>
void append_encoded(uint64_t n, float mean, float deviation, NormalNumbers* numbers, std::vector<std::byte>* out) {
  float x[Format::kBlockLen];
  typename Format::Block block;
  for (uint64_t i = 0; i < n; i += Format::kBlockLen) {
    for (float& value : x) value = numbers->next(mean, deviation);
    Format::encode(x, block);
    const auto* bytes = reinterpret_cast<const std::byte*>(&block);
    out->insert(out->end(), bytes, bytes + sizeof block);
  }
}

using Append = void (*)(uint64_t, float, float, NormalNumbers*, std::vector<std::byte>*);

Append append_of(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return append_encoded<kernels::F32>;
    case DType::kF16:
      return append_encoded<kernels::F16>;
    case DType::kBF16:
      return append_encoded<kernels::BF16>;
    case DType::kQ8_0:
      return append_encoded<kernels::Q8_0>;
    case DType::kQ4_0:
      return append_encoded<kernels::Q4_0>;
    default:
      return nullptr;
  }
}

}  // namespace

// SplitMix64 (Steele, Lea and Flood 2014). A uniform number of 0..65535 has variance (2^32 - 1) / 12.
float NormalNumbers::next(float mean, float deviation) {
  state_ += 0x9e3779b97f4a7c15;
  uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  z ^= z >> 31;
  const auto sum = static_cast<int32_t>((z & 0xffff) + (z >> 16 & 0xffff) + (z >> 32 & 0xffff) + (z >> 48));
  constexpr float kCentre = 2.0f * 65535.0f;
  constexpr float kDeviation = 37837.2f;  // sqrt(4 * 2^32 / 12)
  return mean + (static_cast<float>(sum) - kCentre) * (deviation / kDeviation);
}

bool has_random_weights(DType dtype) { return append_of(dtype) != nullptr; }

void append_random(DType dtype, uint64_t n, float mean, float deviation, NormalNumbers* numbers,
                   std::vector<std::byte>* out) {
  append_of(dtype)(n, mean, deviation, numbers, out);
}

}  // namespace wasmchord::tools
