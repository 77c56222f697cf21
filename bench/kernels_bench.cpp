// Kernels on one thread: every ISA that this CPU runs, next to the bandwidth of the machine in the same run.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "kernels/cpu/kernel_table.h"
#include "kernels/cpu/select.h"

namespace {

using namespace wasmchord::kernels;

struct FormatInfo {
  const char* name;
  uint32_t id, block_len, block_bytes;
};
constexpr FormatInfo kFormats[] = {
#define WC_FORMAT(name, id, block_len, block_bytes, stem) {#stem, id, block_len, block_bytes},
#include "kernels/formats/formats.def"
#undef WC_FORMAT
};

struct Shape {
  uint32_t rows, cols, n_tokens;
};

std::vector<float> random_floats(size_t n) {
  std::mt19937 rng(1);
  std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
  std::vector<float> x(n);
  for (float& v : x) v = uniform(rng);
  return x;
}

// Bytes 0x30 .. 0x37: normal numbers of moderate size as f32, f16, bf16 and as the scale of a block.
std::vector<uint8_t> random_weights(size_t n_bytes) {
  std::mt19937 rng(2);
  std::vector<uint8_t> w(n_bytes);
  for (uint8_t& b : w) b = static_cast<uint8_t>(0x30 + rng() % 8);
  return w;
}

void bench_matmul(benchmark::State& state, const KernelTable& table, const FormatInfo& format, Shape shape) {
  const FormatKernels& kernels = table.formats[format.id];
  const size_t row_bytes = size_t{shape.cols} / format.block_len * format.block_bytes;
  const std::vector<uint8_t> w = random_weights(row_bytes * shape.rows);
  const std::vector<float> x = random_floats(size_t{shape.cols} * shape.n_tokens);
  const bool q8 = kernels.activation == ActivationKind::kQ8;
  const size_t x_row_bytes = q8 ? q8_row_bytes(shape.cols) : shape.cols * sizeof(float);
  std::vector<uint8_t> activations(x_row_bytes * shape.n_tokens);
  for (uint32_t t = 0; t < shape.n_tokens; ++t) {
    const float* row = x.data() + size_t{t} * shape.cols;
    uint8_t* out = activations.data() + t * x_row_bytes;
    if (q8) {
      table.quantize_q8(row, shape.cols, out);
    } else {
      std::memcpy(out, row, x_row_bytes);
    }
  }
  std::vector<float> y(size_t{shape.rows} * shape.n_tokens);
  MatmulArgs args;
  args.w = w.data(), args.w_row_bytes = row_bytes;
  args.x = activations.data(), args.x_row_bytes = x_row_bytes;
  args.y = y.data(), args.y_stride = shape.rows;
  args.cols = shape.cols, args.row_end = shape.rows, args.n_tokens = shape.n_tokens;
  for (auto _ : state) {
    kernels.matmul(args);
    benchmark::ClobberMemory();
  }
  using benchmark::Counter;
  const double macs = double(shape.rows) * shape.cols * shape.n_tokens;
  state.counters["GMAC/s"] = Counter(macs * 1e-9, Counter::kIsIterationInvariantRate);
  state.counters["GB/s"] = Counter(double(w.size()) * 1e-9, Counter::kIsIterationInvariantRate);
}

// Sums 256 MiB, which no cache holds: what one thread can read.
void bench_bandwidth(benchmark::State& state) {
  constexpr size_t kWords = size_t{32} << 20;
  const std::vector<uint64_t> data(kWords, 1);
  for (auto _ : state) {
    uint64_t lanes[16] = {};
    for (size_t i = 0; i < kWords; i += 16) {
      __builtin_prefetch(data.data() + i + 256);
      for (size_t j = 0; j < 16; ++j) lanes[j] += data[i + j];
    }
    benchmark::DoNotOptimize(lanes);
  }
  state.counters["GB/s"] = benchmark::Counter(kWords * 8e-9, benchmark::Counter::kIsIterationInvariantRate);
}

// items: elements or multiply-accumulates of one call, by the name of the counter.
template <class F>
void register_call(const std::string& name, const char* counter, double items, F call) {
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
    for (auto _ : state) {
      call();
      benchmark::ClobberMemory();
    }
    state.counters[counter] = benchmark::Counter(items * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
  });
}

void register_rows(const KernelTable& table) {
  constexpr size_t kN = 4096;
  const std::string isa = std::string(table.name) + "/4096";
  const auto x = std::make_shared<std::vector<float>>(random_floats(kN));
  const auto y = std::make_shared<std::vector<float>>(kN);
  const auto out = std::make_shared<std::vector<uint8_t>>(q8_row_bytes(kN));
  const KernelTable* t = &table;
  register_call("quantize_q8/" + isa, "Gelem/s", kN, [=] { t->quantize_q8(x->data(), kN, out->data()); });
  register_call("rms_norm/" + isa, "Gelem/s", kN, [=] { t->rms_norm(x->data(), x->data(), 1e-5f, kN, y->data()); });
  register_call("layer_norm/" + isa, "Gelem/s", kN,
                [=] { t->layer_norm(x->data(), x->data(), x->data(), 1e-5f, kN, y->data()); });
  register_call("silu_mul/" + isa, "Gelem/s", kN, [=] { t->silu_mul(x->data(), x->data(), kN, y->data()); });
  register_call("softmax/" + isa, "Gelem/s", kN, [=] {
    std::memcpy(y->data(), x->data(), kN * sizeof(float));
    t->softmax(y->data(), kN);
  });
  for (const bool interleaved : {true, false}) {
    const char* pairing = interleaved ? "rope_interleaved/" : "rope_halves/";
    register_call(pairing + isa, "Gelem/s", kN, [=] {
      RopeArgs args;
      args.x = y->data(), args.cos_sin = x->data();
      args.n_heads = kN / 64, args.head_dim = args.n_rot = 64, args.interleaved = interleaved;
      t->rope(args);
    });
  }
}

void register_matmul(const KernelTable& table, const FormatInfo& format, Shape shape) {
  std::string name = shape.n_tokens == 1 ? "matvec/" : "matmul/";
  name.append(format.name).append("/").append(table.name).append("/");
  name.append(std::to_string(shape.rows)).append("x").append(std::to_string(shape.cols));
  if (shape.n_tokens != 1) name.append("x").append(std::to_string(shape.n_tokens));
  benchmark::RegisterBenchmark(
      name.c_str(), [&table, format, shape](benchmark::State& state) { bench_matmul(state, table, format, shape); });
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  benchmark::RegisterBenchmark("bandwidth/read", bench_bandwidth);
  for (size_t i = 0; i < isa_count(); ++i) {
    const KernelTable* table = find_table(isa_at(i).name);
    if (!table) continue;
    for (const FormatInfo& format : kFormats) {
      // In the second-level cache, in the third, in memory; then batches of a prompt.
      for (const Shape shape : {Shape{256, 2048, 1}, Shape{2048, 5632, 1}, Shape{32000, 4096, 1}, Shape{256, 2048, 4},
                                Shape{2048, 2048, 16}, Shape{2048, 2048, 128}}) {
        register_matmul(*table, format, shape);
      }
    }
    register_rows(*table);
  }
  benchmark::RunSpecifiedBenchmarks();
}
