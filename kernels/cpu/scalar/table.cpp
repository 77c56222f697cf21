// The portable table: runs everywhere and defines what every other ISA must compute, bit for bit.
#include "kernels/cpu/scalar/vec.h"
//
#include "kernels/cpu/table_inl.h"

namespace wasmchord::kernels {
inline namespace scalar {

const KernelTable* kernel_table() {
  static constexpr KernelTable kTable = make_table("scalar");
  return &kTable;
}

}  // namespace scalar
}  // namespace wasmchord::kernels
