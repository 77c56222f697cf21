// Decoding: weights times one token, on one thread. matvec/<format>/<isa>/<rows>x<cols>, in slabs where the ISA has
// them; .../file: in the file's layout.
#include "bench/matmul_case.h"

namespace {

using namespace wasmchord::bench;

// Matrices of a 135M and of a 1.1B model, and one that no cache holds: compare its GB/s with bandwidth_bench's.
constexpr MatmulShape kShapes[] = {{256, 2048, 1},  {576, 1536, 1},  {1536, 576, 1},
                                   {2048, 5632, 1}, {5632, 2048, 1}, {32000, 4096, 1}};

}  // namespace

int main(int argc, char** argv) {
  for (const FormatInfo& format : kFormats) {
    for (const MatmulShape& shape : kShapes) {
      // 576 is no whole number of blocks of 256.
      if (shape.cols % format.block_len != 0) continue;
      for_each_isa([&](const KernelTable& table) {
        const std::string name = path_of({"matvec", format.name, table.name, dimensions({shape.rows, shape.cols})});
        register_matmul(name, table, format, shape);
        if (table.formats[format.id].slab_rows != 0) {
          register_matmul(name + "/file", table, format, shape, Layout::kFile);
        }
      });
    }
  }
  return run_benchmarks(argc, argv);
}
