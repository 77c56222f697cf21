// rms_norm/<isa>/<elements>, layer_norm
#include "bench/row_bench.h"

int main(int argc, char** argv) {
  using namespace wasmchord::bench;
  constexpr float kEps = 1e-5f;
  register_rows("rms_norm", widths(), [](const KernelTable& table, Row& row, size_t n) {
    table.rms_norm(row.x.data(), row.w.data(), kEps, n, row.y.data());
  });
  register_rows("layer_norm", widths(), [](const KernelTable& table, Row& row, size_t n) {
    table.layer_norm(row.x.data(), row.w.data(), row.b.data(), kEps, n, row.y.data());
  });
  return run_benchmarks(argc, argv);
}
