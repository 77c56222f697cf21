// The functions that the slabs_*.cpp define for an ISA, and their places in its table. Included after
// table_inl.h and the ISA's ints.h.
#pragma once

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

#define WC_SLAB(format)                           \
  void matmul_slabs_##format(const MatmulArgs&);  \
  void pack_##format(const void*, size_t, void*); \
  void unpack_row_##format(const void*, size_t, uint32_t, void*);
#include "kernels/cpu/slabs.def"

constexpr void set_slab_kernels(KernelTable& table) {
#define WC_SLAB(format)                                          \
  table.formats[kFormat##format].matmul = matmul_slabs_##format; \
  table.formats[kFormat##format].slab_rows = kRows;              \
  table.formats[kFormat##format].pack = pack_##format;           \
  table.formats[kFormat##format].unpack_row = unpack_row_##format;
#include "kernels/cpu/slabs.def"
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
