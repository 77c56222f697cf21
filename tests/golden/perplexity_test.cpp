// Perplexity of held-out text, by the convention of published GGUF numbers: the text's tokens in chunks of 512, the
// first of each replaced by BOS, the second half of each scored.
#include <gtest/gtest.h>

#include <cmath>

#include "src/session/session.h"
#include "tests/golden/models.h"

namespace wasmchord::test {
namespace {

constexpr size_t kChunk = 512, kBatch = 128;

// Sum of -log p of chunk[kChunk / 2 + 1 ..].
double score(Session& session, const std::vector<TokenId>& chunk, uint32_t n_vocab) {
  EXPECT_TRUE(session.reset().is_ok());
  EXPECT_TRUE(session.prefill(std::span(chunk).first(kChunk / 2)).is_ok());
  std::vector<float> logits(kBatch * n_vocab);
  double sum = 0;
  for (size_t at = kChunk / 2; at < kChunk; at += kBatch) {
    EXPECT_TRUE(session.eval(std::span(chunk).subspan(at, kBatch), 0, logits.data()).is_ok());
    const auto rows = log_probs(logits, n_vocab);
    for (size_t i = 0; i < kBatch && at + i + 1 < kChunk; ++i) sum -= rows[i][static_cast<size_t>(chunk[at + i + 1])];
  }
  return sum;
}

// MODEL_CARD of tales: 5.069 by llama.cpp 0.7.0.
TEST(Perplexity, OfTheHeldOutTextIsTheReferences) {
  auto loaded = load_model_file(data_path("models/tales-1m-q8_0.gguf"), cpu_backend(), {});
  ASSERT_TRUE(loaded.is_ok()) << loaded.status().message();
  const auto model = *loaded;
  std::vector<TokenId> ids;
  ASSERT_TRUE(model->tokenizer().encode(read_text(data_path("golden/tales-heldout.txt")), {}, &ids).is_ok());
  SessionOptions options;
  options.n_ctx = kChunk;
  auto session = Session::create(model, options);
  ASSERT_TRUE(session.is_ok()) << session.status().message();
  double sum = 0;
  const size_t n_chunks = ids.size() / kChunk;
  for (size_t i = 0; i < n_chunks; ++i) {
    std::vector<TokenId> chunk(ids.begin() + static_cast<std::ptrdiff_t>(i * kChunk),
                               ids.begin() + static_cast<std::ptrdiff_t>((i + 1) * kChunk));
    chunk.front() = model->tokenizer().bos();
    sum += score(**session, chunk, model->config().n_vocab);
  }
  const double perplexity = std::exp(sum / static_cast<double>(n_chunks * (kChunk / 2 - 1)));
  RecordProperty("perplexity", std::to_string(perplexity));
  EXPECT_NEAR(perplexity, 5.069, 0.005 * 5.069);
}

}  // namespace
}  // namespace wasmchord::test
