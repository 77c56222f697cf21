// Two ISAs, avx2 and avx_vnni: the compiler's flags decide which instructions ints.h uses.
#include "kernels/cpu/avx2/ints.h"
//
#include "kernels/cpu/table_inl.h"
//
#include "kernels/cpu/slab_kernels_inl.h"

#define WC_STRING_OF(x) #x
#define WC_STRING(x) WC_STRING_OF(x)

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

constexpr KernelTable make_avx2_table() {
  KernelTable table = make_table(WC_STRING(WC_ISA_NAME));
  set_slab_kernels(table);
  return table;
}

const KernelTable* kernel_table() {
  static constexpr KernelTable kTable = make_avx2_table();
  return &kTable;
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
