// add/<isa>/<elements>, mul, add_scaled, scale, silu_mul, gelu_mul, softmax
#include "bench/row_bench.h"

int main(int argc, char** argv) {
  using namespace wasmchord::bench;
  register_rows("add", widths(), [](const KernelTable& table, Row& row, size_t n) {
    table.add(row.x.data(), row.w.data(), n, row.y.data());
  });
  register_rows("mul", widths(), [](const KernelTable& table, Row& row, size_t n) {
    table.mul(row.x.data(), row.w.data(), n, row.y.data());
  });
  register_rows("add_scaled", widths(), [](const KernelTable& table, Row& row, size_t n) {
    table.add_scaled(row.x.data(), 0.5f, n, row.y.data());
  });
  register_rows("scale", widths(),
                [](const KernelTable& table, Row& row, size_t n) { table.scale(row.x.data(), 0.5f, n, row.y.data()); });
  register_rows("silu_mul", {1536, 5632, 14336}, [](const KernelTable& table, Row& row, size_t n) {
    table.silu_mul(row.x.data(), row.w.data(), n, row.y.data());
  });
  register_rows("gelu_mul", {1536, 5632, 14336}, [](const KernelTable& table, Row& row, size_t n) {
    table.gelu_mul(row.x.data(), row.w.data(), n, row.y.data());
  });
  // In place: the result of the first call is what the others take, at the same cost.
  register_rows("softmax", {64, 1024, 32000},
                [](const KernelTable& table, Row& row, size_t n) { table.softmax(row.x.data(), n); });
  return run_benchmarks(argc, argv);
}
