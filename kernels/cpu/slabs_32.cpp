// Mat-mul from slabs for the formats in blocks of 32 or 64, for the ISA whose ints.h is WC_INTS_HEADER.
#include WC_INTS_HEADER

#include "kernels/cpu/kernel_table.h"
//
#include "kernels/cpu/lanes_inl.h"
#include "kernels/cpu/matmul_block_inl.h"
//
#include "wasmchord_formats.h"
//
#include "kernels/cpu/matmul_slab_inl.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

#define WC_SLAB_32 WC_DEFINE_SLAB_KERNELS
#include "kernels/cpu/slabs.def"

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
