// Compiled once for each of the WebAssembly ISAs: WC_ISA_NAME is its name in isa.def.
#include "kernels/cpu/wasm/ints.h"
//
#include "kernels/cpu/table_inl.h"
//
#include "kernels/cpu/slab_kernels_inl.h"

#define WC_TEXT_OF(name) #name
#define WC_TEXT(name) WC_TEXT_OF(name)

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

constexpr KernelTable make_wasm_table() {
  KernelTable table = make_table(WC_TEXT(WC_ISA_NAME));
  set_slab_kernels(table);
  return table;
}

const KernelTable* kernel_table() {
  static constexpr KernelTable kTable = make_wasm_table();
  return &kTable;
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
