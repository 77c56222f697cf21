// Models in several files: the siblings found by name, or fed one after another.
#include <gtest/gtest.h>

#include <cstdint>

#include "src/gguf/splits.h"
#include "tests/unit/gguf/reading.h"

namespace wasmchord {
namespace {

using test::Bytes;
using test::GgufBuilder;

GgufBuilder part(uint16_t number, uint16_t count, int32_t tensors) {
  GgufBuilder builder;
  builder.kv("split.no", number).kv("split.count", count).kv("split.tensors.count", tensors);
  return builder;
}

std::vector<Bytes> three_parts() {
  return {part(0, 3, 4).kv("general.architecture", "llama").tensor("a", {1}, {1}).build(),
          part(1, 3, 4).alignment(64).tensor("c", {1}, {3}).tensor("b", {2}, {2, 2}).build(),
          part(2, 3, 4).tensor("d", {1}, {4}).build()};
}

std::string file_name(size_t index, size_t count) {
  return "m-0000" + std::to_string(index + 1) + "-of-0000" + std::to_string(count) + ".gguf";
}

// Returns the path of the first.
std::string write_all(const test::TempDir& dir, const std::vector<Bytes>& files) {
  for (size_t i = 0; i < files.size(); ++i) dir.write(file_name(i, files.size()), files[i]);
  return dir.path(file_name(0, files.size()));
}

// The same verdict from the siblings on disk and from the pushed sequence.
void expect_refused(const std::vector<Bytes>& files, Code code, const char* mentions) {
  const test::TempDir dir;
  const Status mapped = test::read_mapped(write_all(dir, files)).status;
  EXPECT_EQ(mapped.code(), code) << mapped.message();
  EXPECT_NE(mapped.message().find(mentions), std::string::npos) << mapped.message();
  const Status pushed = test::push(files, test::fixed(5), true).status;
  EXPECT_EQ(pushed.code(), code) << pushed.message();
  EXPECT_NE(pushed.message().find(mentions), std::string::npos) << pushed.message();
}

TEST(GgufSplitTest, ReadsAllFilesEitherWay) {
  const test::TempDir dir;
  const auto files = three_parts();
  test::RecordingSink sink;
  const Status status = gguf::read_file(write_all(dir, files), &sink);
  ASSERT_TRUE(status) << status.message();
  EXPECT_EQ(sink.calls,
            (std::vector<std::string>{"header", "split 1", "split 2", "data a", "data c", "data b", "data d"}));
  EXPECT_EQ(sink.tensors[1].split, 1u);
  EXPECT_EQ(sink.headers[1]->tensors[0].split, 1u);
  for (bool announce : {true, false}) {
    for (const auto& chunker : {test::whole(), test::fixed(1), test::random_sizes(5)}) {
      const auto pushed = test::push(files, chunker, announce);
      ASSERT_TRUE(pushed.status) << pushed.status.message();
      EXPECT_EQ(pushed.log, sink.log());
    }
  }
}

TEST(GgufSplitTest, MergesTheDirectories) {
  const test::TempDir dir;
  const auto header = gguf::read_header(write_all(dir, three_parts()));
  ASSERT_TRUE(header.is_ok()) << header.status().message();
  std::string names;
  for (const auto& tensor : (*header)->tensors) names += tensor.name;
  EXPECT_EQ(names, "acbd");
  EXPECT_EQ((*header)->find_tensor("d")->split, 2u);
  EXPECT_EQ(*(*header)->metadata.string("general.architecture"), "llama");
}

TEST(GgufSplitTest, AcceptsAFirstFileWithoutTensors) {
  const std::vector<Bytes> files = {part(0, 2, 1).build(), part(1, 2, 1).tensor("a", {1}, {1}).build()};
  const test::TempDir dir;
  EXPECT_TRUE(test::read_mapped(write_all(dir, files)).status);
  EXPECT_TRUE(test::push(files, test::fixed(1), false).status);
}

TEST(GgufSplitTest, TreatsAMergedFileAsWhole) {
  const Bytes merged = part(0, 0, 9).tensor("a", {1}, {1}).build();
  const test::TempDir dir;
  EXPECT_TRUE(test::read_mapped(dir.write("merged.gguf", merged)).status);
  EXPECT_TRUE(test::push(merged).status);
}

TEST(GgufSplitTest, NamesTheMissingSibling) {
  const test::TempDir dir;
  auto files = three_parts();
  const std::string first = write_all(dir, files);
  std::filesystem::remove(dir.path(file_name(1, 3)));
  const Status mapped = test::read_mapped(first).status;
  EXPECT_EQ(mapped.code(), Code::kIo);
  EXPECT_NE(mapped.message().find("m-00002-of-00003.gguf"), std::string::npos) << mapped.message();
  files.pop_back();
  const Status pushed = test::push(files, test::whole(), true).status;
  EXPECT_EQ(pushed.code(), Code::kTruncated);
  EXPECT_NE(pushed.message().find("2 of the 3"), std::string::npos) << pushed.message();
}

TEST(GgufSplitTest, NamesTheFirstFileWhenGivenAnother) {
  const test::TempDir dir;
  const auto files = three_parts();
  write_all(dir, files);
  const Status mapped = test::read_mapped(dir.path(file_name(1, 3))).status;
  EXPECT_EQ(mapped.code(), Code::kBadSplit);
  EXPECT_NE(mapped.message().find("open the first, " + dir.path(file_name(0, 3))), std::string::npos)
      << mapped.message();
  const Status pushed = test::push(files[1]).status;
  EXPECT_EQ(pushed.code(), Code::kBadSplit);
  EXPECT_NE(pushed.message().find("file 2 of 3"), std::string::npos) << pushed.message();
}

TEST(GgufSplitTest, NeedsTheNamesToFindSiblings) {
  const test::TempDir dir;
  const Status status = test::read_mapped(dir.write("renamed.gguf", three_parts()[0])).status;
  EXPECT_EQ(status.code(), Code::kBadSplit);
  EXPECT_NE(status.message().find("-00001-of-"), std::string::npos) << status.message();
}

TEST(GgufSplitTest, RejectsFilesThatDoNotBelong) {
  auto swapped = three_parts();
  std::swap(swapped[1], swapped[2]);
  expect_refused(swapped, Code::kBadSplit, "expected file 2 of 3 of the split model, got file 3 of 3");
  auto recounted = three_parts();
  recounted[1] = part(1, 4, 4).tensor("b", {1}, {1}).build();
  expect_refused(recounted, Code::kBadSplit, "got file 2 of 4");
  auto stranger = three_parts();
  stranger[2] = GgufBuilder().tensor("d", {1}, {1}).build();
  expect_refused(stranger, Code::kMissingKey, "split.no");
  auto mistyped = three_parts();
  mistyped[1] = GgufBuilder().kv("split.no", "1").build();
  expect_refused(mistyped, Code::kWrongKeyType, "split.no");
}

TEST(GgufSplitTest, RejectsDuplicatesOverFiles) {
  auto files = three_parts();
  files[2] = part(2, 3, 4).tensor("a", {1}, {4}).build();
  expect_refused(files, Code::kBadSplit, "'a' occurs in more than one file");
}

TEST(GgufSplitTest, RejectsWrongTensorTotals) {
  auto fewer = three_parts();
  fewer[0] = part(0, 3, 5).tensor("a", {1}, {1}).build();
  expect_refused(fewer, Code::kBadSplit, "hold 4 tensors, split.tensors.count is 5");
  auto more = three_parts();
  more[0] = part(0, 3, 2).tensor("a", {1}, {1}).build();
  expect_refused(more, Code::kBadSplit, "split.tensors.count is 2");
  auto negative = three_parts();
  negative[0] = part(0, 3, -1).tensor("a", {1}, {1}).build();
  expect_refused(negative, Code::kBadKeyValue, "split.tensors.count");
}

TEST(GgufSplitTest, RejectsCountsBeyondTheFormat) {
  const Bytes bytes = GgufBuilder().kv("split.no", uint16_t{0}).kv("split.count", uint32_t{65536}).build();
  const Status status = test::push(bytes).status;
  EXPECT_EQ(status.code(), Code::kBadSplit);
  EXPECT_NE(status.message().find("65536"), std::string::npos) << status.message();
}

TEST(GgufSplitTest, RejectsASecondFileOfAWholeModel) {
  const Bytes single = GgufBuilder().tensor("a", {1}, {1}).build();
  const Status status = test::push({single, single}, test::whole(), true).status;
  EXPECT_EQ(status.code(), Code::kBadSplit);
  EXPECT_NE(status.message().find("only 1 file"), std::string::npos) << status.message();
}

TEST(GgufSplitTest, RejectsTheNextFileTooEarly) {
  auto files = three_parts();
  files[0].pop_back();
  const Status status = test::push(files, test::whole(), false).status;
  EXPECT_EQ(status.code(), Code::kTruncated);
  EXPECT_NE(status.message().find("'a'"), std::string::npos) << status.message();
}

TEST(GgufSplitTest, ProgressCountsAllFiles) {
  const auto files = three_parts();
  test::RecordingSink sink;
  gguf::PushReader reader(&sink, files[0].size());
  ASSERT_TRUE(reader.feed(files[0]));
  EXPECT_EQ(reader.progress().tensors_total, 4u);
  ASSERT_TRUE(reader.next_file(files[1].size()));
  EXPECT_EQ(reader.progress().bytes_total, files[0].size() + files[1].size());
  ASSERT_TRUE(reader.feed(files[1]));
  EXPECT_EQ(reader.progress().bytes_done, files[0].size() + files[1].size());
  EXPECT_EQ(reader.progress().tensors_done, 3u);
}

TEST(GgufSplitTest, NamesPaths) {
  EXPECT_EQ(gguf::split_path("d/m-00001-of-00012.gguf", 10, 12), "d/m-00011-of-00012.gguf");
  EXPECT_EQ(gguf::split_path("m-00001-of-65535.gguf", 65534, 65535), "m-65535-of-65535.gguf");
  EXPECT_EQ(gguf::split_path("m-00002-of-00012.gguf", 10, 12), "");
  EXPECT_EQ(gguf::split_path("m.gguf", 1, 2), "");
  EXPECT_EQ(gguf::first_split_path("m-00003-of-00004.gguf", 2, 4), "m-00001-of-00004.gguf");
  EXPECT_EQ(gguf::first_split_path("m.gguf", 2, 4), "");
}

}  // namespace
}  // namespace wasmchord
