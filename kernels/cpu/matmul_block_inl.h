// Mat-mul for any format in blocks, from its header alone: integers times q8 activations.
#pragma once

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// Formats whose groups have a scale of each 16 elements that is no integer.
template <class Format>
concept HasHalves = requires(const typename Format::Block& block, int16_t* q, float* d) {
  Format::unpack_halves(block, 0u, q, d);
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

// Integers that have one scale: those of a group, or of its halves, each with zeros in the place of the other.
template <class Format>
struct Terms {
  static constexpr size_t kCount = HasHalves<Format> ? 2 : 1;
  int16_t q[kCount][32];
  float d[kCount];
};
template <class Format>
Terms<Format> unpack_terms(const typename Format::Block& block, uint32_t group) {
  Terms<Format> terms;
  if constexpr (HasHalves<Format>) {
    int16_t q[32];
    Format::unpack_halves(block, group, q, terms.d);
    for (size_t i = 0; i < 16; ++i) {
      terms.q[0][i] = q[i], terms.q[0][16 + i] = 0;
      terms.q[1][i] = 0, terms.q[1][16 + i] = q[16 + i];
    }
  } else {
    terms.d[0] = Format::unpack(block, group, terms.q[0]);
  }
  return terms;
}

// y = sum over groups of 32, or halves of them, in order, of (d_w * d_x) * float(integer dot), one accumulator; minima
// have a second accumulator of (e_w * d_x) * float(m_0 s_0 + m_1 s_1), added at the end.
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
        const auto terms = unpack_terms<Format>(blocks[g / kGroups], static_cast<uint32_t>(g % kGroups));
        for (size_t t = 0; t < n; ++t) {
          for (size_t i = 0; i < terms.kCount; ++i) {
            acc[t] = acc[t] + (terms.d[i] * x[t].d[g]) * static_cast<float>(dot_32(terms.q[i], x[t].q + 32 * g));
          }
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

template <class Format>
void dequantize(const void* blocks, float* out, size_t n) {
  const auto* block = static_cast<const typename Format::Block*>(blocks);
  for (size_t i = 0; i < n; i += Format::kBlockLen) Format::decode(*block++, out + i);
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
