// The 16 values of the 4-bit IQ formats. Source: kvalues_iq4nl of ggml.
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

inline constexpr int8_t kIq4Values[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
