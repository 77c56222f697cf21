// Encoding and decoding of runs of elements by their type's number.
#pragma once

#include <cstddef>
#include <cstdint>

#include "src/tensor/dtype.h"

namespace wasmchord::tools {

bool can_encode(DType dtype);
bool can_decode(DType dtype);
// Whether elements share scales; F32, F16 and the like are not quantised.
bool is_quantized(DType dtype);

// n elements, whole blocks.
void encode(DType dtype, const float* x, uint64_t n, std::byte* out);
void decode(DType dtype, const std::byte* blocks, uint64_t n, float* out);

}  // namespace wasmchord::tools
