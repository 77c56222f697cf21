#include <gtest/gtest.h>

#include "tests/unit/model/header.h"

namespace wasmchord::test {
namespace {

using gguf::Progress;

std::vector<Progress> record(const std::function<LoadResult(const ModelLoadOptions&)>& load_with) {
  std::vector<Progress> all;
  ModelLoadOptions options;
  options.progress = [&](const Progress& progress) {
    all.push_back(progress);
    return true;
  };
  const LoadResult loaded = load_with(options);
  EXPECT_TRUE(loaded.is_ok()) << loaded.status().message();
  return all;
}

void expect_complete(const std::vector<Progress>& all) {
  ASSERT_FALSE(all.empty());
  for (size_t i = 1; i < all.size(); ++i) {
    EXPECT_GE(all[i].bytes_done, all[i - 1].bytes_done);
    EXPECT_GE(all[i].tensors_done, all[i - 1].tensors_done);
    EXPECT_LE(all[i].bytes_done, all[i].bytes_total);
  }
  EXPECT_EQ(all.back().bytes_done, all.back().bytes_total);
  EXPECT_EQ(all.back().tensors_done, all.back().tensors_total);
}

TEST(Progress, GrowsAndEndsComplete) {
  ModelCopy copy = tiny("llama3-freqs");
  copy.tensors().push_back({"unused", {3}, 0, bytes_of({1, 2, 3})});
  const Bytes file = copy.build();
  uint64_t bytes = 0;
  for (const GgufBuilder::Tensor& t : copy.tensors()) bytes += t.data.size();
  const auto pushed = record([&](const ModelLoadOptions& o) { return push_model(file, {o, 5000}); });
  const auto mapped = record([&](const ModelLoadOptions& o) { return map_model(file, o); });
  for (const auto& all : {pushed, mapped}) {
    expect_complete(all);
    EXPECT_EQ(all.back().bytes_total, bytes);
    EXPECT_EQ(all.back().tensors_total, copy.tensors().size());
  }
  EXPECT_EQ(mapped.size(), copy.tensors().size()) << "once for each tensor";
  EXPECT_GT(pushed.size(), mapped.size()) << "once for each chunk";
}

TEST(Progress, CountsAllFilesOfASplitModel) {
  ModelCopy copy = tiny("moe");
  const std::vector<Bytes> files = copy.split(3);
  const auto all = record([&](const ModelLoadOptions& o) { return push_model(files, cpu_backend(), {o}); });
  expect_complete(all);
  EXPECT_EQ(all.back().tensors_total, copy.tensors().size());
}

TEST(Progress, EndsTheLoadWhereItSaysSo) {
  const Bytes file = tiny("mqa").build();
  for (int most : {0, 1, 7}) {
    int calls = 0;
    ModelLoadOptions options;
    options.progress = [&](const Progress&) { return calls++ < most; };
    EXPECT_EQ(push_model(file, {options, 3000}).status().code(), Code::kCancelled);
    EXPECT_EQ(calls, most + 1) << "not asked again";
    calls = 0;
    EXPECT_EQ(map_model(file, options).status().code(), Code::kCancelled);
    EXPECT_EQ(calls, most + 1);
  }
}

}  // namespace
}  // namespace wasmchord::test
