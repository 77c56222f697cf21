// Compiled once for each of the WebAssembly ISAs: WC_ISA_NAME is its name in isa.def.
#include "kernels/cpu/wasm/vec.h"
//
#include "kernels/cpu/table_inl.h"

#define WC_TEXT_OF(name) #name
#define WC_TEXT(name) WC_TEXT_OF(name)

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// Fast paths: each in the file of its name.
void matmul_q4_0(const MatmulArgs& args);
void matmul_q8_0(const MatmulArgs& args);

constexpr KernelTable make_wasm_table() {
  KernelTable table = make_table(WC_TEXT(WC_ISA_NAME));
  table.formats[kFormatQ4_0].matmul = matmul_q4_0;
  table.formats[kFormatQ8_0].matmul = matmul_q8_0;
  return table;
}

const KernelTable* kernel_table() {
  static constexpr KernelTable kTable = make_wasm_table();
  return &kTable;
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
