// Mat-mul from slabs for formats of one or two bits, for the ISA whose ints.h is WC_INTS_HEADER.
#include WC_INTS_HEADER

#include "kernels/cpu/kernel_table.h"
//
#include "kernels/cpu/lanes_inl.h"
#include "kernels/cpu/matmul_block_inl.h"
//
#include "wasmchord_formats.h"
//
#include "kernels/cpu/matmul_slab_inl.h"
//
#include "kernels/cpu/columns_few_bits_inl.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

#define WC_SLAB_FEW_BITS WC_DEFINE_SLAB_KERNELS
#include "kernels/cpu/slabs.def"

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
