// rope_<pairing>/<isa>/<heads>x<head_dim>, whole heads turned
#include <memory>

#include "bench/kernel_bench.h"

namespace {

using namespace wasmchord::bench;

// Angle 1 for every pair: repeated turns keep the length of what they turn.
std::vector<float> turns(uint32_t head_dim) {
  std::vector<float> cos_sin(head_dim);
  for (uint32_t i = 0; i < head_dim; i += 2) cos_sin[i] = std::cos(1.0f), cos_sin[i + 1] = std::sin(1.0f);
  return cos_sin;
}

void add(const KernelTable& table, bool interleaved, uint32_t n_heads, uint32_t head_dim) {
  const char* function = interleaved ? "rope_interleaved" : "rope_halves";
  const double n = double(n_heads) * head_dim;
  register_call(path_of({function, table.name, dimensions({n_heads, head_dim})}), {{"Gelem/s", n}}, [=, &table] {
    const auto x = std::make_shared<std::vector<float>>(random_floats(size_t{n_heads} * head_dim));
    const auto cos_sin = std::make_shared<std::vector<float>>(turns(head_dim));
    wasmchord::kernels::RopeArgs args;
    args.x = x->data(), args.cos_sin = cos_sin->data();
    args.n_heads = n_heads, args.head_dim = args.n_rot = head_dim, args.interleaved = interleaved;
    return [&table, x, cos_sin, args] { table.rope(args); };
  });
}

}  // namespace

int main(int argc, char** argv) {
  for (const bool interleaved : {true, false}) {
    for_each_isa([&](const KernelTable& table) {
      add(table, interleaved, 32, 64);
      add(table, interleaved, 32, 128);
    });
  }
  return run_benchmarks(argc, argv);
}
