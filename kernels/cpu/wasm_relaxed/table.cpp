#include "kernels/cpu/wasm_simd/vec.h"
//
#include "kernels/cpu/table_inl.h"

namespace wasmchord::kernels {
inline namespace wasm_relaxed {

const KernelTable* kernel_table() {
  static constexpr KernelTable kTable = make_table("wasm_relaxed");
  return &kTable;
}

}  // namespace wasm_relaxed
}  // namespace wasmchord::kernels
