// Mat-mul from slabs for the formats in blocks of 32, for the ISA whose ints.h is WC_INTS_HEADER.
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

#define WC_SLAB_32(format)                                                                                         \
  void matmul_slabs_##format(const MatmulArgs& args) { matmul_slabs<format##Column>(args); }                       \
  void pack_##format(const void* rows, size_t row_bytes, void* slab) { pack_slab<format>(rows, row_bytes, slab); } \
  void unpack_row_##format(const void* slab, size_t row_bytes, uint32_t row, void* out) {                          \
    unpack_slab_row<format>(slab, row_bytes, row, out);                                                            \
  }
#include "kernels/cpu/slabs.def"

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
