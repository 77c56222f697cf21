// Blocks to floats. dequantize/<format>/<isa>/<elements>; GB/s: of blocks and floats together.
#include <memory>

#include "bench/kernel_bench.h"

namespace {

using namespace wasmchord::bench;

constexpr size_t kN = 8192;

void add(const KernelTable& table, const FormatInfo& format) {
  const double bytes = double(format.row_bytes(kN)) + kN * sizeof(float);
  register_call(path_of({"dequantize", format.name, table.name, std::to_string(kN)}),
                {{"Gelem/s", kN}, {"GB/s", bytes}}, [&table, &format] {
                  const auto blocks = std::make_shared<std::vector<uint8_t>>(random_weights(format, 1, kN));
                  const auto out = std::make_shared<std::vector<float>>(kN);
                  return [&table, &format, blocks, out] {
                    kernels_of(table, format).dequantize(blocks->data(), out->data(), kN);
                  };
                });
}

}  // namespace

int main(int argc, char** argv) {
  for (const FormatInfo& format : kFormats) {
    for_each_isa([&](const KernelTable& table) { add(table, format); });
  }
  return run_benchmarks(argc, argv);
}
