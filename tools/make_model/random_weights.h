// Random weights of a given type, piece by piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "src/tensor/dtype.h"

namespace wasmchord::tools {

// About normal: the sum of four uniform 16-bit numbers, scaled. The same on every machine.
class NormalNumbers {
 public:
  explicit NormalNumbers(uint64_t seed) : state_(seed) {}
  float next(float mean, float deviation);

 private:
  uint64_t state_;
};

// Appends `n` elements (whole blocks) to *out, in file order.
void append_random(DType dtype, uint64_t n, float mean, float deviation, NormalNumbers* numbers,
                   std::vector<std::byte>* out);

}  // namespace wasmchord::tools
