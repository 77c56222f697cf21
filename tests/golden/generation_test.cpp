// Whole generations, hashed: the same value for every instruction set, number of threads and micro-batch, and on every
// machine. data/golden/generation_hashes.txt holds the values, "NAME HASH" a line, made by the scalar kernels: they
// change only with the canonical order (kernels/README.md), and then on purpose.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <ostream>
#include <sstream>

#include "kernels/cpu/select.h"
#include "src/session/session.h"
#include "tests/golden/models.h"

namespace wasmchord::test {
namespace {

constexpr uint32_t kGenerated = 6;

// FNV-1a, 64 bits.
class Hash {
 public:
  void add(const void* data, size_t n) {
    const auto* bytes = static_cast<const unsigned char*>(data);
    for (size_t i = 0; i < n; ++i) value_ = (value_ ^ bytes[i]) * 0x100000001b3u;
  }
  std::string text() const {
    std::ostringstream out;
    out << std::hex << value_;
    return out.str();
  }

 private:
  uint64_t value_ = 0xcbf29ce484222325u;
};

// Of the greedy tokens after `prompt`, each with the logits it was chosen from.
std::string generation_hash(const std::shared_ptr<const Model>& model, std::span<const TokenId> prompt,
                            const SessionOptions& options) {
  auto session = Session::create(model, options);
  if (!session) return session.status().message();
  if (const Status status = (*session)->prefill(prompt); !status) return status.message();
  GenerateOptions generate;
  generate.ignore_end = true;
  generate.max_tokens = kGenerated;
  EXPECT_TRUE((*session)->generate(generate).is_ok());
  Hash hash;
  Code code = Code::kOk;
  while (code == Code::kOk) {
    Step step;
    code = (*session)->step(&step).code();
    const std::span<const float> logits = *(*session)->logits();
    hash.add(&step.token, sizeof step.token);
    hash.add(logits.data(), logits.size_bytes());
  }
  EXPECT_EQ(code, Code::kEnd);
  return hash.text();
}

// Prompt tokens computed at once, for some threads.
struct Cut {
  uint32_t n_threads, n_ubatch;
};

void expect_hash(const std::string& name, const Bytes& file, std::span<const TokenId> prompt, KvType kv_type) {
  std::map<std::string, std::string> known;
  std::istringstream list(read_text(data_path("golden/generation_hashes.txt")));
  for (std::string key, hash; list >> key >> hash;) known[key] = hash;
  for (size_t i = 0; i < kernels::isa_count(); ++i) {
    const kernels::IsaInfo& isa = kernels::isa_at(i);
    if (!isa.supported()) continue;
    const auto model = load(file, isa.name);
    const auto n = static_cast<uint32_t>(prompt.size());
    for (const Cut cut : {Cut{1, n}, Cut{2, 7}, Cut{3, 16}, Cut{5, n}, Cut{1, 1}}) {
      SessionOptions options;
      options.n_ctx = n + kGenerated;
      options.kv_type = kv_type;
      options.n_threads = cut.n_threads;
      options.n_ubatch = cut.n_ubatch;
      EXPECT_EQ(generation_hash(model, prompt, options), known[name])
          << name << ", " << isa.name << ", " << cut.n_threads << " threads, " << cut.n_ubatch << " at once";
      if (isa.name == "scalar") break;  // slow, and others have shown that the cut does not matter
    }
  }
}

struct Format {
  const char* name;
  DType dtype;
  // As its golden vectors are called: "q4_0", "q2_K".
  std::string file_name() const {
    std::string stem = name;
    const size_t suffix = stem.size() > 2 && stem.substr(stem.size() - 2) == "_K" ? 2 : 0;
    std::transform(stem.begin(), stem.end() - static_cast<std::ptrdiff_t>(suffix), stem.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return stem;
  }
};

void PrintTo(const Format& format, std::ostream* out) { *out << format.name; }

constexpr Format kFormats[] = {
#define WC_FORMAT(name, id, block_len, block_bytes, stem) {#name, DType::k##name},
#include "kernels/formats/formats.def"
#undef WC_FORMAT
};

// One layer whose matrices are rows of a format's golden vectors, 256 elements each, in no particular order.
class GoldenVectorModel {
 public:
  GoldenVectorModel(Bytes blocks, DType dtype) : blocks_(std::move(blocks)), dtype_(dtype) {}

