// Every encoder: of formats that hold theirs as Format::encode, and of those whose search is a file of its own.
#pragma once

#include "kernels/formats/iq4_encode.h"
#include "kernels/formats/legacy_encode.h"
#include "kernels/formats/mxfp4_encode.h"
#include "kernels/formats/q2_k_encode.h"
#include "kernels/formats/q3_k_encode.h"
#include "kernels/formats/q4_k_encode.h"
#include "kernels/formats/q5_k_encode.h"
#include "kernels/formats/q6_k_encode.h"
#include "kernels/formats/ternary_encode.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

template <class Format>
concept EncodesItself = requires(const float* x, typename Format::Block& block) {
  Format::encode(x, block);
};
template <class Format>
concept HasSearch = requires(const float* x, typename Format::Block& block) {
  encode_block(x, block);
};
template <class Format>
concept Encodable = EncodesItself<Format> || HasSearch<Format>;

// x[kBlockLen] -> block.
template <Encodable Format>
void encode(const float* x, typename Format::Block& block) {
  if constexpr (EncodesItself<Format>) {
    Format::encode(x, block);
  } else {
    encode_block(x, block);
  }
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
