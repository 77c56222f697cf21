// Mat-mul for any format, from its header alone: q8 activations where the format unpacks to integers, floats otherwise.
#pragma once

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

template <class Format>
concept UnpacksToIntegers = requires(const typename Format::Block& block, int16_t* q) {
  Format::unpack(block, 0u, q);
};

// One activation row as MatmulArgs carries it for ActivationKind::kQ8.
struct Q8Row {
  const float* d;
  const int16_t* sum;  // two of each block
  const int8_t* q;
};
inline Q8Row q8_row(const MatmulArgs& args, size_t t) {
  const size_t n_blocks = args.cols / 32;
  const auto* d = reinterpret_cast<const float*>(static_cast<const uint8_t*>(args.x) + t * args.x_row_bytes);
  const auto* sums = reinterpret_cast<const int16_t*>(d + n_blocks);
  return {d, sums, reinterpret_cast<const int8_t*>(sums + 2 * n_blocks)};
}

// Formats whose weights have an offset: w = d q + e m, with one m for each 16 elements.
template <class Format>
concept HasMinima = requires(const typename Format::Block& block, int16_t* m) {
  Format::unpack_min(block, 0u, m);
};

// y = sum over groups of 32, in order, of (d_w * d_x) * float(integer dot), one accumulator; minima have a second
// accumulator of (e_w * d_x) * float(m_0 s_0 + m_1 s_1), added at the end.
template <class Format>
void matmul_unpacked(const MatmulArgs& args) {
  static_assert(Format::kBlockLen % 32 == 0);
  constexpr size_t kGroups = Format::kBlockLen / 32;
  constexpr size_t kTokens = 16;
  const size_t n_groups = args.cols / 32;
  for (size_t r = args.row_begin; r < args.row_end; ++r) {
    const auto* blocks =
        reinterpret_cast<const typename Format::Block*>(static_cast<const uint8_t*>(args.w) + r * args.w_row_bytes);
    for (size_t t0 = 0; t0 < args.n_tokens; t0 += kTokens) {
      const size_t n = args.n_tokens - t0 < kTokens ? args.n_tokens - t0 : kTokens;
      Q8Row x[kTokens];
      float acc[kTokens] = {};
      float minima[kTokens] = {};
      for (size_t t = 0; t < n; ++t) x[t] = q8_row(args, t0 + t);
      for (size_t g = 0; g < n_groups; ++g) {
        int16_t q[32];
        const float d = Format::unpack(blocks[g / kGroups], static_cast<uint32_t>(g % kGroups), q);
        for (size_t t = 0; t < n; ++t) {
          acc[t] = acc[t] + (d * x[t].d[g]) * static_cast<float>(dot_32(q, x[t].q + 32 * g));
        }
        if constexpr (HasMinima<Format>) {
          int16_t m[2];
          const float e = Format::unpack_min(blocks[g / kGroups], static_cast<uint32_t>(g % kGroups), m);
          for (size_t t = 0; t < n; ++t) {
            const int32_t sum = m[0] * x[t].sum[2 * g] + m[1] * x[t].sum[2 * g + 1];
            minima[t] = minima[t] + (e * x[t].d[g]) * static_cast<float>(sum);
          }
        }
      }
      for (size_t t = 0; t < n; ++t) {
        args.y[(t0 + t) * args.y_stride + r - args.y_row] = HasMinima<Format> ? acc[t] + minima[t] : acc[t];
      }
    }
  }
}

// y in the canonical 16 lanes over decoded weights.
template <class Format>
void matmul_decoded(const MatmulArgs& args) {
  constexpr size_t kTokens = 4;
  constexpr size_t kChunk = Format::kBlockLen < 64 ? 64 : Format::kBlockLen;  // elements decoded at a time
  static_assert(kChunk % Format::kBlockLen == 0 && kChunk % kLanes == 0);
  for (size_t r = args.row_begin; r < args.row_end; ++r) {
    const auto* blocks =
        reinterpret_cast<const typename Format::Block*>(static_cast<const uint8_t*>(args.w) + r * args.w_row_bytes);
    for (size_t t0 = 0; t0 < args.n_tokens; t0 += kTokens) {
      const size_t n = args.n_tokens - t0 < kTokens ? args.n_tokens - t0 : kTokens;
      F32x8 acc[kTokens][2];
      for (auto& a : acc) a[0] = a[1] = zero();
      for (size_t c = 0; c < args.cols; c += kChunk) {
        float w[kChunk] = {};
        const size_t len = args.cols - c < kChunk ? args.cols - c : kChunk;
        for (size_t i = 0; i < len; i += Format::kBlockLen) Format::decode(blocks[(c + i) / Format::kBlockLen], w + i);
        for (size_t t = 0; t < n; ++t) {
          const auto* x =
              reinterpret_cast<const float*>(static_cast<const uint8_t*>(args.x) + (t0 + t) * args.x_row_bytes) + c;
          for (size_t i = 0; i < len; i += 8) {
            F32x8& a = acc[t][i / 8 % 2];
            a = a + load(w + i) * (len - i < 8 ? load_n(x + i, len - i) : load(x + i));
          }
        }
      }
      for (size_t t = 0; t < n; ++t) args.y[(t0 + t) * args.y_stride + r - args.y_row] = sum(acc[t][0] + acc[t][1]);
    }
  }
}

template <class Format>
void dequantize(const void* blocks, float* out, size_t n) {
  const auto* block = static_cast<const typename Format::Block*>(blocks);
  for (size_t i = 0; i < n; i += Format::kBlockLen) Format::decode(*block++, out + i);
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
