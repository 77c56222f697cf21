// Compiled once for each of the NEON ISAs: WC_ISA_NAME is its name in isa.def.
#include "kernels/cpu/neon/vec.h"
//
#include "kernels/cpu/table_inl.h"

#define WC_TEXT_OF(name) #name
#define WC_TEXT(name) WC_TEXT_OF(name)

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

const KernelTable* kernel_table() {
  static constexpr KernelTable kTable = make_table(WC_TEXT(WC_ISA_NAME));
  return &kTable;
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
