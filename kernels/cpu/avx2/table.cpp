#include "kernels/cpu/avx2/vec.h"
//
#include "kernels/cpu/table_inl.h"

namespace wasmchord::kernels {
inline namespace avx2 {

// Fast paths: each in the file of its name.
void matmul_q4_0(const MatmulArgs& args);
void matmul_q6_k(const MatmulArgs& args);
void matmul_q8_0(const MatmulArgs& args);

constexpr KernelTable make_avx2_table() {
  KernelTable table = make_table("avx2");
  table.formats[kFormatQ4_0].matmul = matmul_q4_0;
  table.formats[kFormatQ8_0].matmul = matmul_q8_0;
  table.formats[kFormatQ6_K].matmul = matmul_q6_k;
  return table;
}

const KernelTable* kernel_table() {
  static constexpr KernelTable kTable = make_avx2_table();
  return &kTable;
}

}  // namespace avx2
}  // namespace wasmchord::kernels
