#include "kernels/cpu/avx2/vec.h"
//
#include "kernels/cpu/table_inl.h"

namespace wasmchord::kernels {
inline namespace avx2 {

const KernelTable* kernel_table() {
  static constexpr KernelTable kTable = make_table("avx2");
  return &kTable;
}

}  // namespace avx2
}  // namespace wasmchord::kernels
