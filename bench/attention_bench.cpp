// Attention over one K/V head on one thread: every ISA that this CPU runs and every type of K and V.
//   attention/<type>/<isa>/decode/<heads>x<head_dim>x<positions>             one token, all positions before it
//   attention/<type>/<isa>/prefill/<heads>x<tokens>x<head_dim>x<positions>   the last tokens of so many positions
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "kernels/cpu/kernel_table.h"
#include "kernels/cpu/select.h"

namespace {

using namespace wasmchord::kernels;

struct KvInfo {
  const char* name;
  KvType type;
  double bits;  // of an element
};
constexpr KvInfo kKvInfo[] = {
    {"f32", KvType::kF32, 32}, {"f16", KvType::kF16, 16}, {"q8_0", KvType::kQ8_0, 8.5}, {"q4_0", KvType::kQ4_0, 4.5}};

struct Shape {
  uint32_t n_heads, n_tokens, head_dim, n_positions;
};

std::vector<float> random_floats(size_t n) {
  std::mt19937 rng(1);
  std::normal_distribution<float> normal;
  std::vector<float> x(n);
  for (float& v : x) v = normal(rng);
  return x;
}

void bench_attention(benchmark::State& state, const KernelTable& table, const KvInfo& info, Shape shape) {
  const size_t n_q = size_t{shape.n_tokens} * shape.n_heads;
  const std::vector<float> q = random_floats(n_q * shape.head_dim);
  const std::vector<float> floats = random_floats(size_t{shape.n_positions} * shape.head_dim);
  const auto type = static_cast<size_t>(info.type);
  std::vector<uint8_t> kv(static_cast<size_t>(static_cast<double>(floats.size()) * info.bits / 8));
  // Keys and values in the same bytes, whole tiles: which elements make a key plays no part.
  table.kv_store[type](floats.data(), floats.size(), kv.data());
  std::vector<float> m(n_q), l(n_q), acc(n_q * shape.head_dim), scratch(kAttentionTile * shape.head_dim * 2);
  AttentionArgs args;
  args.q = q.data(), args.q_stride = size_t{shape.n_heads} * shape.head_dim;
  args.k = args.v = kv.data();
  args.end = shape.n_positions, args.position = shape.n_positions - shape.n_tokens;
  args.n_tokens = shape.n_tokens, args.n_heads = shape.n_heads;
  args.head_dim = args.head_dim_v = shape.head_dim, args.scale = 0.125f;
  args.m = m.data(), args.l = l.data(), args.acc = acc.data(), args.scratch = scratch.data();
  for (auto _ : state) {
    std::fill(m.begin(), m.end(), -std::numeric_limits<float>::infinity());
    std::fill(l.begin(), l.end(), 0.0f);
    std::fill(acc.begin(), acc.end(), 0.0f);
    table.attention[type](args);
    benchmark::ClobberMemory();
  }
  double seen = 0;
  for (uint32_t t = 0; t < shape.n_tokens; ++t) seen += args.position + t + 1;
  using benchmark::Counter;
  state.counters["GMAC/s"] = Counter(2e-9 * seen * shape.n_heads * shape.head_dim, Counter::kIsIterationInvariantRate);
  state.counters["GB/s"] = Counter(2e-9 * static_cast<double>(kv.size()), Counter::kIsIterationInvariantRate);
}

std::string name_of(const KernelTable& table, const KvInfo& info, Shape shape) {
  std::string name = std::string("attention/") + info.name + "/" + table.name;
  name += shape.n_tokens == 1 ? "/decode/" : "/prefill/";
  name += std::to_string(shape.n_heads) + "x";
  if (shape.n_tokens > 1) name += std::to_string(shape.n_tokens) + "x";
  return name + std::to_string(shape.head_dim) + "x" + std::to_string(shape.n_positions);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  for (size_t i = 0; i < isa_count(); ++i) {
    const KernelTable* table = find_table(isa_at(i).name);
    if (!table) continue;
    for (const KvInfo& info : kKvInfo) {
      for (const Shape shape : {Shape{1, 1, 64, 1024}, Shape{8, 1, 64, 1024}, Shape{4, 1, 128, 1024},
                                Shape{8, 8, 64, 512}, Shape{1, 32, 64, 512}, Shape{4, 16, 128, 512}}) {
        benchmark::RegisterBenchmark(name_of(*table, info, shape).c_str(), [table, &info, shape](benchmark::State& s) {
          bench_attention(s, *table, info, shape);
        });
      }
    }
  }
  benchmark::RunSpecifiedBenchmarks();
}