  Bytes build() {
    ModelCopy copy = tiny("gqa-tied");
    set(copy, "block_count", 1);
    set(copy, "embedding_length", kDim);
    set(copy, "feed_forward_length", kInner);
    set(copy, "attention.head_count", 4);
    set(copy, "attention.head_count_kv", 1);
    for (const char* key : {"attention.key_length", "attention.value_length", "rope.dimension_count"})
      set(copy, key, 64);
    std::vector<GgufBuilder::Tensor>& tensors = copy.tensors();
    std::erase_if(tensors, [](const GgufBuilder::Tensor& t) { return t.name.substr(0, 6) == "blk.1."; });
    for (GgufBuilder::Tensor& t : tensors) fill(&t);
    return copy.build();
  }

 private:
  static constexpr uint32_t kDim = 512, kInner = 256;

  static void set(ModelCopy& copy, const char* key, uint32_t value) {
    copy.set(std::string("llama.").append(key), value);
  }

  static std::vector<uint64_t> shape(const std::string& name) {
    if (name == "token_embd.weight") return {kDim, 320};
    const std::string part = name.substr(name.rfind('.', name.size() - 8) + 1);
    if (part == "attn_k.weight" || part == "attn_v.weight") return {kDim, 64};
    if (part == "attn_output.weight" || part == "ffn_down.weight") return {kInner, kDim};
    return {kDim, kInner};  // attn_q, ffn_gate, ffn_up
  }

  void fill(GgufBuilder::Tensor* t) {
    if (t->dims.size() == 1) {  // a norm: weights of 8 on the average ask for small activations
      std::vector<float> w(kDim);
      for (size_t i = 0; i < w.size(); ++i) w[i] = 0.0078125f * (1.0f + 0.125f * static_cast<float>(i % 7));
      t->dims = {kDim};
      t->data = bytes_of(w);
      return;
    }
    t->dims = shape(t->name);
    t->type = static_cast<uint32_t>(dtype_);
    t->data.clear();
    const DTypeInfo& info = dtype_info(dtype_);
    const size_t row = 256 / info.block_len * info.block_bytes, n_rows = blocks_.size() / row;
    for (uint64_t i = 0; i < t->dims[0] / 256 * t->dims[1]; ++i) {
      random_ = random_ * 1664525 + 1013904223;  // Numerical Recipes' generator
      const auto at = blocks_.begin() + static_cast<std::ptrdiff_t>((random_ >> 8) % n_rows * row);
      t->data.insert(t->data.end(), at, at + static_cast<std::ptrdiff_t>(row));
    }
  }

  Bytes blocks_;
  DType dtype_;
  uint32_t random_ = 1;
};

class FormatGeneration : public testing::TestWithParam<Format> {};

TEST_P(FormatGeneration, HasOneHash) {
  const std::string name = GetParam().file_name();
  const std::string path = data_path("formats/" + (name == "f32" ? "input.f32" : name + ".q"));
  if (path.empty()) GTEST_SKIP() << "a format of activations: no golden vectors";
  const std::vector<TokenId> ids = tiny_ids();
  const std::span<const TokenId> prompt = std::span(ids).first(24);
  expect_hash(name, GoldenVectorModel(read_bytes(path), GetParam().dtype).build(), prompt, KvType::kF16);
}

INSTANTIATE_TEST_SUITE_P(Formats, FormatGeneration, testing::ValuesIn(kFormats),
                         [](const testing::TestParamInfo<Format>& p) { return p.param.file_name(); });

// A trained model; 270 tokens are three ranges of attention.
TEST(TalesGeneration, HasOneHashForEveryTypeOfCache) {
  const Bytes file = read_bytes(data_path("models/tales-1m-q8_0.gguf"));
  std::vector<TokenId> prompt = {1};
  for (TokenId i = 1; i < 264; ++i) prompt.push_back(300 + i * 37 % 3500);
  const std::pair<const char*, KvType> caches[] = {
      {"f32", KvType::kF32}, {"f16", KvType::kF16}, {"q8_0", KvType::kQ8_0}, {"q4_0", KvType::kQ4_0}};
  for (const auto& [name, kv_type] : caches) {
    expect_hash(std::string("tales-1m-q8_0,kv-") + name, file, prompt, kv_type);
  }
}

TEST(ExpertGeneration, HasOneHash) {
  const std::vector<TokenId> ids = tiny_ids();
  expect_hash("moe", tiny("moe").build(), ids, KvType::kF32);
}

}  // namespace
}  // namespace wasmchord::test
