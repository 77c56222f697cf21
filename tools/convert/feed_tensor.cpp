// Elements of a stored tensor in the order and with the values that GGUF has.
#include <algorithm>
#include <cstring>

#include "tools/convert/tensor_map.h"
#include "tools/quantize/codec.h"

namespace wasmchord::tools {
namespace {

class Feeder {
 public:
  Feeder(const MappedTensor& tensor, TensorWriter* writer)
      : tensor_(tensor), writer_(*writer), size_(dtype_info(tensor.dtype()).block_bytes) {}

  Status feed() {
    if (tensor_.stored == nullptr) {
      WC_TRY(give(std::as_bytes(std::span(tensor_.values))));
    } else {
      switch (tensor_.transform) {
        case Transform::kNone:
          WC_TRY(as_stored());
          break;
        case Transform::kPairQueries:
        case Transform::kPairKeys:
          WC_TRY(in_pairs());
          break;
        case Transform::kTranspose:
          WC_TRY(transposed());
          break;
        case Transform::kAddOne:
          WC_TRY(plus_one());
          break;
      }
    }
    writer_.end_tensor();
    return Status::ok();
  }

 private:
  Status give(std::span<const std::byte> elements) {
    WC_TRY(writer_.append(tensor_.dtype(), elements));
    writer_.advance(elements.size());
    return Status::ok();
  }

  Status as_stored() {
    const std::span<const std::byte> bytes = tensor_.stored->bytes;
    const uint64_t piece = chunk_bytes(tensor_.dtype());
    for (uint64_t at = 0; at < bytes.size(); at += piece) {
      const auto part = bytes.subspan(at, std::min<uint64_t>(piece, bytes.size() - at));
      WC_TRY(give(part));
      drop_pages(part);
    }
    return Status::ok();
  }

  // Calls fill(row, out) for every row of the result, a chunk of rows at a time.
  template <typename Fill>
  Status by_rows(uint64_t n_rows, uint64_t n_cols, Fill fill) {
    const uint64_t row_bytes = n_cols * size_;
    const uint64_t rows_at_once = std::max<uint64_t>(1, TensorConverter::kChunk / n_cols);
    std::vector<std::byte> rows(std::min(rows_at_once, n_rows) * row_bytes);
    for (uint64_t first = 0; first < n_rows; first += rows_at_once) {
      const uint64_t n = std::min(rows_at_once, n_rows - first);
      for (uint64_t i = 0; i < n; ++i) fill(first + i, rows.data() + i * row_bytes);
      WC_TRY(give(std::span(rows).first(n * row_bytes)));
      drop_pages(tensor_.stored->bytes);
    }
    return Status::ok();
  }

  // Row 2i + j of a head comes from row i + j * D/2, D rows a head. A bias is rows of one element.
  Status in_pairs() {
    const bool is_vector = tensor_.shape.n_dims == 1;
    const uint64_t n_rows = is_vector ? tensor_.shape.ne[0] : tensor_.shape.rows();
    const uint64_t n_cols = is_vector ? 1 : tensor_.shape.cols();
    const uint64_t per_head = n_rows / tensor_.heads;
    return by_rows(n_rows, n_cols, [&](uint64_t row, std::byte* out) {
      const uint64_t head = row / per_head, i = row % per_head;
      const uint64_t source = head * per_head + i / 2 + i % 2 * (per_head / 2);
      std::memcpy(out, tensor_.stored->bytes.data() + source * n_cols * size_, n_cols * size_);
    });
  }

  Status transposed() {
    const uint64_t n_rows = tensor_.shape.rows(), n_cols = tensor_.shape.cols();
    return by_rows(n_rows, n_cols, [&](uint64_t row, std::byte* out) {
      const std::byte* source = tensor_.stored->bytes.data() + row * size_;
      for (uint64_t col = 0; col < n_cols; ++col) {
        std::memcpy(out + col * size_, source + col * n_rows * size_, size_);
      }
    });
  }

  Status plus_one() {
    const uint64_t n = tensor_.shape.ne[0];
    std::vector<float> values(n);
    decode(*tensor_.stored->dtype, tensor_.stored->bytes.data(), n, values.data());
    for (float& value : values) value += 1.0f;
    return give(std::as_bytes(std::span(values)));
  }

  const MappedTensor& tensor_;
  TensorWriter& writer_;
  uint64_t size_;  // bytes of an element
};

}  // namespace

Status feed_tensor(const MappedTensor& tensor, TensorWriter* writer) { return Feeder(tensor, writer).feed(); }

}  // namespace wasmchord::tools
