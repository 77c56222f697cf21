// Prompts: weights times several tokens, on one thread. matmul/<format>/<isa>/<rows>x<cols>x<tokens>
#include "bench/matmul_case.h"

namespace {

using namespace wasmchord::bench;

// Short prompts, whose tokens a second should grow with every token more: GMAC/s tells.
constexpr uint32_t kTokens[] = {1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 48, 64};
// Prefill of a 1.1B model: attention, up, down; then the matrices of a 135M model.
constexpr MatmulShape kPrefill[] = {
    {2048, 2048, 512}, {5632, 2048, 512}, {2048, 5632, 512}, {576, 1536, 512}, {1536, 576, 512}};

void add(const FormatInfo& format, MatmulShape shape) {
  if (shape.cols % format.block_len != 0) return;
  const std::string size = dimensions({shape.rows, shape.cols, shape.n_tokens});
  for_each_isa([&](const KernelTable& table) {
    register_matmul(path_of({"matmul", format.name, table.name, size}), table, format, shape);
  });
}

}  // namespace

int main(int argc, char** argv) {
  for (const FormatInfo& format : kFormats) {
    for (const uint32_t n_tokens : kTokens) add(format, {2048, 2048, n_tokens});
    for (const MatmulShape& shape : kPrefill) add(format, shape);
  }
  return run_benchmarks(argc, argv);
}
