// Encoding and decoding speed on the shared corpus, creation time, and time on one endless word. Bytes per second are
// of text, on one core. Vocabularies that are not there are left out.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "src/gguf/reader.h"
#include "src/tokenizer/tokenizer.h"

namespace {

using wasmchord::TokenId;
using wasmchord::Tokenizer;
using Header = std::shared_ptr<const wasmchord::gguf::Header>;
namespace fs = std::filesystem;

constexpr const char* kVocabularies[] = {"llama-spm", "llama-bpe", "qwen2",     "gpt-2",        "phi-3",
                                         "phi-2",     "falcon",    "starcoder", "deepseek-llm", "bert-bge"};

std::string read_corpus(const fs::path& folder) {
  std::vector<fs::path> books;
  for (const auto& entry : fs::directory_iterator(folder)) books.push_back(entry.path());
  std::sort(books.begin(), books.end());
  std::string text;
  for (const fs::path& book : books) {
    std::ifstream in(book, std::ios::binary);
    text.append(std::istreambuf_iterator<char>(in), {});
  }
  return text;
}

void count_bytes(benchmark::State& state, const std::string& text) {
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}

void encode(benchmark::State& state, const Tokenizer& tokenizer, const std::string& text) {
  std::vector<TokenId> ids;
  for (auto _ : state) {
    ids.clear();
    if (!tokenizer.encode(text, {}, &ids)) state.SkipWithError("encode failed");
    benchmark::DoNotOptimize(ids.data());
  }
  count_bytes(state, text);
}

void decode(benchmark::State& state, const Tokenizer& tokenizer, const std::string& text) {
  std::vector<TokenId> ids;
  if (!tokenizer.encode(text, {}, &ids)) state.SkipWithError("encode failed");
  std::string out;
  for (auto _ : state) {
    out.clear();
    for (const TokenId id : ids) {
      if (!tokenizer.decode_token(id, false, &out)) state.SkipWithError("decode failed");
    }
    benchmark::DoNotOptimize(out.data());
  }
  count_bytes(state, text);
}

void create(benchmark::State& state, const Header& header) {
  for (auto _ : state) {
    auto tokenizer = Tokenizer::create(header->metadata);
    if (!tokenizer) state.SkipWithError("create failed");
    benchmark::DoNotOptimize(tokenizer);
  }
}

void add(const std::string& name, const Header& header, const std::string& corpus) {
  auto created = Tokenizer::create(header->metadata);
  if (!created) {
    std::cerr << name << ": " << created.status().message() << '\n';
    return;
  }
  std::shared_ptr<const Tokenizer> tokenizer = *std::move(created);
  const auto add_encode = [&](const std::string& what, const std::string& text) {
    benchmark::RegisterBenchmark(("tokenizer/" + what + "/" + name).c_str(), [tokenizer,
                                                                              text](benchmark::State& state) {
      encode(state, *tokenizer, text);
    })->Unit(benchmark::kMillisecond);
  };
  add_encode("encode", corpus);
  add_encode("encode_short", corpus.substr(corpus.size() / 2, 200));
  add_encode("encode_1MB_of_a", std::string(1 << 20, 'a'));
  add_encode("encode_1MB_of_spaces", std::string(1 << 20, ' '));
  benchmark::RegisterBenchmark(("tokenizer/decode/" + name).c_str(), [tokenizer, corpus](benchmark::State& state) {
    decode(state, *tokenizer, corpus);
  })->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark(("tokenizer/create/" + name).c_str(), [header](benchmark::State& state) {
    create(state, header);
  })->Unit(benchmark::kMillisecond);
}

}  // namespace

// Usage: tokenizer_bench [--benchmark_...] [folder of the shared data]
int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const fs::path shared = argc > 1 ? argv[1] : "../shared";
  if (!fs::exists(shared / "corpus")) {
    std::cerr << "no corpus in " << shared << '\n';
    return 1;
  }
  const std::string corpus = read_corpus(shared / "corpus");
  for (const char* name : kVocabularies) {
    const fs::path path = shared / "tokenizers" / "vocab" / (std::string(name) + ".gguf");
    if (auto header = wasmchord::gguf::read_header(path.string()); header.is_ok()) add(name, *header, corpus);
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
