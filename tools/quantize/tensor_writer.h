// Tensors of a new GGUF file: what becomes of each, and their data as it comes, in the types that the file has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <vector>

#include "src/base/status.h"
#include "tools/quantize/gguf_writer.h"
#include "tools/quantize/quantize.h"
#include "tools/quantize/recipe.h"
#include "tools/quantize/tensor_converter.h"

namespace wasmchord::tools {

// The tensors in the order of the file, with the report that is shown of them.
struct OutputPlan {
  std::vector<TensorPlan> tensors;
  QuantizeReport report;

  // `from` as it is read, `to` as it is written. Throws std::runtime_error where a size does not fit 64 bits.
  void add(const std::string& name, const Shape& shape, DType from, DType to, bool fell_back);
};

// The progress callback asked for the end.
class Ended : public std::exception {};

class TensorWriter {
 public:
  // `plan`, `out` and `progress` must outlive it; `out` stands behind the directory.
  TensorWriter(const OutputPlan& plan, GgufWriter* out, uint32_t n_threads, const QuantizeProgress& progress)
      : plan_(plan), out_(out), converter_(n_threads), progress_(progress) {}

  bool complete() const { return next_ == plan_.tensors.size(); }
  const TensorPlan& current() const { return plan_.tensors[next_]; }

  // The next elements of the current tensor, whole blocks of `from` and of what the plan has. kNonFiniteWeights: NaN,
  // infinity, or numbers too large for the new type.
  Status append(DType from, std::span<const std::byte> elements);
  void end_tensor();
  // So many more bytes of the input are dealt with. Throws Ended where the callback says so.
  void advance(uint64_t n_bytes);

 private:
  const OutputPlan& plan_;
  GgufWriter* out_;
  TensorConverter converter_;
  const QuantizeProgress& progress_;
  size_t next_ = 0;
  uint64_t done_ = 0;
};

// Bytes of the longest run of whole blocks that TensorConverter takes at once.
uint64_t chunk_bytes(DType dtype);

// Lets go of the pages of a mapped file up to the last one that ends in `bytes`: they count as this process's memory
// otherwise.
void drop_pages(std::span<const std::byte> bytes);

}  // namespace wasmchord::tools
