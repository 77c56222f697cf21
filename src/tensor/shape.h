// Tensor extents in GGUF order: ne[0] is the contiguous (input, "column") dimension, ne[1] the rows, ne[2] the
// slices (experts). A weight of a linear layer y = W x with W in R^{out x in} has ne = {in, out}.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "src/base/checked.h"
#include "src/tensor/dtype.h"

namespace wasmchord {

inline constexpr uint32_t kMaxDims = 4;

struct Shape {
  std::array<uint64_t, kMaxDims> ne = {1, 1, 1, 1};
  uint32_t n_dims = 1;

  static Shape of(uint64_t a) { return {{a, 1, 1, 1}, 1}; }
  static Shape of(uint64_t a, uint64_t b) { return {{a, b, 1, 1}, 2}; }
  static Shape of(uint64_t a, uint64_t b, uint64_t c) { return {{a, b, c, 1}, 3}; }

  uint64_t cols() const { return ne[0]; }
  uint64_t rows() const { return ne[1]; }
  // Trailing dimensions of extent 1 do not count: {32} equals {32, 1}.
  bool same_extents(const Shape& other) const { return ne == other.ne; }
  std::string to_string() const;  // "[2048, 5632]"
};

// Product of the extents; false on overflow.
inline bool element_count(const Shape& shape, uint64_t* out) {
  uint64_t n = 1;
  for (uint64_t extent : shape.ne) {
    if (!checked_mul(n, extent, &n)) return false;
  }
  *out = n;
  return true;
}

// Bytes of one row (ne[0] elements), and of the whole tensor. False on overflow or where ne[0] is not whole blocks.
bool row_bytes(const Shape& shape, DType dtype, uint64_t* out);
bool tensor_bytes(const Shape& shape, DType dtype, uint64_t* out);

}  // namespace wasmchord
