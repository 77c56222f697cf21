// The ways from bytes to a model, and what the tensor directory may not be.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "src/session/session.h"
#include "tests/unit/model/header.h"

namespace wasmchord::test {
namespace {

std::vector<float> logits_of(const LoadResult& loaded) {
  if (!loaded) {
    ADD_FAILURE() << loaded.status().message();
    return {};
  }
  const std::vector<TokenId> ids = tiny_ids();
  return all_logits(**loaded, std::span(ids).first(24));
}

TEST(Loading, GivesTheSameModelInChunksOfAnySizeAndMapped) {
  const Bytes file = tiny("llama3-freqs").convert(DType::kQ8_0).build();
  const std::vector<float> expected = logits_of(map_model(file));
  ASSERT_FALSE(expected.empty());
  for (size_t chunk : {size_t{1}, size_t{4093}, SIZE_MAX}) {
    for (bool announce : {true, false}) {
      EXPECT_EQ(bit_difference(logits_of(push_model(file, {{}, chunk, announce})), expected), "") << chunk;
    }
  }
}

TEST(Loading, OfABigEndianFileGivesTheSameModel) {
  for (DType dtype : {DType::kF32, DType::kF16, DType::kQ8_0, DType::kQ4_0}) {
    ModelCopy copy = tiny("llama3-freqs");
    if (dtype != DType::kF32) copy.convert(dtype);
    const std::vector<float> expected = logits_of(push_model(copy.build()));
    const Bytes big = copy.build(true);
    EXPECT_EQ(bit_difference(logits_of(push_model(big)), expected), "") << dtype_info(dtype).name;
    EXPECT_EQ(bit_difference(logits_of(push_model(big, {{}, 999})), expected), "") << dtype_info(dtype).name;
    EXPECT_EQ(bit_difference(logits_of(map_model(big)), expected), "") << dtype_info(dtype).name;
  }
}

class Folder {
 public:
  Folder() : path_(testing::TempDir() + "wc-split-" + std::to_string(getpid())) {
    std::filesystem::create_directory(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string write(const Bytes& bytes, const std::string& name) const {
    const std::string path = path_ + "/" + name;
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return path;
  }

 private:
  std::string path_;
};

TEST(Loading, OfThreeFilesGivesTheSameModel) {
  ModelCopy copy = tiny("moe");
  const std::vector<float> expected = logits_of(push_model(copy.build()));
  const std::vector<Bytes> files = copy.split(3);
  EXPECT_EQ(bit_difference(logits_of(push_model(files, cpu_backend())), expected), "");
  EXPECT_EQ(bit_difference(logits_of(push_model(files, cpu_backend(), {{}, 777, false})), expected), "");
  const Folder folder;
  const std::string first = folder.write(files[0], "m-00001-of-00003.gguf");
  folder.write(files[1], "m-00002-of-00003.gguf");
  folder.write(files[2], "m-00003-of-00003.gguf");
  EXPECT_EQ(bit_difference(logits_of(load_model_file(first, cpu_backend(), {})), expected), "");
}

TEST(Loading, OfSomeOfItsFilesIsRefused) {
  const std::vector<Bytes> files = tiny("moe").split(3);
  EXPECT_EQ(push_model({files[0], files[1]}, cpu_backend()).status().code(), Code::kTruncated);
}

TEST(Loading, MissesATensorThatNoFileOfASplitModelHas) {
  const std::vector<Bytes> files = tiny("mqa").without_tensor("blk.1.ffn_norm.weight").split(2);
  const Status status = push_model(files, cpu_backend()).status();
  EXPECT_EQ(status.code(), Code::kMissingTensor);
  EXPECT_TRUE(names(status, "blk.1.ffn_norm.weight")) << status.message();
}

TEST(Loading, OfATruncatedFileIsRefusedWhereverItEnds) {
  const Bytes file = tiny("gqa-tied").build();
  for (size_t length : {file.size() - 1, file.size() / 2, size_t{9000}, size_t{0}}) {
    const Bytes part(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_EQ(push_model(part, {{}, SIZE_MAX, false}).status().code(), Code::kTruncated) << length;
    EXPECT_EQ(map_model(part).status().code(), Code::kTruncated) << length;
  }
}

// With the length known, the counts of the first bytes are seen to be more than the file can hold.
TEST(Loading, OfAHeaderCutShortIsRefused) {
  const Bytes file = tiny("gqa-tied").build();
  const Bytes part(file.begin(), file.begin() + 100);
  EXPECT_EQ(push_model(part, {{}, SIZE_MAX, false}).status().code(), Code::kTruncated);
  EXPECT_EQ(push_model(part).status().code(), Code::kBadCount);
  EXPECT_EQ(map_model(part).status().code(), Code::kBadCount);
}

TEST(Loading, OfAFileThatIsNotThereNamesIt) {
  const Status status = load_model_file("no/such/model.gguf", cpu_backend(), {}).status();
  EXPECT_EQ(status.code(), Code::kIo);
  EXPECT_TRUE(names(status, "no/such/model.gguf"));
}

TEST(Loading, WithoutAnyFileIsAStateError) {
  ModelLoader loader(cpu_backend(), {});
  EXPECT_EQ(loader.finish().status().code(), Code::kInvalidState);
}

// Every tensor that the model needs, one at a time.
TEST(Directory, MissesEachTensorByName) {
  ModelCopy whole = tiny("moe");
  for (const GgufBuilder::Tensor& t : whole.tensors()) {
    if (t.name == "output.weight") continue;  // absent, it is tied
    const Status status = push_model(ModelCopy(whole).without_tensor(t.name).build()).status();
    EXPECT_EQ(status.code(), Code::kMissingTensor) << t.name;
    EXPECT_TRUE(names(status, "'" + t.name + "'")) << status.message();
  }
}

TEST(Directory, RefusesEachTensorOfAnotherShapeByName) {
  ModelCopy whole = tiny("moe");
  for (size_t i = 0; i < whole.tensors().size(); ++i) {
    ModelCopy copy = whole;
    GgufBuilder::Tensor& t = copy.tensors()[i];
    t.dims.back() *= 2;
    t.data.resize(2 * t.data.size());
    const Status status = push_model(copy.build()).status();
    EXPECT_EQ(status.code(), Code::kBadTensorShape) << t.name;
    EXPECT_TRUE(names(status, "'" + t.name + "'")) << status.message();
  }
}

TEST(Directory, RefusesATransposedMatrixWithBothShapes) {
  ModelCopy copy = tiny("mqa");
  std::swap(copy.tensor("blk.0.attn_k.weight").dims[0], copy.tensor("blk.0.attn_k.weight").dims[1]);
  const Status status = push_model(copy.build()).status();
  EXPECT_EQ(status.code(), Code::kBadTensorShape);
  EXPECT_TRUE(names(status, "[16, 64]")) << status.message();
  EXPECT_TRUE(names(status, "[64, 16]")) << status.message();
}

// Before a byte of data has come.
TEST(Directory, RefusesTypesThatCannotBeComputedByName) {
  for (DType dtype : {DType::kI8, DType::kI16, DType::kI32, DType::kF64}) {
    ModelCopy copy = tiny("mqa");
    GgufBuilder::Tensor& t = copy.tensor("blk.1.ffn_down.weight");
    t.type = static_cast<uint32_t>(dtype);
    t.data.resize(96 * 64 * dtype_info(dtype).block_bytes);
    const Bytes file = copy.build();
    ModelLoader loader(cpu_backend(), {});
    gguf::PushReader reader(&loader, file.size());
    const Status status = reader.feed(std::span(file).first(header_of(file)->data_offset));
    EXPECT_EQ(status.code(), Code::kUnsupportedTensorType);
    EXPECT_TRUE(names(status, "'blk.1.ffn_down.weight'")) << status.message();
    EXPECT_TRUE(names(status, dtype_info(dtype).name)) << status.message();
  }
}

TEST(Directory, WantsVectorsAsFloats) {
  for (const char* name : {"blk.0.attn_norm.weight", "blk.0.attn_q.bias", "output_norm.weight"}) {
    const Status status = push_model(tiny("attn-bias").convert(name, DType::kF16).build()).status();
    EXPECT_EQ(status.code(), Code::kUnsupportedTensorType) << name;
    EXPECT_TRUE(names(status, name)) << status.message();
  }
}

TEST(Directory, RefusesPartsThatWouldChangeTheResult) {
  for (const char* name : {"blk.0.attn_q_norm.weight", "blk.1.ffn_gate_shexp.weight", "blk.0.attn_sinks.weight"}) {
    ModelCopy copy = tiny("mqa");
    copy.tensors().push_back({name, {16}, 0, Bytes(64)});
    const Status status = push_model(copy.build()).status();
    EXPECT_EQ(status.code(), Code::kUnsupportedFeature) << name;
    EXPECT_TRUE(names(status, name)) << status.message();
  }
}

TEST(Directory, IgnoresTensorsThatNothingReads) {
  ModelCopy copy = tiny("mqa");
  const std::vector<float> expected = logits_of(push_model(copy.build()));
  copy.tensors().insert(copy.tensors().begin(), {"blk.0.attn_rot_embd", {3}, 0, bytes_of({1, 2, 3})});
  copy.tensors().push_back({"extra.stuff", {5}, static_cast<uint32_t>(DType::kI8), Bytes(5)});
  for (const LoadResult& result :
       {push_model(copy.build()), push_model(copy.build(), {{}, 1000}), map_model(copy.build())}) {
    EXPECT_EQ(bit_difference(logits_of(result), expected), "");
  }
}

TEST(VocabOnly, ModelHasItsTokenizerAndNothingElse) {
  ModelLoadOptions options;
  options.vocab_only = true;
  const Bytes file = tiny("mqa").build();
  for (const auto& loaded : {push_model({file}, nullptr, {options}), map_model(file, options)}) {
    ASSERT_TRUE(loaded.is_ok()) << loaded.status().message();
    const Model& model = **loaded;
    EXPECT_TRUE(model.vocab_only());
    EXPECT_EQ(model.tokenizer().vocab_size(), 320u);
    EXPECT_EQ(model.create_executor({16, 16, KvType::kF16, 1}).status().code(), Code::kInvalidState);
    EXPECT_EQ(Session::create(*loaded, {}).status().code(), Code::kInvalidState);
  }
}

TEST(VocabOnly, LooksAtNoTensorAndNoArchitecture) {
  ModelLoadOptions options;
  options.vocab_only = true;
  ModelCopy copy = tiny("mqa");
  copy.tensors().clear();
  EXPECT_TRUE(push_model({copy.set("general.architecture", "phoenix9").build()}, nullptr, {options}).is_ok());
}

}  // namespace
}  // namespace wasmchord::test
