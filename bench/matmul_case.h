// y = W x for one format, ISA and shape with random weights and activations: what matvec_bench and matmul_bench repeat.
#pragma once

#include <cstring>
#include <memory>
#include <tuple>

#include "bench/kernel_bench.h"

namespace wasmchord::bench {

struct MatmulShape {
  uint32_t rows, cols, n_tokens;

  double macs() const { return double(rows) * cols * n_tokens; }
};

// The weights of the last call: the runs of one benchmark and the ISAs after it use the same.
inline std::shared_ptr<const std::vector<uint8_t>> shared_weights(const FormatInfo& format, uint32_t rows,
                                                                  uint32_t cols) {
  using Key = std::tuple<uint32_t, uint32_t, uint32_t>;
  static Key last_key;
  static std::shared_ptr<const std::vector<uint8_t>> last;
  const Key key{format.id, rows, cols};
  if (!last || key != last_key) {
    last.reset();
    last = std::make_shared<const std::vector<uint8_t>>(random_weights(format, rows, cols));
    last_key = key;
  }
  return last;
}

enum class Layout { kSlabs, kFile };

class MatmulCase {
 public:
  // In slabs where the ISA has them of the format and they are asked for.
  MatmulCase(const KernelTable& table, const FormatInfo& format, MatmulShape shape, Layout layout)
      : kernels_(kernels_of(table, format)), weights_(shared_weights(format, shape.rows, shape.cols)) {
    if (layout == Layout::kSlabs && kernels_.slab_rows != 0) pack(format, shape);
    make_activations(table, shape);
    y_.resize(size_t{shape.rows} * shape.n_tokens);
    args_.w = weights_->data(), args_.w_row_bytes = format.row_bytes(shape.cols);
    args_.x = activations_.data();
    args_.y = y_.data(), args_.y_stride = shape.rows;
    args_.cols = shape.cols, args_.row_end = shape.rows, args_.n_tokens = shape.n_tokens;
  }

  void operator()() const { kernels_.matmul(args_); }

 private:
  void pack(const FormatInfo& format, MatmulShape shape) {
    const size_t row_bytes = format.row_bytes(shape.cols);
    args_.packed_rows = shape.rows / kernels_.slab_rows * kernels_.slab_rows;
    auto packed = std::make_shared<std::vector<uint8_t>>(*weights_);
    for (size_t at = 0; at < args_.packed_rows * row_bytes; at += kernels_.slab_rows * row_bytes) {
      kernels_.pack(weights_->data() + at, row_bytes, packed->data() + at);
    }
    weights_ = std::move(packed);
  }

  void make_activations(const KernelTable& table, MatmulShape shape) {
    const std::vector<float> x = random_floats(size_t{shape.cols} * shape.n_tokens);
    const bool q8 = kernels_.activation == ActivationKind::kQ8;
    args_.x_row_bytes = q8 ? kernels::q8_row_bytes(shape.cols) : shape.cols * sizeof(float);
    activations_.resize(args_.x_row_bytes * shape.n_tokens);
    for (uint32_t t = 0; t < shape.n_tokens; ++t) {
      const float* row = x.data() + size_t{t} * shape.cols;
      uint8_t* out = activations_.data() + t * args_.x_row_bytes;
      if (q8) {
        table.quantize_q8(row, shape.cols, out);
      } else {
        std::memcpy(out, row, args_.x_row_bytes);
      }
    }
  }

  FormatKernels kernels_;
  std::shared_ptr<const std::vector<uint8_t>> weights_;
  std::vector<uint8_t> activations_;
  std::vector<float> y_;
  kernels::MatmulArgs args_;
};

// GB/s: of weights, each counted once however many tokens use it.
inline void register_matmul(const std::string& name, const KernelTable& table, const FormatInfo& format,
                            MatmulShape shape, Layout layout = Layout::kSlabs) {
  const double bytes = double(shape.rows) * double(format.row_bytes(shape.cols));
  register_call(name, {{"GMAC/s", shape.macs()}, {"GB/s", bytes}},
                [&table, format, shape, layout] { return MatmulCase(table, format, shape, layout); });
}

}  // namespace wasmchord::bench
