// Cost of choosing one token, by vocabulary size, over logits as a language model gives them: a broad normal
// distribution with a few likely tokens.
#include <benchmark/benchmark.h>

#include <random>
#include <string>
#include <vector>

#include "src/sampler/sampler.h"

namespace wasmchord {
namespace {

struct Step {
  std::string name;
  std::vector<SamplerParam> params;
};
using Steps = std::vector<Step>;

std::vector<float> make_logits(size_t n) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal(-2.0f, 2.5f);
  std::vector<float> logits(n);
  for (float& logit : logits) logit = normal(random);
  for (int i = 0; i < 20; ++i) logits[random() % n] = 8.0f + 0.5f * static_cast<float>(i);
  return logits;
}

void run(benchmark::State& state, const Steps& steps, const std::vector<float>& logits) {
  SamplerChain chain;
  for (const Step& step : steps) {
    if (!chain.add(step.name, step.params)) state.SkipWithError(step.name.c_str());
  }
  chain.prepare(static_cast<uint32_t>(logits.size()));
  for (auto _ : state) {
    const Result<int32_t> token = chain.sample(logits);
    if (!token) {
      state.SkipWithError("no token");
      break;
    }
    chain.accept(*token);
    benchmark::DoNotOptimize(*token);
  }
}

void add(const std::string& name, size_t n, const Steps& steps) {
  benchmark::RegisterBenchmark(("sampling/" + name + "/" + std::to_string(n)).c_str(), [steps,
                                                                                        n](benchmark::State& state) {
    run(state, steps, make_logits(n));
  })->Unit(benchmark::kMicrosecond);
}

void add_all() {
  const Steps chain = {{"penalties", {{"last_n", 64}, {"repeat", 1.1}}},
                       {"top_k", {{"k", 40}}},
                       {"top_p", {{"p", 0.95}}},
                       {"min_p", {{"p", 0.05}}},
                       {"temperature", {{"t", 0.8}}},
                       {"dist", {{"seed", 1}}}};
  for (const size_t n : {32000u, 128000u}) {
    add("greedy", n, {{"greedy", {}}});
    add("chain", n, chain);
    add("top_p", n, {{"top_p", {{"p", 0.95}}}, {"dist", {}}});
    add("min_p", n, {{"min_p", {{"p", 0.05}}}, {"dist", {}}});
    add("typical", n, {{"typical", {{"p", 0.95}}}, {"dist", {}}});
    add("dist", n, {{"dist", {}}});
  }
  // Ascending logits make every candidate beat all before it: the worst order for the selection.
  benchmark::RegisterBenchmark("sampling/chain_ascending/128000", [chain](benchmark::State& state) {
    std::vector<float> logits(128000);
    for (size_t i = 0; i < logits.size(); ++i) logits[i] = 1e-4f * static_cast<float>(i);
    run(state, chain, logits);
  })->Unit(benchmark::kMicrosecond);
}

}  // namespace
}  // namespace wasmchord

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  wasmchord::add_all();
  benchmark::RunSpecifiedBenchmarks();
}
