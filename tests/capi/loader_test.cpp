// However the bytes come, the model is the same.
#include "tests/capi/support.h"

namespace wasmchord_test {
namespace {

constexpr std::string_view kPrompt = "Once upon a time";

wasmchord::Model push(const wasmchord::Context& context, std::string_view bytes, size_t chunk,
                      const wc_load_options& options = WC_LOAD_OPTIONS_INIT) {
  wasmchord::Loader loader(context, options);
  for (size_t at = 0; at < bytes.size(); at += chunk) loader.feed(as_bytes(bytes.substr(at, chunk)));
  return loader.finish();
}

class ChunkTest : public testing::TestWithParam<size_t> {};

TEST_P(ChunkTest, APushedModelWritesWhatTheMappedOneWrites) {
  const wasmchord::Context context;
  const std::string mapped = continue_text(wasmchord::Model(context, kModelPath), kPrompt, 32);
  const std::string bytes = read_file(kModelPath);
  EXPECT_EQ(continue_text(push(context, bytes, GetParam()), kPrompt, 32), mapped);
  EXPECT_NE(mapped.find("there was"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Sizes, ChunkTest, testing::Values(1, 31, 4096, 100003, size_t{1} << 30),
                         [](const auto& chunk) { return "bytes" + std::to_string(chunk.param); });

TEST(LoaderTest, TheMicroModelGivesTheSameLogitsEitherWay) {
  const wasmchord::Context context;
  const std::string bytes = read_file(kMicroModelPath);
  wasmchord::Session mapped{wasmchord::Model(context, kMicroModelPath)}, pushed{push(context, bytes, 1)};
  const int32_t ids[] = {1, 2, 3};
  mapped.prefill(ids);
  pushed.prefill(ids);
  const std::span<const float> a = mapped.logits(), b = pushed.logits();
  EXPECT_EQ(std::vector<float>(a.begin(), a.end()), std::vector<float>(b.begin(), b.end()));
}

TEST(LoaderTest, ProgressReachesTheTotals) {
  const wasmchord::Context context;
  const std::string bytes = read_file(kModelPath);
  wc_progress last = {};
  wc_load_options options = WC_LOAD_OPTIONS_INIT;
  options.total_bytes = bytes.size();
  options.progress_user = &last;
  options.progress = [](void* user, const wc_progress* progress) {
    *static_cast<wc_progress*>(user) = *progress;
    return 0;
  };
  push(context, bytes, 4096, options);
  EXPECT_GT(last.tensors_total, 0u);
  EXPECT_EQ(last.tensors_done, last.tensors_total);
  EXPECT_EQ(last.bytes_done, last.bytes_total);
}

TEST(LoaderTest, AProgressCallbackCanEndTheLoad) {
  const wasmchord::Context context;
  wc_load_options options = WC_LOAD_OPTIONS_INIT;
  options.progress = [](void*, const wc_progress* progress) { return progress->tensors_done > 2 ? 1 : 0; };
  EXPECT_EQ(status_of([&] { push(context, read_file(kModelPath), 4096, options); }), WC_STATUS_CANCELLED);
}

TEST(LoaderTest, AWeightlessVocabularyLoadsAlone) {
  const std::string path = WC_SHARED_DIR "/tokenizers/vocab/llama-spm.gguf";
  if (!std::ifstream(path)) GTEST_SKIP() << path << " is absent";
  const wasmchord::Context context;
  wc_load_options options = WC_LOAD_OPTIONS_INIT;
  options.flags = WC_LOAD_VOCAB_ONLY;
  for (const bool mapped : {true, false}) {
    const wasmchord::Model model =
        mapped ? wasmchord::Model(context, path, options) : push(context, read_file(path), 65536, options);
    EXPECT_EQ(model.tokenizer().vocab_size(), 32000u);
    EXPECT_EQ(model.tokenizer().decode(model.tokenizer().encode("Hello, world")), "Hello, world");
    EXPECT_EQ(status_of([&] { wasmchord::Session{model}; }), WC_STATUS_INVALID_STATE);
  }
}

}  // namespace
}  // namespace wasmchord_test
