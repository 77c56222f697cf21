#include "tools/make_model/random_weights.h"

#include "tools/quantize/codec.h"

namespace wasmchord::tools {

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

void append_random(DType dtype, uint64_t n, float mean, float deviation, NormalNumbers* numbers,
                   std::vector<std::byte>* out) {
  const DTypeInfo& info = dtype_info(dtype);
  std::vector<float> x(n);
  for (float& value : x) value = numbers->next(mean, deviation);
  const size_t start = out->size();
  out->resize(start + n / info.block_len * info.block_bytes);
  encode(dtype, x.data(), n, out->data() + start);
}

}  // namespace wasmchord::tools
