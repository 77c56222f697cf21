// Converts the elements of one tensor after another from type to type, on several threads and in bounded memory.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "src/base/thread_pool.h"
#include "src/tensor/dtype.h"

namespace wasmchord::tools {

enum class Conversion : uint32_t { kOk, kNotFinite, kTooLarge };

class TensorConverter {
 public:
  // Elements of one call at most: a multiple of every block length.
  static constexpr uint64_t kChunk = uint64_t{1} << 20;

  explicit TensorConverter(uint32_t n_threads);

  // Whole blocks of both types, native byte order, at most kChunk elements. The result is out() until the next call.
  // kNotFinite: the source holds NaN or infinity; kTooLarge: a number that `to` cannot hold.
  Conversion convert(DType from, DType to, std::span<const std::byte> source);
  std::span<const std::byte> out() const { return {out_.data(), out_bytes_}; }

 private:
  static constexpr uint64_t kPiece = uint64_t{1} << 13;  // elements that one thread takes at a time

  void work(uint32_t thread);
  Conversion convert_piece(uint64_t first, uint64_t n, float* x);

  ThreadPool pool_;
  std::vector<std::vector<float>> buffers_;  // one a thread
  std::vector<std::byte> out_;
  uint64_t out_bytes_ = 0;
  DType from_ = DType::kF32;
  DType to_ = DType::kF32;
  std::span<const std::byte> source_;
  uint64_t n_elements_ = 0;
  std::atomic<uint64_t> next_piece_{0};
  std::atomic<Conversion> result_{Conversion::kOk};
};

// Bytes of n elements, whole blocks.
inline uint64_t bytes_of(DType dtype, uint64_t n) {
  return n / dtype_info(dtype).block_len * dtype_info(dtype).block_bytes;
}

}  // namespace wasmchord::tools
