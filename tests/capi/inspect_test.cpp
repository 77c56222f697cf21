// What inspection says, and that it says it of any well-formed file.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/capi/support.h"

namespace wasmchord_test {
namespace {

using nlohmann::json;

const std::string kHostileFiles = WC_TEST_DATA_DIR "/gguf-malformed";

TEST(InspectTest, DescribesARunnableModel) {
  const wasmchord::Context context;
  const json found = json::parse(context.inspect_file(kModelPath, 128));
  EXPECT_EQ(found["version"], 3);
  EXPECT_EQ(found["architecture"], "llama");
  EXPECT_EQ(found["file_bytes"], std::filesystem::file_size(kModelPath));
  EXPECT_EQ(found["runnable"], true);
  EXPECT_EQ(found["unsupported"], json::array());
  EXPECT_EQ(found["memory"]["n_ctx"], 128);
  uint64_t parameters = 0, bytes = 0;
  for (const json& tensor : found["tensors"]) {
    uint64_t elements = 1;
    for (const json& extent : tensor["shape"]) elements *= extent.get<uint64_t>();
    parameters += elements;
    bytes += tensor["bytes"].get<uint64_t>();
  }
  EXPECT_EQ(found["parameters"], parameters);
  EXPECT_EQ(found["types"]["Q8_0"]["bytes"].get<uint64_t>() + found["types"]["F32"]["bytes"].get<uint64_t>(), bytes);
  const json& tokens = found["metadata"]["tokenizer.ggml.tokens"];
  EXPECT_EQ(tokens["type"], "string");
  EXPECT_EQ(tokens["first"].size(), 64u);
  EXPECT_GT(tokens["size"], 64);
  const wasmchord::Model model(context, kModelPath);
  EXPECT_EQ(model.info().n_params, parameters);
}

TEST(InspectTest, TheMemoryEstimateIsWhatASessionTakes) {
  const wasmchord::Context context;
  const json memory = json::parse(context.inspect_file(kModelPath, 256))["memory"];
  const wasmchord::Model model(context, kModelPath);
  wc_session_options options = WC_SESSION_OPTIONS_INIT;
  options.n_ctx = 256;
  const wasmchord::Session session(model, options);
  EXPECT_EQ(memory["kv_bytes"], session.info().kv_bytes);
  EXPECT_EQ(memory["weights_bytes"], model.info().weights_bytes);
}

TEST(InspectTest, TheBytesFedTellTheSameAsTheFile) {
  const wasmchord::Context context;
  const std::string bytes = read_file(kModelPath);
  json of_file = json::parse(context.inspect_file(kModelPath));
  wasmchord::Loader loader(context);
  loader.feed(as_bytes(std::string_view(bytes).substr(0, of_file["data_offset"].get<size_t>())));
  json of_bytes = json::parse(loader.inspect());
  EXPECT_EQ(of_bytes["file_bytes"], nullptr);
  of_file.erase("file_bytes");
  of_bytes.erase("file_bytes");
  EXPECT_EQ(of_bytes, of_file);
}

TEST(InspectTest, DescribesAModelThatCannotRun) {
  const wasmchord::Context context;
  const std::string path = kHostileFiles + "/m_arch_unknown.gguf";
  const json found = json::parse(context.inspect_file(path));
  EXPECT_EQ(found["runnable"], false);
  EXPECT_GT(found["unsupported"].size(), 0u);
  EXPECT_EQ(status_of([&] { wasmchord::Model(context, path); }), WC_STATUS_UNSUPPORTED_ARCHITECTURE);
  wasmchord::Loader loader(context);
  EXPECT_EQ(status_of([&] { loader.feed(as_bytes(read_file(path))); }), WC_STATUS_UNSUPPORTED_ARCHITECTURE);
  EXPECT_EQ(json::parse(loader.inspect())["runnable"], false);
}

TEST(InspectTest, EveryHostileFileIsDescribedOrRefused) {
  const wasmchord::Context context;
  size_t described = 0, refused = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kHostileFiles)) {
    if (entry.path().extension() != ".gguf") continue;
    const std::string path = entry.path().string();
    std::string text;
    const wc_status status = status_of([&] { text = context.inspect_file(path); });
    if (status == WC_STATUS_OK) {
      EXPECT_TRUE(json::accept(text)) << path;
      ++described;
    } else {
      EXPECT_TRUE(status >= WC_STATUS_BAD_MAGIC && status <= WC_STATUS_BAD_KEY_VALUE) << path << wc_status_name(status);
      ++refused;
    }
    // Loading may succeed or fail, but only in ways that are listed.
    EXPECT_NE(status_of([&] { wasmchord::Model(context, path); }), WC_STATUS_INTERNAL) << path;
  }
  EXPECT_GT(described, 10u);
  EXPECT_GT(refused, 10u);
}

TEST(InspectTest, EveryMetadataTypeHasItsAccessorAndJson) {
  const wasmchord::Context context;
  const json metadata = json::parse(context.inspect_file(kHostileFiles + "/ok_all_kv_types.gguf"))["metadata"];
  EXPECT_GE(metadata.size(), 10u);
  const wasmchord::Model model(context, kModelPath);
  EXPECT_EQ(model.metadata_string("general.architecture"), "llama");
  EXPECT_EQ(model.metadata_i64("no.such.key"), std::nullopt);
  EXPECT_EQ(model.metadata_f64("llama.block_count"), model.info().n_layers);
  EXPECT_EQ(status_of([&] { model.metadata_i64("general.architecture"); }), WC_STATUS_WRONG_KEY_TYPE);
  std::string scores(1 << 20, ' ');
  size_t needed = 0;
  const std::string_view key = "tokenizer.ggml.scores";
  ASSERT_EQ(wc_model_metadata_json(model.get(), key.data(), key.size(), scores.data(), scores.size(), &needed),
            WC_STATUS_OK);
  EXPECT_EQ(json::parse(scores.substr(0, needed)).size(), model.tokenizer().vocab_size());
}

}  // namespace
}  // namespace wasmchord_test
