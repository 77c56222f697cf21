// Twice the values of the 4-bit floats E2M1, which are then integers. Source: OCP Microscaling Formats (MX) 1.0.
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

inline constexpr int8_t kFp4Doubled[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
