#include "tools/quantize/tensor_converter.h"

#include <algorithm>

#include "tools/quantize/codec.h"

namespace wasmchord::tools {

TensorConverter::TensorConverter(uint32_t n_threads) : pool_(n_threads, {}) {
  buffers_.assign(pool_.size(), std::vector<float>(kPiece));
  out_.resize(kChunk * sizeof(float));
}

Conversion TensorConverter::convert(DType from, DType to, std::span<const std::byte> source) {
  from_ = from;
  to_ = to;
  source_ = source;
  n_elements_ = source.size() / dtype_info(from).block_bytes * dtype_info(from).block_len;
  out_bytes_ = bytes_of(to, n_elements_);
  next_piece_ = 0;
  result_ = Conversion::kOk;
  pool_.run([](void* self, uint32_t thread) { static_cast<TensorConverter*>(self)->work(thread); }, this);
  return result_;
}

void TensorConverter::work(uint32_t thread) {
  while (result_ == Conversion::kOk) {
    const uint64_t first = next_piece_.fetch_add(1) * kPiece;
    if (first >= n_elements_) return;
    const Conversion result = convert_piece(first, std::min(kPiece, n_elements_ - first), buffers_[thread].data());
    if (result != Conversion::kOk) result_ = result;
  }
}

Conversion TensorConverter::convert_piece(uint64_t first, uint64_t n, float* x) {
  const std::byte* source = source_.data() + bytes_of(from_, first);
  std::byte* out = out_.data() + bytes_of(to_, first);
  decode(from_, source, n, x);
  if (!dtype_all_finite(DType::kF32, x, n)) return Conversion::kNotFinite;
  encode(to_, x, n, out);
  const bool fits = dtype_all_finite(to_, out, n / dtype_info(to_).block_len);
  return fits ? Conversion::kOk : Conversion::kTooLarge;
}

}  // namespace wasmchord::tools
