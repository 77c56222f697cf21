#include "kernels/cpu/avx512/ints.h"
//
#include "kernels/cpu/table_inl.h"
//
#include "kernels/cpu/avx512/attention16.h"
#include "kernels/cpu/avx512/matmul_float16.h"
#include "kernels/cpu/slab_kernels_inl.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

constexpr KernelTable make_avx512_table() {
  KernelTable table = make_table("avx512");
  set_slab_kernels(table);
  set_matmul_float16(table);
  set_attention<Attention16>(table);
  return table;
}

const KernelTable* kernel_table() {
  static constexpr KernelTable kTable = make_avx512_table();
  return &kTable;
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
