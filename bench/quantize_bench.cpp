// Activations to the types that kernels and caches take. quantize_q8/<isa>/<elements>, f32_to_f16, f16_to_f32.
#include "bench/row_bench.h"

int main(int argc, char** argv) {
  using namespace wasmchord::bench;
  register_rows("quantize_q8", widths(), [](const KernelTable& table, Row& row, size_t n) {
    table.quantize_q8(row.x.data(), n, row.bytes.data());
  });
  const auto halves = [](Row& row) { return reinterpret_cast<uint16_t*>(row.bytes.data()); };
  register_rows("f32_to_f16", widths(), [halves](const KernelTable& table, Row& row, size_t n) {
    table.f32_to_f16(row.x.data(), n, halves(row));
  });
  register_rows("f16_to_f32", widths(), [halves](const KernelTable& table, Row& row, size_t n) {
    table.f16_to_f32(halves(row), n, row.y.data());
  });
  return run_benchmarks(argc, argv);
}
