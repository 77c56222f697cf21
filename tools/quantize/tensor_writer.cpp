#include "tools/quantize/tensor_writer.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "src/gguf/quote.h"

namespace wasmchord::tools {

void OutputPlan::add(const std::string& name, const Shape& shape, DType from, DType to, bool fell_back) {
  TensorChange change{name, std::string(dtype_info(from).name), std::string(dtype_info(to).name)};
  change.fell_back = fell_back;
  if (!element_count(shape, &change.n_elements) || !tensor_bytes(shape, from, &change.bytes_before) ||
      !tensor_bytes(shape, to, &change.bytes_after)) {
    throw std::runtime_error("tensor " + gguf::quote(name) + " is too large");
  }
  report.n_elements += change.n_elements;
  report.bytes_before += change.bytes_before;
  report.bytes_after += change.bytes_after;
  report.tensors.push_back(std::move(change));
  tensors.push_back({name, shape, to});
}

Status TensorWriter::append(DType from, std::span<const std::byte> elements) {
  const DType to = current().dtype;
  if (to == from) {
    out_->data(elements);
    return Status::ok();
  }
  const std::string name = "tensor " + gguf::quote(current().name);
  const uint64_t piece = chunk_bytes(from);
  for (uint64_t at = 0; at < elements.size(); at += piece) {
    const Conversion result =
        converter_.convert(from, to, elements.subspan(at, std::min<uint64_t>(piece, elements.size() - at)));
    if (result == Conversion::kNotFinite) return {Code::kNonFiniteWeights, name + " holds NaN or infinity"};
    if (result == Conversion::kTooLarge) {
      return {Code::kNonFiniteWeights, name + " holds numbers too large for " + std::string(dtype_info(to).name)};
    }
    out_->data(converter_.out());
  }
  return Status::ok();
}

void TensorWriter::end_tensor() {
  out_->end_tensor();
  ++next_;
}

void TensorWriter::advance(uint64_t n_bytes) {
  done_ += n_bytes;
  if (!progress_(done_, plan_.report.bytes_before)) throw Ended();
}

uint64_t chunk_bytes(DType dtype) { return bytes_of(dtype, TensorConverter::kChunk); }

void drop_pages(std::span<const std::byte> bytes) {
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const uintptr_t before = reinterpret_cast<uintptr_t>(bytes.data()) % page;
  const uintptr_t length = (before + bytes.size()) / page * page;
  if (length > 0) ::madvise(const_cast<std::byte*>(bytes.data()) - before, length, MADV_DONTNEED);
}

}  // namespace wasmchord::tools
