// Functions of rows of floats: <function>/<isa>/<elements> over a row of each model's width.
#pragma once

#include <memory>

#include "bench/kernel_bench.h"

namespace wasmchord::bench {

// Widths of a 135M, of a 1.1B and of an 8B model.
inline constexpr size_t kWidths[] = {576, 2048, 4096};

struct Row {
  std::vector<float> x, w, b;
  std::vector<float> y;
  std::vector<uint8_t> bytes;  // a q8 row, or f16

  explicit Row(size_t n) : x(random_floats(n)), w(x), b(x), y(n), bytes(std::max(kernels::q8_row_bytes(n), 2 * n)) {}
};

// call(table, row, n): the call to measure.
template <class Call>
void register_rows(const char* function, const std::vector<size_t>& sizes, Call call) {
  for (const size_t n : sizes) {
    for_each_isa([&](const KernelTable& table) {
      register_call(path_of({function, table.name, std::to_string(n)}), {{"Gelem/s", double(n)}}, [&table, call, n] {
        const auto row = std::make_shared<Row>(n);
        return [&table, call, row, n] { call(table, *row, n); };
      });
    });
  }
}

inline std::vector<size_t> widths() { return {std::begin(kWidths), std::end(kWidths)}; }

}  // namespace wasmchord::bench
